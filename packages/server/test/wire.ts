import type { Duplex } from "node:stream";

/** Packet numbers from job-server.md 1.2, not from the code under test. */
const numbers: Readonly<Record<string, number>> = {
  CAN_DO: 1,
  CANT_DO: 2,
  RESET_ABILITIES: 3,
  PRE_SLEEP: 4,
  NOOP: 6,
  SUBMIT_JOB: 7,
  JOB_CREATED: 8,
  GRAB_JOB: 9,
  NO_JOB: 10,
  JOB_ASSIGN: 11,
  WORK_STATUS: 12,
  WORK_COMPLETE: 13,
  WORK_FAIL: 14,
  GET_STATUS: 15,
  ECHO_REQ: 16,
  ECHO_RES: 17,
  SUBMIT_JOB_BG: 18,
  ERROR: 19,
  STATUS_RES: 20,
  SUBMIT_JOB_HIGH: 21,
  SET_CLIENT_ID: 22,
  CAN_DO_TIMEOUT: 23,
  ALL_YOURS: 24,
  WORK_EXCEPTION: 25,
  OPTION_REQ: 26,
  OPTION_RES: 27,
  WORK_DATA: 28,
  WORK_WARNING: 29,
  GRAB_JOB_UNIQ: 30,
  JOB_ASSIGN_UNIQ: 31,
  SUBMIT_JOB_HIGH_BG: 32,
  SUBMIT_JOB_LOW: 33,
  SUBMIT_JOB_LOW_BG: 34,
  SUBMIT_JOB_SCHED: 35,
  SUBMIT_JOB_EPOCH: 36,
  SUBMIT_REDUCE_JOB: 37,
  SUBMIT_REDUCE_JOB_BACKGROUND: 38,
  GRAB_JOB_ALL: 39,
  JOB_ASSIGN_ALL: 40,
  GET_STATUS_UNIQUE: 41,
  STATUS_RES_UNIQUE: 42,
};

/** Built without the code under test. */
export function packet(magic: "REQ" | "RES", type: number, body: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.write(magic, 1);
  head.writeUInt32BE(type >>> 0, 4);
  head.writeUInt32BE(body.length, 8);
  return Buffer.concat([head, body]);
}

/** `NAME arg arg`, see `message`. */
function named(magic: "REQ" | "RES", name: string, args: readonly Buffer[]): Buffer {
  const type = numbers[name];
  if (type === undefined) throw new Error(`no packet ${name}`);
  const parts = args.flatMap((arg, index) => (index === 0 ? [arg] : [Buffer.from([0]), arg]));
  return packet(magic, type, Buffer.concat(parts));
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", s: " ", "\\": "\\" };

/**
 * One word of a scene: `-""-` is empty, `x*70` repeats, and `
 *  \r \t \s \\ \0 \xff` are escapes.
 */
function bytesOf(word: string): Buffer {
  if (word === '""') return Buffer.alloc(0);
  const repeated = /^(.)\*(\d+)$/.exec(word);
  if (repeated !== null) return Buffer.alloc(Number(repeated[2]), repeated[1]);
  const text = word.replace(/\\(x[0-9a-f]{2}|.)/g, (_all, code: string) => {
    if (code.startsWith("x")) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return code === "0" ? "\0" : (ESCAPES[code] ?? code);
  });
  return Buffer.from(text, "latin1");
}

/**
 * Bytes of one message in the notation of scenes: `NAME arg arg` a packet, `text anything ` those bytes, `type 43 body`
 * a packet by number, `RES NAME arg` one with the other magic, `hex 0052…` bytes.
 */
export function message(magic: "REQ" | "RES", written: string): Buffer {
  const [word = "", ...rest] = written.split(" ");
  if (word === "text") return bytesOf(written.slice("text ".length));
  if (word === "hex") return Buffer.from(rest.join(""), "hex");
  if (word === "type") return packet(magic, Number(rest[0]), bytesOf(rest[1] ?? '""'));
  if (word === "RES") return message("RES", rest.join(" "));
  return named(magic, word, rest.map(bytesOf));
}

/** Readable form of bytes: packets by name, the rest as text. */
export function readable(bytes: Buffer): string[] {
  const shown: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size =
      bytes.length - at >= 12 && bytes[at] === 0 ? 12 + bytes.readUInt32BE(at + 8) : bytes.length - at;
    shown.push(oneReadable(bytes.subarray(at, at + size)));
    at += size;
  }
  return shown;
}

function oneReadable(bytes: Buffer): string {
  if (bytes[0] !== 0 || bytes.length < 12) return JSON.stringify(bytes.toString("latin1"));
  const type = bytes.readUInt32BE(4);
  const name = Object.keys(numbers).find((one) => numbers[one] === type) ?? `type ${type}`;
  return `${bytes.toString("latin1", 1, 4)} ${name} ${JSON.stringify(bytes.toString("latin1", 12))}`;
}

const LIMIT_MS = 40_000; // ends a broken test with a useful text
const SYNC = Buffer.from("~sync~");

/** The test's end of a connection: keeps received bytes until they are taken. */
export class Wire {
  readonly #duplex: Duplex;
  readonly #chunks: "whole" | "single bytes";
  #pieces: Buffer[] = [];
  #pendingBytes = 0;
  #isClosed = false;
  #check: (() => void) | undefined;

  constructor(duplex: Duplex, chunks: "whole" | "single bytes" = "whole") {
    this.#duplex = duplex;
    this.#chunks = chunks;
    duplex.on("data", (chunk: Buffer) => {
      this.#pieces.push(chunk);
      this.#pendingBytes += chunk.length;
      this.#check?.();
    });
    duplex.on("error", () => undefined); // a reset appears as the close that follows
    duplex.on("close", () => {
      this.#isClosed = true;
      this.#check?.();
    });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Received bytes that were not taken. */
  get pending(): Buffer {
    if (this.#pieces.length !== 1) this.#pieces = [Buffer.concat(this.#pieces)];
    return this.#pieces[0] as Buffer;
  }

  send(bytes: Buffer): void {
    if (this.#chunks === "whole") this.#duplex.write(bytes);
    else for (const byte of bytes) this.#duplex.write(Buffer.from([byte]));
  }

  /** Waits until the server has processed all sent bytes; their answers have arrived then. */
  async sync(): Promise<void> {
    if (this.#isClosed) return;
    this.send(named("REQ", "ECHO_REQ", [SYNC]));
    const echo = named("RES", "ECHO_RES", [SYNC]);
    await this.#until(() => this.pending.includes(echo) || this.#isClosed);
    const at = this.pending.indexOf(echo);
    if (at === -1) return;
    this.#keep(Buffer.concat([this.pending.subarray(0, at), this.pending.subarray(at + echo.length)]));
  }

  /** The next `length` bytes, or fewer if the connection closes or no more arrive. */
  async take(length: number): Promise<Buffer> {
    await this.#until(() => this.#pendingBytes >= length || this.#isClosed);
    const taken = this.pending.subarray(0, length);
    this.#keep(this.pending.subarray(length));
    return taken;
  }

  /** Everything up to `end` and including it. */
  async takeThrough(end: string): Promise<Buffer> {
    await this.#until(() => this.pending.includes(end) || this.#isClosed);
    return await this.take(this.pending.indexOf(end) + end.length);
  }

  async closed(): Promise<void> {
    await this.#until(() => this.#isClosed);
  }

  leave(): void {
    this.#duplex.destroy();
  }

  end(): void {
    this.#duplex.end();
  }

  #keep(rest: Buffer): void {
    this.#pieces = [rest];
    this.#pendingBytes = rest.length;
  }

  async #until(isTrue: () => boolean): Promise<void> {
    if (isTrue()) return;
    await new Promise<void>((resolve) => {
      const giveUp = setTimeout(resolve, LIMIT_MS);
      this.#check = () => {
        if (!isTrue()) return;
        clearTimeout(giveUp);
        resolve();
      };
    });
    this.#check = undefined;
  }
}
