import { describe, expect, it } from "vitest";

import { readSettings } from "./settings";

describe("the settings of face groups", () => {
  it("are read from the address within their bounds", () => {
    const read = (query: string) => readSettings(new URLSearchParams(query));
    expect(read("")).toEqual({ threshold: 0.5, clothing: 0, least: 1, ignored: false });
    expect(read("threshold=0.62&clothing=0.3&least=4&ignored=true")).toEqual({ threshold: 0.62, clothing: 0.3, least: 4, ignored: true });
    expect(read("threshold=7&clothing=-1&least=x")).toEqual({ threshold: 1, clothing: 0, least: 1, ignored: false });
  });
});
