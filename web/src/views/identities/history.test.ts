import { describe, expect, it } from "vitest";

import { deedOf } from "./history";

const deed = (kind: string, summary: object, ids: number[] = []) => deedOf({ kind, summary: summary as Record<string, never>, identity_ids: ids });

describe("what a correction did", () => {
  it("says who became whom", () => {
    expect(deed("merge", { target: 1, sources: [34, 35], moved_sightings: 3, names: { 35: "Ada" } })).toEqual({
      from: [{ id: 34, name: null }, { id: 35, name: "Ada" }],
      to: { id: 1, name: null },
      moved: 3,
      deleted: null,
    });
    expect(deed("split", { from: 1, identity: 36, moved_sightings: 2, name: "Bello" })).toMatchObject({ from: [{ id: 1 }], to: { id: 36, name: "Bello" }, moved: 2 });
    expect(deed("rename", { name: { from: null, to: "Rex" } }, [1])).toMatchObject({ from: [{ id: 1, name: null }], to: { id: null, name: "Rex" } });
    expect(deed("delete", { deleted: 4, events: 2 }, [1, 2, 3, 4])).toMatchObject({ from: [], to: null, deleted: 4 });
    expect(deed("undo", { operation: 3 }, [1, 2])).toMatchObject({ from: [{ id: 1 }, { id: 2 }], to: null });
  });

  it("reads what a newer gateway might say", () => {
    expect(deed("dissolve", { anything: [] }, [7])).toMatchObject({ from: [{ id: 7, name: null }], to: null, moved: null });
    expect(deed("merge", {}, [7])).toMatchObject({ from: [], to: { id: null, name: null } });
  });
});
