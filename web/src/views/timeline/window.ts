// Which stretch of a day is shown, and moving and widening it about a point.

export interface Window {
  from: number;
  to: number;
}

const SHORTEST_MS = 60_000;

/** The window made `factor` times as long about a moment, within the day. */
export function zoomed(window: Window, day: Window, about: number, factor: number): Window {
  const length = Math.min(day.to - day.from, Math.max(SHORTEST_MS, (window.to - window.from) * factor));
  const share = (about - window.from) / (window.to - window.from);
  return kept({ from: about - share * length, to: about + (1 - share) * length }, day);
}

/** The window moved by some time, within the day. */
export function shifted(window: Window, day: Window, by: number): Window {
  return kept({ from: window.from + by, to: window.to + by }, day);
}

function kept(window: Window, day: Window): Window {
  const length = window.to - window.from;
  const from = Math.min(Math.max(window.from, day.from), day.to - length);
  return { from, to: from + length };
}

const STEPS_MS = [10, 30, 60, 300, 600, 1800, 3600, 10_800, 21_600, 43_200].map((seconds) => seconds * 1000);

/** Marks of the axis: the finest that leave room for their words. */
export function ticks(window: Window, width: number): number[] {
  const room = Math.max(2, Math.floor(width / 90));
  const step = STEPS_MS.find((step) => (window.to - window.from) / step <= room) ?? STEPS_MS.at(-1) ?? 43_200_000;
  // Whole hours of the viewer's zone, not of UTC.
  const offset = new Date(window.from).getTimezoneOffset() * 60_000;
  const first = Math.ceil((window.from - offset) / step) * step + offset;
  return Array.from({ length: Math.max(0, Math.floor((window.to - first) / step) + 1) }, (_, index) => first + index * step);
}
