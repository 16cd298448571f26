import { describe, expect, it } from "vitest";

import { stays, titleOf } from "./naming";

describe("an identity", () => {
  it("is called by its name, or by what it is", () => {
    expect(titleOf({ id: 7, name: "Postman", object_class: "person" })).toBe("Postman");
    expect(titleOf({ id: 7, name: null, object_class: "person" })).toBe("Person 7");
    expect(titleOf({ id: 7, name: null, object_class: "giraffe" })).toBe("giraffe 7");
  });

  it("stays of several when it is named, else when it was seen most", () => {
    const seen = (id: number, num_sightings: number, name: string | null = null) => ({ id, num_sightings, name });
    expect(stays([seen(1, 5), seen(2, 9)])?.id).toBe(2);
    expect(stays([seen(1, 5, "Ada"), seen(2, 9)])?.id).toBe(1);
    expect(stays([seen(2, 5), seen(1, 5)])?.id).toBe(1);
    expect(stays([])).toBeUndefined();
  });
});
