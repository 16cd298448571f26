// A way to a camera that can be cut and mended: what Iris connects to instead of the camera itself.

import { connect, createServer, type Server, type Socket } from "node:net";

export class Way {
  readonly #port: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  #here = 0;

  /** To a camera on a port of this machine. */
  constructor(port: number) {
    this.#port = port;
  }

  /** The port that leads there, the same each time. */
  async open(): Promise<number> {
    const server = createServer((near) => {
      const far = connect(this.#port, "127.0.0.1");
      for (const [one, other] of [[near, far], [far, near]] as const) {
        this.#sockets.add(one);
        one.pipe(other);
        one.on("error", () => other.destroy());
        one.on("close", () => (other.destroy(), this.#sockets.delete(one)));
      }
    });
    await new Promise<void>((listening) => server.listen(this.#here, "127.0.0.1", listening));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    this.#server = server;
    this.#here = address.port;
    return this.#here;
  }

  /** From now on nobody gets there, and who was there is cut off. */
  async cut(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    const closed = server && new Promise((done) => server.close(done));
    this.#sockets.forEach((socket) => socket.destroy());
    await closed;
  }
}
