// The rows of a long list, most of which are not fetched yet: any part of it can be looked at, and what is looked at is fetched.
//
// The list is anchored: it holds what there was when it was opened, so that rows do not move under the reader's hand when new ones
// come. Rows that are about to be deleted are taken out at once and can be put back.

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
  /** Counts changes, since the rows themselves are too many to be watched one by one. */
  #version = $state(0);
  #state = $state<"loading" | "error" | "ready">("loading");
  #error = $state.raw<unknown>(null);

  constructor(fetch: Fetch<T>) {
    this.#fetch = fetch;
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
    try {
      const limit = Math.min(500, PAGE + this.#hidden.size);
      const { total, items } = await this.#fetch(from + hiddenBefore, limit, this.#stop.signal);
      this.#take(from, total, items);
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

  #take(from: number, total: number, items: readonly T[]): void {
    this.#rows.length = Math.max(0, total - this.#hidden.size);
    let index = from;
    for (const row of items) {
      if (this.#hidden.has(row.id) || index >= this.#rows.length) continue;
      if (this.#rows[index] === undefined) this.#rows[index] = row;
      index += 1;
    }
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
  }

  again(): void {
    this.#state = "loading";
    this.ensure(0, 0);
  }

  close(): void {
    this.#stop.abort();
  }
}
