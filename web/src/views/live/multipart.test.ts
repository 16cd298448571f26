import { describe, expect, it } from "vitest";

import { pictureReader, type Picture } from "./multipart";

const encode = (text: string) => new TextEncoder().encode(text);
const STREAM = encode(
  "--frame\r\nX-Camera-Id: 3\r\nContent-Type: image/jpeg\r\nContent-Length: 3\r\nX-Timestamp: 2026-11-23T02:07:09.123Z\r\n\r\none\r\n" +
    "--frame\r\nContent-Type: image/jpeg\r\nContent-Length: 5\r\n\r\n\r\n\r\n!\r\n--frame\r\n",
);

function read(pieces: Uint8Array[]): Picture[] {
  const pictures: Picture[] = [];
  const reader = pictureReader((picture) => pictures.push(picture));
  pieces.forEach(reader);
  return pictures;
}

const texts = (pictures: Picture[]) => pictures.map((picture) => [picture.camera, picture.captured, new TextDecoder().decode(picture.jpeg)]);
const WANTED = [
  [3, "2026-11-23T02:07:09.123Z", "one"],
  [null, null, "\r\n\r\n!"],
];

describe("a stream of pictures", () => {
  it("reads the same however the network cuts it", () => {
    for (let size = 1; size <= STREAM.length; size += 1) {
      const pieces = Array.from({ length: Math.ceil(STREAM.length / size) }, (_, index) => STREAM.slice(index * size, (index + 1) * size));
      expect(texts(read(pieces)), `in pieces of ${size}`).toEqual(WANTED);
    }
  });

  it("refuses what is no stream of pictures", () => {
    expect(() => read([encode("--frame\r\nContent-Type: text/html\r\n\r\n")])).toThrow();
    expect(() => read([new Uint8Array(10_000)])).toThrow();
  });
});
