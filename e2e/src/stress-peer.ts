import { once } from "node:events";
import { connect, type Socket } from "node:net";

import { HEADER_BYTES } from "./gearman-wire.ts";

/** A connection to a job server that keeps nothing of an answer but its type and size. */
export class StressPeer {
  readonly socket: Socket;
  #head = Buffer.alloc(0);
  #bodyLeft = 0;
  #type = 0;
  readonly #types: number[] = [];
  #waiting: (() => void) | undefined;
  #isClosed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => this.#take(chunk)).on("error", () => undefined);
    socket.on("close", () => {
      this.#isClosed = true;
      this.#waiting?.();
    });
  }

  /** @throws the socket's error */
  static async connect(port: number): Promise<StressPeer> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return new StressPeer(socket);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  send(...requests: readonly Buffer[]): void {
    this.socket.write(requests.length === 1 ? (requests[0] as Buffer) : Buffer.concat(requests));
  }

  /** Resolves with the type of the next answer once it has arrived. @throws Error if the connection was closed */
  async next(): Promise<number> {
    for (;;) {
      const type = this.#types.shift();
      if (type !== undefined) return type;
      if (this.#isClosed) throw new Error("the job server closed the connection");
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }

  leave(): void {
    this.socket.destroy();
  }

  #take(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#bodyLeft > 0) {
        const taken = Math.min(this.#bodyLeft, chunk.length - at);
        this.#bodyLeft -= taken;
        at += taken;
        if (this.#bodyLeft === 0) this.#arrived();
        continue;
      }
      const missing = HEADER_BYTES - this.#head.length;
      this.#head = Buffer.concat([this.#head, chunk.subarray(at, at + missing)]);
      at += missing;
      if (this.#head.length < HEADER_BYTES) return;
      this.#type = this.#head.readUInt32BE(4);
      this.#bodyLeft = this.#head.readUInt32BE(8);
      this.#head = Buffer.alloc(0);
      if (this.#bodyLeft === 0) this.#arrived();
    }
  }

  #arrived(): void {
    this.#types.push(this.#type);
    this.#waiting?.();
    this.#waiting = undefined;
  }
}
