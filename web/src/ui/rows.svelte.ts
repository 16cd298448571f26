// The rows of a long list, most of which are not fetched yet: any part of it can be looked at, and what is looked at is fetched.
//
// The list is anchored: it holds what there was when it was opened, so that rows do not move under the reader's hand when new ones
// come. What the server got late or lost since then moves its rows all the same: each page is laid against the one before it. Rows that
// are about to be deleted are taken out at once and can be put back.

export interface Row {
  id: number;
}

export interface Page<T> {
  total: number;
  items: T[];
}

/** Fetches rows from an offset of the server's. */
export type Fetch<T> = (offset: number, limit: number, signal: AbortSignal) => Promise<Page<T>>;

/** Rows fetched at once: more than any window shows. */
export const PAGE = 60;
/** Rows of the page before that are asked for again, to find out how far the server's rows have moved. */
export const OVERLAP = 10;
/** What the API gives at once. */
const LIMIT_MAX = 500;

/** What was taken out, and where it was. */
export interface Removed<T> {
  rows: readonly { index: number; row: T }[];
}

export class Rows<T extends Row> {
  readonly #fetch: Fetch<T>;
  readonly #stop = new AbortController();
  readonly #underway = new Set<number>();
  /** Rows by place; holes are not fetched yet. */
  #rows: (T | undefined)[] = [];
  /** Taken out here and still there at the server: how many rows were before each. */
  readonly #hidden = new Map<number, number>();
  readonly #going: ReadonlySet<number>;
  /** How many rows more the server has before those that were fetched last than this list; below nothing, how many fewer. */
  #moved = 0;
  /** Counts changes, since the rows themselves are too many to be watched one by one. */
  #version = $state(0);
  #state = $state<"loading" | "error" | "ready">("loading");
  #error = $state.raw<unknown>(null);

  /** `going` are rows that are about to be deleted and are not to be shown. */
  constructor(fetch: Fetch<T>, going: Iterable<number> = []) {
    this.#fetch = fetch;
    this.#going = new Set(going);
    this.ensure(0, 0);
  }

  get state(): "loading" | "error" | "ready" {
    return this.#state;
  }

  get error(): unknown {
    return this.#error;
  }

  get length(): number {
    void this.#version;
    return this.#rows.length;
  }

  /** Whether rows are taken out that the server still has. */
  get hides(): boolean {
    void this.#version;
    return this.#hidden.size > 0;
  }

  at(index: number): T | undefined {
    void this.#version;
    return this.#rows[index];
  }

  indexOf(id: number): number {
    void this.#version;
    return this.#rows.findIndex((row) => row?.id === id);
  }

  /** Sees to it that the rows of a stretch are there; `last` is part of it. */
  ensure(first: number, last: number): void {
    if (this.#stop.signal.aborted) return;
    const end = this.#state === "ready" ? Math.min(last, this.#rows.length - 1) : last;
    for (let index = first; index <= end; index += 1) {
      const page = Math.floor(index / PAGE);
      if (this.#rows[index] === undefined && !this.#underway.has(page)) void this.#fetchPage(page);
    }
  }

  async #fetchPage(page: number): Promise<void> {
    this.#underway.add(page);
    const from = page * PAGE;
    // The server still counts what was taken out, before this page and within it.
    const hiddenBefore = [...this.#hidden.values()].filter((place) => place < from).length;
    const place = from + hiddenBefore + this.#moved;
    const offset = Math.max(0, place - OVERLAP);
    const moved = this.#moved;
    try {
      const limit = Math.min(LIMIT_MAX, PAGE + 2 * OVERLAP + this.#hidden.size);
      const { total, items } = await this.#fetch(offset, limit, this.#stop.signal);
      const first = this.#firstOf(from, items, place - offset);
      this.#moved = moved + first - (place - offset);
      this.#take(from, total, items.slice(first));
      this.#state = "ready";
      this.#error = null;
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      this.#error = error;
      if (this.#state === "loading") this.#state = "error";
    } finally {
      this.#underway.delete(page);
    }
  }

  /** Which of the items is the first of a page: the one after the last of the page before, or else after the `overlap`. */
  #firstOf(from: number, items: readonly T[], overlap: number): number {
    const before = this.#rows[from - 1];
    const found = before ? items.findIndex(({ id }) => id === before.id) : -1;
    return found < 0 ? overlap : found + 1;
  }

  #take(from: number, total: number, items: readonly T[]): void {
    let index = from;
    const fetched: T[] = [];
    for (const row of items) {
      if (this.#going.has(row.id) && !this.#hidden.has(row.id)) this.#hidden.set(row.id, index);
      if (this.#hidden.has(row.id)) continue;
      fetched.push(row);
      index += 1;
    }
    this.#rows.length = Math.max(0, total - this.#hidden.size - this.#moved);
    fetched.slice(0, this.#rows.length - from).forEach((row, place) => (this.#rows[from + place] ??= row));
    this.#version += 1;
  }

  /** Brings a row up to date, if it is one of these. */
  update(row: T): boolean {
    const index = this.#rows.findIndex((other) => other?.id === row.id);
    if (index < 0) return false;
    this.#rows[index] = row;
    this.#version += 1;
    return true;
  }

  /** Takes rows out before the server does. */
  remove(ids: ReadonlySet<number>): Removed<T> {
    const rows: { index: number; row: T }[] = [];
    const kept: (T | undefined)[] = [];
    let length = 0;
    for (let index = 0; index < this.#rows.length; index += 1) {
      const row = this.#rows[index];
      if (row && ids.has(row.id)) {
        rows.push({ index, row });
        this.#hidden.set(row.id, length);
        continue;
      }
      if (row) kept[length] = row;
      length += 1;
    }
    kept.length = length;
    this.#rows = kept;
    this.#version += 1;
    return { rows };
  }

  /** Puts back what was taken out. */
  restore({ rows }: Removed<T>): void {
    for (const { index, row } of rows) {
      this.#hidden.delete(row.id);
      this.#rows.splice(index, 0, row);
    }
    this.#version += 1;
  }

  /** The server deleted them. */
  forget({ rows }: Removed<T>): void {
    rows.forEach(({ row }) => this.#hidden.delete(row.id));
    this.#version += 1;
  }

  again(): void {
    this.#state = "loading";
    this.ensure(0, 0);
  }

  close(): void {
    this.#stop.abort();
  }
}
