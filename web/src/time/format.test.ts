import { describe, expect, it } from "vitest";

import { ago, atCamera, bytes, clock, dayOf, minuteOf, minuteOfDay, roughly, startOfDay } from "./format";
import { learnCameraZone } from "./zone.svelte";

describe("times", () => {
  it("count as a clock does", () => {
    expect([0, 7.9, 754, 3723].map(clock)).toEqual(["0:00", "0:07", "12:34", "1:02:03"]);
  });

  it("are said roughly, in one unit", () => {
    expect([3.21, 42, 600, 7200, 200_000].map(roughly)).toEqual(["3.2 sec", "42 sec", "10 min", "2 hr", "2 days"]);
  });

  it("stand beside sizes in one unit", () => {
    expect([0, 999, 3_240_000_000, 120_000_000_000].map(bytes)).toEqual(["0 byte", "999 byte", "3.2 GB", "120 GB"]);
  });

  it("lie in a day of the viewer's zone", () => {
    const evening = new Date(2026, 10, 30, 23, 59, 59);
    expect(dayOf(evening)).toBe("2026-11-30");
    expect(startOfDay("2026-11-30").getTime()).toBeLessThan(evening.getTime());
    expect(startOfDay("2026-11-30", 1).getTime()).toBe(evening.getTime() + 1000);
  });

  it("name a minute of it", () => {
    const moment = new Date(2026, 10, 30, 9, 5, 59);
    expect(minuteOf(moment)).toBe("09:05");
    expect(minuteOfDay("2026-11-30", "09:05").getTime()).toBe(moment.getTime() - 59_000);
  });

  it("are given where the cameras are", () => {
    const moment = "2026-11-30T01:02:03.456Z";
    expect(atCamera(moment)).toBe("Nov 30, 2026, 01:02:03 AM UTC");
    learnCameraZone("Asia/Tokyo");
    expect(atCamera(moment)).toBe("Nov 30, 2026, 10:02:03 AM GMT+9");
    learnCameraZone("Mars/Olympus");
    expect(atCamera(moment)).toContain("UTC");
  });

  it("are told from now", () => {
    const now = Date.parse("2026-11-30T12:00:00Z");
    expect(ago("2026-11-30T11:57:00Z", now)).toBe("3 minutes ago");
    expect(ago("2026-11-29T12:00:00Z", now)).toBe("yesterday");
  });
});
