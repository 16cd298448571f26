// Short notes at the edge of the window. One may offer an action, such as taking back what was just done. None goes while somebody
// points at them or has one in focus.

import { describe } from "./describe";

export interface Progress {
  done: number;
  total: number;
}

export interface Toast {
  number: number;
  text: string;
  bad: boolean;
  action?: { label: string; run: () => void | Promise<void> };
  /** How far something is that takes long. */
  progress?: Progress;
  /** Told when its time is over. */
  over?: () => void;
}

interface Options {
  bad?: boolean;
  action?: Toast["action"];
  forMs?: number;
  /** The note stays until it is taken away. */
  progress?: Progress;
  over?: () => void;
}

const SHOWN_MS = 6000;
const AT_ONCE_MAX = 4;
/** How long the notes stay once nobody points at them any more. */
const LEFT_MS = 1500;

let toasts = $state.raw<Toast[]>([]);
let number = 0;
let inUse: () => boolean = () => false;

export function shownToasts(): readonly Toast[] {
  return toasts;
}

/** Says how to find out whether somebody points at the notes or has one in focus. */
export function watchUse(ask: () => boolean): void {
  inUse = ask;
}

/** Shows a note; the answer takes it away again. */
export function toast(text: string, { bad = false, action, forMs = SHOWN_MS, progress, over }: Options = {}): () => void {
  number += 1;
  const note: Toast = { number, text, bad, ...(action ? { action } : {}), ...(progress ? { progress } : {}), ...(over ? { over } : {}) };
  const crowded = toasts.slice(0, -(AT_ONCE_MAX - 1)).filter((other) => !other.progress);
  toasts = [...toasts, note];
  crowded.forEach(expire);
  const later = () => {
    if (inUse()) setTimeout(later, LEFT_MS);
    else expire(note);
  };
  if (!progress) setTimeout(later, forMs);
  return () => takeAway(note);
}

/** Takes a note away before its time. */
export function takeAway(note: Toast): void {
  toasts = toasts.filter((other) => other !== note);
}

function expire(note: Toast): void {
  if (!toasts.includes(note)) return;
  takeAway(note);
  note.over?.();
}

/** Shows why something failed. */
export function toastFault(error: unknown): void {
  toast(describe(error), { bad: true });
}
