// Puts pictures onto a canvas, the newest only: a slow machine shows fewer, never late ones. A canvas, because an `<img>` of an
// endless stream can neither be stopped for good nor asked for the time of its picture.

export class Painter {
  readonly #context: ImageBitmapRenderingContext;
  #next: Uint8Array<ArrayBuffer> | null = null;
  #busy = false;

  constructor(canvas: HTMLCanvasElement) {
    const context = canvas.getContext("bitmaprenderer");
    if (!context) throw new Error("this browser cannot draw pictures");
    this.#context = context;
  }

  show(jpeg: Uint8Array<ArrayBuffer>): void {
    this.#next = jpeg;
    if (!this.#busy) void this.#paint();
  }

  async #paint(): Promise<void> {
    this.#busy = true;
    while (this.#next) {
      const blob = new Blob([this.#next], { type: "image/jpeg" });
      this.#next = null;
      try {
        const bitmap = await createImageBitmap(blob);
        this.#context.canvas.width = bitmap.width;
        this.#context.canvas.height = bitmap.height;
        this.#context.transferFromImageBitmap(bitmap);
      } catch {
        // A picture that cannot be read is skipped; the next one comes soon.
      }
    }
    this.#busy = false;
  }
}
