import { ByteCollector } from "./byte-collector.ts";
import { ProtocolError } from "./errors.ts";

const LF = 0x0a;
const CR = 0x0d;
const DOT = 0x2e;
const DEFAULT_REPLY_BYTES = 16 * 1024 * 1024;
const ERR = Buffer.from("ERR ", "latin1");

/** Format of an answer: a table that ends with a line `.`, or one line. */
export type AdminReplyKind = "table" | "line";

/**
 * One answer of the admin port, lines without LF or CRLF. `error`: an `ERR …` line, in place of the expected
 * answer. All buffers are copies.
 */
export type AdminReply =
  | { readonly kind: "table"; readonly lines: readonly Buffer[] }
  | { readonly kind: "line"; readonly line: Buffer }
  | { readonly kind: "error"; readonly line: Buffer };

/**
 * Parses the answers to a known sequence of commands, for example `["table", "line"]` for `status version `. Tables end
 * with `. `, single lines with ` ` or `\r `. Source: job-server.md 3, tools.md 1.
 */
export class AdminReplyDecoder {
  readonly #expected: AdminReplyKind[];
  readonly #maxReplyBytes: number;
  readonly #onTableLine: ((line: Buffer) => void) | undefined;
  readonly #line = new ByteCollector();
  #tableLines = 0;
  #table: Buffer[] = [];
  #replyBytes = 0;

  /**
   * @param expected kinds of the answers in the order of the commands
   * @param maxReplyBytes largest accepted answer, by default 16 MiB
   * @param onTableLine gets the lines of tables one by one, and `lines` of the reply stays empty: a table of
   * short lines takes twenty times its size otherwise. A view, valid until the call returns
   */
  constructor(
    expected: readonly AdminReplyKind[],
    maxReplyBytes: number = DEFAULT_REPLY_BYTES,
    onTableLine?: (line: Buffer) => void,
  ) {
    this.#expected = [...expected];
    this.#maxReplyBytes = maxReplyBytes;
    this.#onTableLine = onTableLine;
  }

  /** True once every expected answer has been received. */
  get done(): boolean {
    return this.#expected.length === 0;
  }

  /** Bytes of unfinished answers; not 0 at the end of the connection means that one was truncated. */
  get pendingBytes(): number {
    return this.#replyBytes;
  }

  /** Complete lines of the table being read, for callers that use a truncated answer. */
  get partialTable(): readonly Buffer[] {
    return this.#table;
  }

  /**
   * The answers completed by `chunk`. Bytes after the last expected answer are ignored.
   *
   * @throws ProtocolError LINE_TOO_LONG if an answer exceeds the size limit; drop the decoder then.
   */
  push(chunk: Buffer): AdminReply[] {
    const replies: AdminReply[] = [];
    for (let at = 0; at < chunk.length && !this.done; ) {
      const lf = chunk.indexOf(LF, at);
      const end = lf === -1 ? chunk.length : lf + 1;
      this.#replyBytes += end - at;
      if (this.#replyBytes > this.#maxReplyBytes)
        throw new ProtocolError("LINE_TOO_LONG", chunk.subarray(at));
      if (lf === -1) this.#line.append(chunk, at, end, this.#maxReplyBytes);
      else this.#endLine(this.#lineUpTo(chunk, at, lf), replies);
      at = end;
    }
    return replies;
  }

  /** The line that ends at `lf`: a copy, except for one that is used immediately and is contiguous. */
  #lineUpTo(chunk: Buffer, at: number, lf: number): Buffer {
    if (this.#onTableLine !== undefined && this.#line.length === 0) return chunk.subarray(at, lf);
    this.#line.append(chunk, at, lf, this.#maxReplyBytes);
    return this.#line.release();
  }

  #endLine(raw: Buffer, replies: AdminReply[]): void {
    const crlf = raw.at(-1) === CR;
    const line = crlf ? raw.subarray(0, -1) : raw;
    if (this.#expected[0] === "line") {
      this.#finish(replies, { kind: isError(line) ? "error" : "line", line: Buffer.from(line) });
    } else if (this.#tableLines === 0 && crlf && isError(line)) {
      // only single-line answers end with CRLF, so a queue named `ERR x` is not an error
      this.#finish(replies, { kind: "error", line: Buffer.from(line) });
    } else if (line.length === 1 && line[0] === DOT) {
      this.#finish(replies, { kind: "table", lines: this.#table });
    } else {
      this.#tableLines++;
      if (this.#onTableLine === undefined) this.#table.push(line);
      else this.#onTableLine(line);
    }
  }

  #finish(replies: AdminReply[], reply: AdminReply): void {
    replies.push(reply);
    this.#expected.shift();
    this.#table = [];
    this.#tableLines = 0;
    this.#replyBytes = 0;
  }
}

function isError(line: Buffer): boolean {
  return line.subarray(0, ERR.length).equals(ERR);
}
