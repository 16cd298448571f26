// Short notes at the edge of the window. One may offer an action, such as taking back what was just done.

import { describe } from "./describe";

export interface Toast {
  number: number;
  text: string;
  bad: boolean;
  action?: { label: string; run: () => void };
}

const SHOWN_MS = 6000;

let toasts = $state.raw<Toast[]>([]);
let number = 0;

export function shownToasts(): readonly Toast[] {
  return toasts;
}

/** Shows a note; the answer takes it away again. */
export function toast(text: string, options: { bad?: boolean; action?: Toast["action"]; forMs?: number } = {}): () => void {
  number += 1;
  const note: Toast = { number, text, bad: options.bad ?? false, ...(options.action ? { action: options.action } : {}) };
  toasts = [...toasts, note].slice(-4);
  const away = () => {
    toasts = toasts.filter((other) => other !== note);
  };
  setTimeout(away, options.forMs ?? SHOWN_MS);
  return away;
}

/** Shows why something failed. */
export function toastFault(error: unknown): void {
  toast(describe(error), { bad: true });
}
