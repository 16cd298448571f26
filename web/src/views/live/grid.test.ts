import { describe, expect, it } from "vitest";

import { fitTiles, moved, ordered } from "./grid";

describe("the grid", () => {
  it("fits all tiles as large as they can be", () => {
    const wide = (tiles: number) => fitTiles(tiles, 1600, 900, 8).columns;
    expect([1, 2, 4, 6, 9, 12, 16].map(wide)).toEqual([1, 2, 2, 3, 3, 4, 4]);
  });

  it("scrolls where tiles would become too small", () => {
    expect(fitTiles(64, 1600, 900, 8)).toEqual({ columns: 6, tile: null });
    expect(fitTiles(4, 360, 640, 8)).toEqual({ columns: 1, tile: null });
  });

  it("keeps the remembered order and puts new cameras last", () => {
    expect(ordered([{ id: 1 }, { id: 2 }, { id: 3 }, { id: 9 }], [3, 1]).map(({ id }) => id)).toEqual([3, 1, 2, 9]);
    expect(moved([1, 2, 3], 3, -1)).toEqual([1, 3, 2]);
    expect(moved([1, 2, 3], 1, -1)).toEqual([1, 2, 3]);
  });
});
