// All tiles in sight through one stream: a browser lends a site only six connections where HTTP/2 is not spoken, and a wall of
// sixteen cameras would wait for ever. The stream is opened anew when tiles come into sight or leave it, and the old one ends when
// the new one shows something, so that no tile goes dark meanwhile.

import { followPictures } from "./stream";
import type { Picture } from "./multipart";

type Show = (picture: Picture) => void;

/** Scrolling past many tiles opens one stream, not one for each. */
const SETTLED_AFTER_MS = 200;

export class Wall {
  readonly #tiles = new Map<number, Set<Show>>();
  #stop: (() => void) | null = null;
  #shown = "";
  #settle: ReturnType<typeof setTimeout> | undefined;

  /** Shows a camera's pictures until the answer is called. */
  watch(camera: number, show: Show): () => void {
    const shows = this.#tiles.get(camera) ?? new Set();
    this.#tiles.set(camera, shows.add(show));
    this.#changed();
    return () => {
      shows.delete(show);
      if (shows.size === 0) this.#tiles.delete(camera);
      this.#changed();
    };
  }

  /** While nobody looks at the page nothing is fetched. */
  readonly visibility = (): void => this.#changed();

  #changed(): void {
    clearTimeout(this.#settle);
    this.#settle = setTimeout(() => this.#open(), SETTLED_AFTER_MS);
  }

  #open(): void {
    const cameras = document.hidden ? [] : [...this.#tiles.keys()].sort((a, b) => a - b);
    const wanted = cameras.join(",");
    if (wanted === this.#shown) return;
    this.#shown = wanted;
    let old = this.#stop;
    const stopOld = () => {
      old?.();
      old = null;
    };
    if (cameras.length === 0) {
      stopOld();
      this.#stop = null;
      return;
    }
    const url = `/api/live/wall?cameras=${wanted}&fps=${rate(cameras.length)}`;
    const stopNew = followPictures(url, (picture) => this.#show(picture), stopOld);
    this.#stop = () => {
      stopOld();
      stopNew();
    };
  }

  #show(picture: Picture): void {
    if (picture.camera !== null) this.#tiles.get(picture.camera)?.forEach((show) => show(picture));
  }
}

/** Pictures a second of each tile: few of many. */
export function rate(tiles: number): number {
  if (tiles <= 4) return 4;
  return tiles <= 16 ? 2 : 1;
}
