import { once } from "node:events";
import { connect, type Socket } from "node:net";

const LF = 0x0a;
const CR_LF_BYTES = 2;

/** A value that `get` has found. */
export interface MemcachedValue {
  readonly flags: number;
  readonly data: Buffer;
}

/**
 * A connection to one memcached, text protocol. Requests may be sent while others have no answer; answers are
 * read in the same order. Source: memcached, doc/protocol.txt
 */
export class MemcachedConnection {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #onBytes: (() => void) | undefined;
  #isEnded = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => {
      this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
      this.#onBytes?.();
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.#isEnded = true;
      this.#onBytes?.();
    });
  }

  /** @throws the socket's error */
  static async open(host: string, port: number): Promise<MemcachedConnection> {
    const socket = host.startsWith("/") ? connect(host) : connect({ host, port, noDelay: true });
    await once(socket, "connect");
    return new MemcachedConnection(socket);
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  send(...parts: readonly (string | Buffer)[]): void {
    this.#socket.cork();
    for (const part of parts) this.#socket.write(part, "latin1");
    this.#socket.uncork();
  }

  /** The next line, latin1, without its end. @throws Error if the connection ends */
  async line(): Promise<string> {
    for (;;) {
      const end = this.#received.indexOf(LF);
      if (end >= 0)
        return this.#take(end + 1)
          .toString("latin1")
          .replace(/\r?\n$/, "");
      await this.#more();
    }
  }

  /** The values of one `get`, by key. */
  async values(): Promise<Map<string, MemcachedValue>> {
    const values = new Map<string, MemcachedValue>();
    for (;;) {
      const [word, key = "", flags, bytes] = (await this.line()).split(" ");
      if (word !== "VALUE") return values;
      values.set(key, { flags: Number(flags), data: await this.#bytes(Number(bytes)) });
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  async #bytes(length: number): Promise<Buffer> {
    while (this.#received.length < length + CR_LF_BYTES) await this.#more();
    return Buffer.from(this.#take(length + CR_LF_BYTES).subarray(0, length));
  }

  #take(length: number): Buffer {
    const taken = this.#received.subarray(0, length);
    this.#received = this.#received.subarray(length);
    return taken;
  }

  async #more(): Promise<void> {
    if (this.#isEnded) throw new Error("the connection has ended");
    await new Promise<void>((resolve) => {
      this.#onBytes = resolve;
    });
    this.#onBytes = undefined;
  }
}
