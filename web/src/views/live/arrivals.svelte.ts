// Whether pictures of a camera come. They are the proof that it works: what is told of it may be some seconds behind them.

import { now } from "../../ui/clock.svelte";

/** So long after a picture the next one may still be on its way. */
const COMING_FOR_MS = 3000;

export class Arrivals {
  #last = $state<number | null>(null);

  /** One is here. */
  readonly arrived = (): void => {
    this.#last = Date.now();
  };

  /** There was none so far. */
  get none(): boolean {
    return this.#last === null;
  }

  get coming(): boolean {
    return this.#last !== null && now() - this.#last < COMING_FOR_MS;
  }

  /** Since the last one, in seconds. */
  get silentFor(): number {
    return this.#last === null ? 0 : Math.floor((now() - this.#last) / 1000);
  }

  forget(): void {
    this.#last = null;
  }
}
