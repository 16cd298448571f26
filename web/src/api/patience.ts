// Asking again where that may help, for what a person should not have to ask twice.

import { ApiFault } from "./fault";

const AGAIN_AFTER_MS = [500, 1500, 3000];

/** Whether a failure may pass by itself: the gateway was not reached, or could not answer then. */
export function passes(error: unknown): boolean {
  return error instanceof ApiFault && (error.status === 0 || [502, 503, 504].includes(error.status));
}

/** Asks, and asks again while the gateway cannot answer. What it asks must be such that twice is as good as once. */
export async function patiently<Data>(ask: () => Promise<Data>): Promise<Data> {
  for (const pause of AGAIN_AFTER_MS) {
    try {
      return await ask();
    } catch (error) {
      if (!passes(error)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  return ask();
}
