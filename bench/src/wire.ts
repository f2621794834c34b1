import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import { connect } from "node:tls";

const HEADER_BYTES = 12; // magic 4, type u32be, body size u32be; gearmand PROTOCOL, "Binary Packet"

/**
 * A connection that does as little as possible with received bytes, so that the server is measured: only
 * packet headers are parsed, bodies are views.
 */
export class Wire {
  readonly #socket: Socket;
  #rest: Buffer = Buffer.alloc(0);
  /** Called for each packet; returned bytes are written, all answers to one chunk together. */
  onPacket: (type: number, body: Buffer) => Buffer | undefined = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
  }

  /** @param authority for TLS, PEM */
  static async connect(port: number, authority?: Buffer): Promise<Wire> {
    if (authority !== undefined) {
      const secure = connect({ port, host: "127.0.0.1", ca: authority });
      await once(secure, "secureConnect");
      return new Wire(secure);
    }
    const socket = createConnection(port, "127.0.0.1");
    await once(socket, "connect");
    return new Wire(socket);
  }

  /** Writes the bytes `times` times as fast as the server accepts them. */
  async writeAll(bytes: Buffer, times: number): Promise<void> {
    for (let n = 0; n < times; n++) if (!this.#socket.write(bytes)) await once(this.#socket, "drain");
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const answers: Buffer[] = [];
    let at = 0;
    while (bytes.length - at >= HEADER_BYTES) {
      const end = at + HEADER_BYTES + bytes.readUInt32BE(at + 8);
      if (end > bytes.length) break;
      const answer = this.onPacket(bytes.readUInt32BE(at + 4), bytes.subarray(at + HEADER_BYTES, end));
      if (answer !== undefined) answers.push(answer);
      at = end;
    }
    this.#rest = bytes.subarray(at);
    if (answers.length > 0)
      this.#socket.write(answers.length === 1 ? (answers[0] ?? "") : Buffer.concat(answers));
  }
}
