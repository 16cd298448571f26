import { describe, expect, it } from "vitest";

import { asQuery, bound, dayPart, fits, minutePart, readFilter } from "./filter";

const read = (query: string) => readFilter(new URLSearchParams(query));
const ANCHOR = "2026-12-01T00:00:00.000Z";

describe("the filter of events", () => {
  it("is read from the address, and what makes no sense is left out", () => {
    expect(read("camera=3&identity=7&label=person&from=2026-11-23")).toEqual({ camera: 3, person: null, identity: 7, label: "person", from: "2026-11-23", to: "" });
    expect(read("camera=x&person=-1&from=yesterday")).toEqual({ camera: null, person: null, identity: null, label: "", from: "", to: "" });
  });

  it("means whole days of the viewer's zone", () => {
    const query = asQuery(read("from=2026-11-23&to=2026-11-23"), ANCHOR);
    expect(query.from).toBe(new Date(2026, 10, 23).toISOString());
    expect(query.to).toBe(new Date(2026, 10, 24).toISOString());
  });

  it("means minutes of the viewer's zone where it names them", () => {
    const query = asQuery(read("from=2026-11-23T09:30&to=2026-11-23T17:05"), ANCHOR);
    expect(query.from).toBe(new Date(2026, 10, 23, 9, 30).toISOString());
    expect(query.to).toBe(new Date(2026, 10, 23, 17, 5).toISOString());
    expect(read("from=2026-11-23T24:00&to=2026-11-23T9:05")).toMatchObject({ from: "", to: "" });
    expect([bound("2026-11-23", "09:30"), bound("2026-11-23", ""), bound("", "09:30")]).toEqual(["2026-11-23T09:30", "2026-11-23", ""]);
    expect([dayPart("2026-11-23T09:30"), minutePart("2026-11-23T09:30"), minutePart("2026-11-23")]).toEqual(["2026-11-23", "09:30", ""]);
  });

  it("never reaches beyond the moment the list was opened", () => {
    expect(asQuery(read(""), ANCHOR)).toEqual({ to: ANCHOR });
    expect(asQuery(read("to=2027-01-01"), ANCHOR)).toEqual({ to: ANCHOR });
  });

  it("knows whether a new event belongs to the list", () => {
    const event = { camera_id: 3, identities: [{ id: 7 }], label: "person", ts: new Date(2026, 10, 23, 12).toISOString() };
    expect(fits(read(""), event)).toBe(true);
    expect(fits(read("camera=3&label=person&from=2026-11-23&to=2026-11-23"), event)).toBe(true);
    expect(fits(read("identity=7"), event)).toBe(true);
    expect(fits(read("identity=8"), event)).toBe(false);
    expect(fits(read("camera=4"), event)).toBe(false);
    expect(fits(read("label=car"), event)).toBe(false);
    expect(fits(read("to=2026-11-22"), event)).toBe(false);
    expect(fits(read("person=7"), event)).toBe(false);
    expect(fits(read("from=2026-11-23T12:00&to=2026-11-23T12:01"), event)).toBe(true);
    expect(fits(read("from=2026-11-23T12:01"), event)).toBe(false);
    expect(fits(read("to=2026-11-23T12:00"), event)).toBe(false);
  });
});
