import type { PluginOutcome } from "@mod-gearman/base";

export type ReplyLine =
  | { readonly kind: "started"; readonly pid: number }
  | { readonly kind: "ended"; readonly result: Result };

export interface Result {
  readonly end: Pick<
    PluginOutcome,
    "exitCode" | "signal" | "stdout" | "stderr" | "timedOut" | "truncatedBytes" | "usage"
  >;
  /** Kind of an error of the server or in the plugin's source; the plugin was not run then. */
  readonly error: string | undefined;
  /** The server waits for another request on the same connection. */
  readonly keep: boolean;
}

class ReplyError extends Error {
  override readonly name: string = "ReplyError";
  readonly code = "BAD_REPLY";
}

const LF = 0x0a;
const BRACE = 0x7b;
const FIRST_LINE_BYTES = 64 * 1024;
/** JSON takes at most six characters for one byte of two streams; plus the other fields. */
const bytesOfLastLine = (maxOutputBytes: number) => 12 * maxOutputBytes + FIRST_LINE_BYTES;

/** Splits an answer into lines; buffers at most the largest answer that the request allows. */
export class ReplyReader {
  readonly #maxOutputBytes: number;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #hasStarted = false;

  constructor(maxOutputBytes: number) {
    this.#maxOutputBytes = maxOutputBytes;
  }

  /** @throws ReplyError the connection must be closed */
  push(chunk: Buffer): ReplyLine[] {
    const lines: ReplyLine[] = [];
    let rest = chunk;
    for (let at = rest.indexOf(LF); at >= 0; at = rest.indexOf(LF)) {
      this.#keep(rest.subarray(0, at));
      const line = Buffer.concat(this.#chunks, this.#bytes).toString("latin1");
      this.#chunks = [];
      this.#bytes = 0;
      lines.push(this.#read(line));
      rest = rest.subarray(at + 1);
    }
    this.#keep(rest);
    return lines;
  }

  get isEmpty(): boolean {
    return this.#bytes === 0;
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#chunks.push(bytes);
    this.#bytes += bytes.length;
    if (this.#bytes > bytesOfLastLine(this.#maxOutputBytes)) throw new ReplyError("answer is too long");
    if (this.#chunks[0]?.at(0) !== BRACE) throw new ReplyError("answer is no JSON object");
  }

  #read(line: string): ReplyLine {
    const fields = parseObject(line);
    if ("rc" in fields) return { kind: "ended", result: resultOf(fields) };
    const { pid } = fields;
    // killing the group of 0, 1 or the own process id would hit all processes or this one
    if (this.#hasStarted || !isCount(pid) || pid < 2 || pid === process.pid)
      throw new ReplyError("answer without a process id");
    this.#hasStarted = true;
    return { kind: "started", pid };
  }
}

type Fields = Readonly<Record<string, unknown>>;

function parseObject(line: string): Fields {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null) return value as Fields;
  } catch {
    // thrown below
  }
  throw new ReplyError("answer is no JSON object");
}

function resultOf(fields: Fields): Result {
  const { rc, signal = 0, timedout = 0, truncated = 0, error } = fields;
  if (typeof rc !== "number" || !Number.isInteger(rc)) throw new ReplyError("answer without a return code");
  const ended = isCount(signal) && signal > 0 ? { signal } : { exitCode: rc };
  return {
    end: {
      ...ended,
      stdout: bytesOf(fields.stdout),
      stderr: bytesOf(fields.stderr),
      timedOut: Boolean(timedout),
      truncatedBytes: isCount(truncated) ? truncated : 0,
      usage: {
        userMicros: microsOf(fields.cpu_user),
        systemMicros: microsOf(fields.cpu_system),
        maxRssBytes: isCount(fields.maxrss) ? fields.maxrss * 1024 : 0,
        compileMicros: microsOf(fields.compile_duration),
      },
    },
    error: typeof error === "string" ? error : undefined,
    keep: fields.keep === 1,
  };
}

function bytesOf(text: unknown): Buffer {
  if (text === undefined) return Buffer.alloc(0);
  if (typeof text !== "string") throw new ReplyError("answer without output");
  const bytes = Buffer.from(text, "latin1");
  if (/[^\0-\xff]/.test(text)) throw new ReplyError("answer with characters that are no bytes");
  return bytes;
}

function microsOf(seconds: unknown): number {
  return typeof seconds === "number" && seconds > 0 && Number.isFinite(seconds)
    ? Math.round(seconds * 1e6)
    : 0;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
