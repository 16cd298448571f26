import { describe, expect, it } from "vitest";

import { OVERLAP, PAGE, Rows } from "./rows.svelte";

interface Numbered {
  id: number;
}

/** A server with rows 1000, 999, ... that can be deleted. */
function server(count: number) {
  const ids = Array.from({ length: count }, (_, index) => ({ id: count - index }));
  const asked: number[] = [];
  const fetch = async (offset: number, limit: number) => {
    asked.push(offset);
    return { total: ids.length, items: ids.slice(offset, offset + limit) };
  };
  return { ids, asked, fetch };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));
const shown = (rows: Rows<Numbered>, from: number, count: number) => Array.from({ length: count }, (_, index) => rows.at(from + index)?.id);

describe("a long list", () => {
  it("fetches what is looked at, once", async () => {
    const { fetch, asked } = server(1000);
    const rows = new Rows<Numbered>(fetch);
    await settled();
    expect(rows.length).toBe(1000);
    rows.ensure(590, 605);
    rows.ensure(592, 607);
    await settled();
    expect(asked).toEqual([0, 540 - OVERLAP, 600 - OVERLAP]);
    expect(shown(rows, 598, 3)).toEqual([402, 401, 400]);
    expect(rows.at(300)).toBeUndefined();
  });

  it("closes the gap of what is taken out, and fetches the rest in the right place", async () => {
    const { fetch } = server(200);
    const rows = new Rows<Numbered>(fetch);
    await settled();
    const removed = rows.remove(new Set([199, 197]));
    expect(rows.length).toBe(198);
    expect(shown(rows, 0, 3)).toEqual([200, 198, 196]);
    rows.ensure(0, 130);
    await settled();
    const all = shown(rows, 0, 120);
    expect(all).toEqual(Array.from({ length: 200 }, (_, index) => 200 - index).filter((id) => id !== 199 && id !== 197).slice(0, 120));
    rows.restore(removed);
    expect(shown(rows, 0, 4)).toEqual([200, 199, 198, 197]);
    expect(rows.length).toBe(200);
  });

  it("goes on counting right after the server deleted them", async () => {
    const { fetch, ids } = server(200);
    const rows = new Rows<Numbered>(fetch);
    await settled();
    const removed = rows.remove(new Set([200]));
    ids.splice(0, 1);
    rows.forget(removed);
    rows.ensure(PAGE, 2 * PAGE);
    await settled();
    expect(shown(rows, 0, 3)).toEqual([199, 198, 197]);
    expect(rows.at(PAGE)?.id).toBe(199 - PAGE);
    expect(rows.length).toBe(199);
  });

  it("is the same list when the server gets some late or loses some", async () => {
    const { fetch, ids } = server(300);
    const rows = new Rows<Numbered>(fetch);
    await settled();
    // Three that are older than the list and were not known when it was opened; five of it go.
    ids.splice(20, 0, { id: 9001 }, { id: 9002 }, { id: 9003 });
    rows.ensure(0, 2 * PAGE - 1);
    await settled();
    ids.splice(30, 5);
    rows.ensure(0, 3 * PAGE - 1);
    await settled();
    rows.ensure(0, 299);
    await settled();
    expect(shown(rows, 0, 300)).toEqual(Array.from({ length: 300 }, (_, index) => 300 - index));
    expect(rows.length).toBe(300);
  });

  it("does not show what is about to be deleted", async () => {
    const { fetch, ids } = server(200);
    const rows = new Rows<Numbered>(fetch, [200, 150, 7]);
    await settled();
    rows.ensure(0, 199);
    await settled();
    expect(shown(rows, 0, rows.length)).toEqual(ids.map(({ id }) => id).filter((id) => ![200, 150, 7].includes(id)));
    expect(rows.hides).toBe(true);
  });

  it("tells of a failure and can try again", async () => {
    let broken = true;
    const rows = new Rows<Numbered>(async () => {
      if (broken) throw new Error("away");
      return { total: 1, items: [{ id: 1 }] };
    });
    await settled();
    expect(rows.state).toBe("error");
    broken = false;
    rows.again();
    await settled();
    expect([rows.state, rows.length]).toEqual(["ready", 1]);
  });

  it("brings a row up to date", async () => {
    const { fetch } = server(3);
    const rows = new Rows<Numbered & { label?: string }>(fetch);
    await settled();
    expect(rows.update({ id: 2, label: "closed" })).toBe(true);
    expect(rows.at(1)).toEqual({ id: 2, label: "closed" });
    expect(rows.update({ id: 9 })).toBe(false);
  });
});
