// Whether pictures of a camera come. They are the proof that it works: that it is connected is told some seconds behind them.

import { now } from "../../ui/clock.svelte";

/** So long after a picture the next one may still be on its way. */
const COMING_FOR_MS = 3000;

export class Arrivals {
  #last = $state<number | null>(null);
  #before = $state<number | null>(null);

  /** One is here. */
  readonly arrived = (): void => {
    this.#before = this.#last;
    this.#last = Date.now();
  };

  /** There was none so far. */
  get none(): boolean {
    return this.#last === null;
  }

  /** There were some. A single one may be what the gateway shows in place of a picture, since it sends that once. */
  get some(): boolean {
    return this.#before !== null;
  }

  get #coming(): boolean {
    return this.#last !== null && this.#before !== null && now() - this.#last < COMING_FOR_MS && this.#last - this.#before < COMING_FOR_MS;
  }

  /** Whether a camera works. What went wrong with it is told at once, and counts. */
  shows({ enabled, status }: { enabled: boolean; status: string }): boolean {
    return status === "online" || (enabled && status === "offline" && this.#coming);
  }

  /** Since the last one, in seconds. */
  get silentFor(): number {
    return this.#last === null ? 0 : Math.floor((now() - this.#last) / 1000);
  }

  forget(): void {
    this.#last = null;
    this.#before = null;
  }
}
