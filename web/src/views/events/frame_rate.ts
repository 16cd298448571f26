// How long a picture of a video is shown, learned while it plays, since no browser tells.

const USUAL_S = 1 / 25;
/** What lies beyond is a stall or a doubled picture. */
const [SHORTEST_S, LONGEST_S] = [1 / 120, 1.5];

export class FrameRate {
  #lengths: number[] = [];
  #last: number | null = null;

  /** A picture was shown; `mediaTime` is its time in the video. */
  shown(mediaTime: number): void {
    const length = this.#last === null ? 0 : mediaTime - this.#last;
    this.#last = mediaTime;
    if (length < SHORTEST_S || length > LONGEST_S) return;
    this.#lengths = [...this.#lengths.slice(-14), length];
  }

  /** Seconds of one picture: the shortest seen, since a busy browser skips some and never adds any. */
  get seconds(): number {
    if (this.#lengths.length < 3) return USUAL_S;
    const sorted = [...this.#lengths].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 4)] ?? USUAL_S;
  }
}
