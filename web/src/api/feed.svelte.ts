// What changes, as the gateway tells it: views listen and bring what they show up to date. One connection for the whole page, closed
// while nobody looks at it, since a browser lends a site only six where HTTP/2 is not spoken.

import { ask } from "./client";
import { eventReader, type ServerEvent } from "./sse";
import type { CameraStatus, EventMessage, Identity, Person, Sighting } from "./types";

export interface FeedMessages {
  event: EventMessage;
  camera: CameraStatus;
  camera_deleted: { id: number };
  sighting: Sighting;
  identity: Identity;
  identity_deleted: { id: number };
  person: Person;
  person_deleted: { id: number };
  /** Something may have been missed: list again. */
  resync: Record<string, never>;
}

type Listener<Kind extends keyof FeedMessages> = (message: FeedMessages[Kind]) => void;

const AGAIN_AFTER_MS = [500, 1000, 2000, 5000, 10_000];
const HIDDEN_FOR_MS = 20_000;

const listeners = new Map<string, Set<Listener<never>>>();
let connected = $state(true);
let running: AbortController | null = null;
let hidden: ReturnType<typeof setTimeout> | undefined;

export const feed = {
  /** False while the gateway cannot be reached. */
  get connected(): boolean {
    return connected;
  },
};

/** Listens to one kind of message; the answer stops it. */
export function listen<Kind extends keyof FeedMessages>(kind: Kind, listener: Listener<Kind>): () => void {
  const all = listeners.get(kind) ?? new Set();
  listeners.set(kind, all.add(listener as Listener<never>));
  return () => void all.delete(listener as Listener<never>);
}

/** Follows the feed until told to stop. */
export function follow(): () => void {
  const visibility = () => {
    clearTimeout(hidden);
    if (document.hidden) hidden = setTimeout(pause, HIDDEN_FOR_MS);
    else start();
  };
  document.addEventListener("visibilitychange", visibility);
  start();
  return () => {
    document.removeEventListener("visibilitychange", visibility);
    pause();
  };
}

function start(): void {
  if (running) return;
  running = new AbortController();
  void run(running.signal);
}

function pause(): void {
  clearTimeout(hidden);
  running?.abort();
  running = null;
}

async function run(signal: AbortSignal): Promise<void> {
  for (let failures = 0; !signal.aborted; failures += 1) {
    try {
      await readOnce(signal, () => {
        failures = 0;
        connected = true;
      });
    } catch {
      if (signal.aborted) return;
    }
    connected = false;
    const wait = AGAIN_AFTER_MS[Math.min(failures, AGAIN_AFTER_MS.length - 1)];
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

async function readOnce(signal: AbortSignal, opened: () => void): Promise<void> {
  const response = await ask("/api/feed", { signal });
  if (!response.ok || !response.body) return;
  opened();
  const read = eventReader(dispatch);
  const text = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let piece = await text.read(); !piece.done; piece = await text.read()) read(piece.value);
}

function dispatch({ kind, data }: ServerEvent): void {
  const all = listeners.get(kind);
  if (!all?.size) return;
  const message: never = JSON.parse(data) as never;
  all.forEach((listener) => listener(message));
}
