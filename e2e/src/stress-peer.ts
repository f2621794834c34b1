import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** Packet numbers. Source: job-server.md 1.2. */
export const TYPE = {
  CAN_DO: 1,
  PRE_SLEEP: 4,
  NOOP: 6,
  SUBMIT_JOB: 7,
  JOB_CREATED: 8,
  GRAB_JOB: 9,
  NO_JOB: 10,
  JOB_ASSIGN: 11,
  WORK_COMPLETE: 13,
  ECHO_REQ: 16,
  ECHO_RES: 17,
  CAN_DO_TIMEOUT: 23,
  SUBMIT_JOB_EPOCH: 36,
} as const;

const HEADER_BYTES = 12;

/** A request as bytes, built without the code under test. */
export function request(type: number, body: Buffer | string = ""): Buffer {
  const bytes = Buffer.from(body as string, "latin1");
  const head = Buffer.from("\0REQ\0\0\0\0\0\0\0\0", "latin1");
  head.writeUInt32BE(type >>> 0, 4);
  head.writeUInt32BE(bytes.length, 8);
  return Buffer.concat([head, bytes]);
}

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
