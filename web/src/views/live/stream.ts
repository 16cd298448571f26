// Reads one stream of pictures until it is told to stop, and begins again when it breaks.

import { ask } from "../../api/client";
import { pictureReader, type Picture } from "./multipart";

const AGAIN_AFTER_MS = 2000;

/** Follows a stream; `opened` is told at its first picture, and the answer stops it. */
export function followPictures(url: string, show: (picture: Picture) => void, opened: () => void = () => {}): () => void {
  const stop = new AbortController();
  void run(url, show, opened, stop.signal);
  return () => stop.abort();
}

async function run(url: string, show: (picture: Picture) => void, opened: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await readOnce(url, show, opened, signal);
    } catch {
      if (signal.aborted) return;
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS));
  }
}

async function readOnce(url: string, show: (picture: Picture) => void, opened: () => void, signal: AbortSignal): Promise<void> {
  const response = await ask(url, { signal });
  if (!response.ok || !response.body) return;
  let first = true;
  const read = pictureReader((picture) => {
    if (first) opened();
    first = false;
    show(picture);
  });
  const bytes = response.body.getReader();
  for (let piece = await bytes.read(); !piece.done; piece = await bytes.read()) read(piece.value);
}
