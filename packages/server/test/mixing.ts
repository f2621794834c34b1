import type { Duplex } from "node:stream";
import { packet } from "./wire.ts";

const HEADER_BYTES = 12;
const ID_DIGITS = 9;

/** Random numbers, reproducible by their seed; xorshift32. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 1;
  }

  /** 0 … `below` - 1. */
  roll(below: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % below;
  }

  pick<T>(all: readonly T[]): T {
    return all[this.roll(all.length)] as T;
  }
}

/** Bytes unique to a number `id`, of any size, generated again for comparison. */
export class Content {
  readonly #noise: Buffer;

  constructor(seed: number, mostBytes: number) {
    const dice = new Dice(seed);
    this.#noise = Buffer.alloc(mostBytes + 65_536);
    for (let at = 0; at + 4 <= this.#noise.length; at += 4)
      this.#noise.writeUInt32LE(dice.roll(0xffff_ffff), at);
  }

  /** The number first, as far as it fits, then bytes derived from it. */
  of(id: number, bytes: number): Buffer {
    const at = (id * 7919) % 65_536;
    const made = Buffer.from(this.#noise.subarray(at, at + bytes));
    made.write(String(id).padStart(ID_DIGITS, "0"), "latin1");
    return made;
  }

  /** As `of`, without NUL and line ends, for names. */
  name(id: number, bytes: number): string {
    return this.of(id, bytes)
      .toString("latin1")
      .replace(/[\0\s]/g, "_");
  }
}

/** One packet or line of text from a server. */
export interface Answer {
  /** 0: text. */
  readonly type: number;
  readonly body: Buffer;
}

/** A connection whose bytes are sent in chunks cut anywhere. */
export class Mixer {
  readonly socket: Duplex;
  #out: Buffer[] = [];
  #in: Buffer = Buffer.alloc(0);

  constructor(socket: Duplex, take: (answer: Answer) => void) {
    this.socket = socket;
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      this.#in = this.#in.length === 0 ? chunk : Buffer.concat([this.#in, chunk]);
      for (let end = endOfFirst(this.#in); end > 0; end = endOfFirst(this.#in)) {
        const isText = this.#in[0] !== 0;
        const type = isText ? 0 : this.#in.readUInt32BE(4);
        const body = this.#in.subarray(isText ? 0 : HEADER_BYTES, end);
        this.#in = this.#in.subarray(end);
        take({ type, body });
      }
    });
  }

  get isDrained(): boolean {
    return this.#out.length === 0;
  }

  request(type: number, ...parts: (string | Buffer)[]): void {
    const bytes = parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part));
    this.#out.push(packet("REQ", type, Buffer.concat(bytes)));
  }

  text(line: string): void {
    this.#out.push(Buffer.from(`${line}\n`, "latin1"));
  }

  /** Writes up to `bytes` of the pending data to the socket. */
  sendSome(bytes: number): void {
    const all = this.#out.length === 1 ? (this.#out[0] as Buffer) : Buffer.concat(this.#out);
    if (all.length === 0) return;
    this.#out = all.length > bytes ? [all.subarray(bytes)] : [];
    this.socket.write(all.subarray(0, bytes));
  }
}

/** End of the first packet or line; 0 if it is not complete. */
function endOfFirst(bytes: Buffer): number {
  if (bytes.length === 0) return 0;
  if (bytes[0] !== 0) return bytes.indexOf("\n") + 1;
  if (bytes.length < HEADER_BYTES) return 0;
  const end = HEADER_BYTES + bytes.readUInt32BE(8);
  return bytes.length < end ? 0 : end;
}
