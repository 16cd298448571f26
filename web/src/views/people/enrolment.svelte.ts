// Photos that are enrolled one after another, each with what became of it.

import { ask } from "../../api/client";
import { ApiFault, faultOf } from "../../api/fault";

/** What the gateway takes. */
export const PHOTO_BYTES_MAX = 8 * 1024 * 1024;

export interface Photo {
  number: number;
  name: string;
  /** For showing it; freed when it is taken off the list. */
  url: string;
  state: "waiting" | "sending" | "enrolled" | "failed";
  facesDetected: number;
  fault: ApiFault | null;
}

export class Enrolment {
  readonly #person: number;
  readonly #enrolled: () => void;
  #queue: { photo: Photo; file: Blob }[] = [];
  #running = false;
  #number = 0;
  photos = $state<Photo[]>([]);

  constructor(person: number, enrolled: () => void) {
    this.#person = person;
    this.#enrolled = enrolled;
  }

  add(files: Iterable<Blob & { name?: string }>): void {
    for (const file of files) {
      this.#number += 1;
      const photo: Photo = { number: this.#number, name: file.name ?? "", url: URL.createObjectURL(file), state: "waiting", facesDetected: 0, fault: null };
      this.photos.push(photo);
      const kept = this.photos.at(-1);
      if (kept) this.#queue.push({ photo: kept, file });
    }
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) await this.#send(next.photo, next.file);
    this.#running = false;
  }

  async #send(photo: Photo, file: Blob): Promise<void> {
    photo.state = "sending";
    try {
      if (file.size > PHOTO_BYTES_MAX) throw new ApiFault(413, "");
      const body = new FormData();
      body.set("file", file, photo.name || "photo.jpg");
      const response = await ask(`/api/people/${this.#person}/faces`, { method: "POST", body });
      const answer: unknown = await response.json().catch(() => null);
      if (!response.ok) throw faultOf(response.status, answer);
      photo.facesDetected = (answer as { faces_detected: number }).faces_detected;
      photo.state = "enrolled";
      this.#enrolled();
    } catch (error) {
      photo.fault = error instanceof ApiFault ? error : new ApiFault(0, String(error));
      photo.state = "failed";
    }
  }

  clear(): void {
    const done = this.photos.filter((photo) => photo.state === "enrolled" || photo.state === "failed");
    done.forEach((photo) => URL.revokeObjectURL(photo.url));
    this.photos = this.photos.filter((photo) => !done.includes(photo));
  }
}
