import { describe, expect, it } from "vitest";

import { learnServerTime, serverNow } from "./server";

const apart = () => Math.abs(serverNow() - Date.now());

describe("the gateway's time", () => {
  it("is the viewer's own where they differ by less than an answer takes, or nothing is told", () => {
    for (const date of [new Date().toUTCString(), null, "yesterday"]) {
      learnServerTime(date);
      expect(apart()).toBeLessThan(100);
    }
  });

  it("is another where the viewer's clock is wrong", () => {
    const five = 300_000;
    learnServerTime(new Date(Date.now() + five).toUTCString());
    expect(apart()).toBeGreaterThan(five - 1500);
    learnServerTime(new Date(Date.now() - five).toUTCString());
    expect(serverNow()).toBeLessThan(Date.now() - five + 1500);
  });
});
