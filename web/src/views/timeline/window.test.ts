import { describe, expect, it } from "vitest";

import { shifted, ticks, zoomed } from "./window";

const HOUR = 3_600_000;
const day = { from: 0, to: 24 * HOUR };

describe("the stretch that is shown", () => {
  it("keeps the moment under the pointer where it is", () => {
    const closer = zoomed(day, day, 6 * HOUR, 0.5);
    expect(closer).toEqual({ from: 3 * HOUR, to: 15 * HOUR });
    expect(zoomed(closer, day, 6 * HOUR, 2)).toEqual(day);
  });

  it("stays within the day and is never shorter than a minute", () => {
    expect(zoomed({ from: 0, to: HOUR }, day, HOUR, 100)).toEqual(day);
    expect(zoomed({ from: 0, to: HOUR }, day, 0, 0.0001)).toEqual({ from: 0, to: 60_000 });
    expect(shifted({ from: 0, to: HOUR }, day, -HOUR)).toEqual({ from: 0, to: HOUR });
    expect(shifted({ from: 22 * HOUR, to: 23 * HOUR }, day, 9 * HOUR)).toEqual({ from: 23 * HOUR, to: 24 * HOUR });
  });

  it("is marked as finely as there is room", () => {
    expect(ticks(day, 900).length).toBeLessThanOrEqual(11);
    expect(ticks({ from: 0, to: 600_000 }, 900)).toHaveLength(11);
    expect(ticks(day, 250)).toHaveLength(3);
  });
});
