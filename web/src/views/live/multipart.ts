// Pictures out of a multipart stream (MJPEG), cut anywhere by the network. The wall's stream names each picture's camera.

export interface Picture {
  /** Which camera it is of; null in the stream of one camera. */
  camera: number | null;
  /** When it was filmed. */
  captured: string | null;
  jpeg: Uint8Array<ArrayBuffer>;
}

/** A head longer than this is none of the gateway's. */
const HEAD_BYTES_MAX = 4096;
const PICTURE_BYTES_MAX = 32 * 1024 * 1024;

/** Takes bytes as they come and tells of each whole picture. */
export function pictureReader(tell: (picture: Picture) => void): (bytes: Uint8Array) => void {
  let rest = new Uint8Array(0);
  return (bytes) => {
    rest = joined(rest, bytes);
    let used = 0;
    for (let part = next(rest, used); part; part = next(rest, used)) {
      used = part.end;
      tell(part.picture);
    }
    if (used > 0) rest = rest.slice(used);
    if (rest.length > PICTURE_BYTES_MAX) throw new Error("the stream has no pictures");
  };
}

function joined(first: Uint8Array<ArrayBuffer>, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

function next(bytes: Uint8Array<ArrayBuffer>, from: number): { picture: Picture; end: number } | null {
  const headEnd = endOfHead(bytes, from);
  if (headEnd < 0) return null;
  const head = new TextDecoder("latin1").decode(bytes.subarray(from, headEnd));
  const length = Number(field(head, "content-length") ?? Number.NaN);
  if (!Number.isInteger(length) || length < 0) throw new Error("a part of the stream does not say how long it is");
  const end = headEnd + length;
  if (bytes.length < end) return null;
  const camera = field(head, "x-camera-id");
  const picture = { camera: camera === null ? null : Number(camera), captured: field(head, "x-timestamp"), jpeg: bytes.slice(headEnd, end) };
  return { picture, end };
}

function endOfHead(bytes: Uint8Array, from: number): number {
  const last = Math.min(bytes.length - 3, from + HEAD_BYTES_MAX);
  for (let at = from; at < last; at += 1) {
    if (bytes[at] === 13 && bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10) return at + 4;
  }
  if (bytes.length - from > HEAD_BYTES_MAX) throw new Error("the stream is not one of pictures");
  return -1;
}

function field(head: string, name: string): string | null {
  const line = head.split("\r\n").find((line) => line.toLowerCase().startsWith(`${name}:`));
  return line === undefined ? null : line.slice(name.length + 1).trim();
}
