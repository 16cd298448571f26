// The gateway's clock, as its answers tell it. What was recorded is asked for by it: a viewer's clock may be minutes wrong.

/** Answers tell whole seconds, and take their time: less than this is no difference. */
const NOISE_MS = 3000;

let ahead = 0;

/** Takes the time over that an answer was given at. */
export function learnServerTime(date: string | null): void {
  const difference = Date.parse(date ?? "") - Date.now();
  if (Number.isFinite(difference)) ahead = Math.abs(difference) < NOISE_MS ? 0 : difference;
}

/** What time it is there, ms since 1970. */
export function serverNow(): number {
  return Date.now() + ahead;
}
