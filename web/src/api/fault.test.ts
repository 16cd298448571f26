import { describe, expect, it } from "vitest";

import { faultOf } from "./fault";

describe("a refusal", () => {
  it("says what is wrong in words", () => {
    expect(faultOf(404, { detail: "Camera not found" }).message).toBe("Camera not found");
    expect(faultOf(502, "<html>").message).toBe("HTTP 502");
  });

  it("says what is wrong with which field", () => {
    const fault = faultOf(422, { detail: [{ loc: ["body", "name"], msg: "must not be empty", type: "x" }, { loc: ["body", "detect_conf"], msg: "must be between 0 and 1", type: "y" }] });
    expect(fault.of("name")).toBe("must not be empty");
    expect(fault.of("detect_conf")).toBe("must be between 0 and 1");
    expect(fault.of("rtsp_url")).toBeUndefined();
  });
});
