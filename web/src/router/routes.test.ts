import { describe, expect, it } from "vitest";

import { routes } from "../routes";
import { match } from "./routes";

const found = (path: string) => {
  const hit = match(routes, path);
  return hit && [hit.route.pattern, hit.params];
};

describe("an address", () => {
  it("names a view and what it shows", () => {
    expect(found("/events")).toEqual(["/events", {}]);
    expect(found("/events/12")).toEqual(["/events/:event", { event: "12" }]);
    expect(found("/cameras/new")).toEqual(["/cameras/new", {}]);
    expect(found("/cameras/3")).toEqual(["/cameras/:camera", { camera: "3" }]);
  });

  it("names nothing when no route fits", () => {
    for (const path of ["/", "/nowhere", "/events/first", "/events/0", "/events/12/more", "/cameras/-1"]) expect(found(path), path).toBeNull();
  });
});
