import { describe, expect, it } from "vitest";

import { pathOf } from "./path";

const at = (minute: number) => new Date(Date.UTC(2026, 10, 30, 10, minute)).toISOString();
const seen = (id: number, camera_id: number, from: number, to: number) => ({ id, camera_id, camera_name: `Camera ${camera_id}`, ts: at(from), end_ts: at(to) });

describe("a path", () => {
  it("has a lane for each camera, in the order somebody came to them", () => {
    expect(pathOf([seen(3, 1, 8, 9), seen(1, 4, 0, 1), seen(2, 2, 3, 4)]).lanes).toEqual([
      { camera: 4, name: "Camera 4" },
      { camera: 2, name: "Camera 2" },
      { camera: 1, name: "Camera 1" },
    ]);
  });

  it("falls into visits at long pauses", () => {
    const { visits } = pathOf([seen(1, 1, 0, 2), seen(2, 2, 10, 12), seen(3, 1, 40, 41)]);
    expect(visits.map((visit) => visit.stays.map((stay) => stay.id))).toEqual([[1, 2], [3]]);
  });

  it("is empty for somebody who was never seen", () => {
    expect(pathOf([])).toEqual({ lanes: [], visits: [] });
  });
});
