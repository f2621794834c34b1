import { ProtocolError } from "@mod-gearman/protocol";
import type { Job } from "../core/entities.ts";
import type { JobTable } from "../core/job-table.ts";

const HEADER_BYTES = 12;
/** Header and arguments without data must fit gearmand's buffer of this size. Source: job-server.md 1.1. */
const ARGUMENT_AREA_BYTES = 8192;
const MAX_ARGUMENTS = 7; // in front of the last one
const EMPTY: Buffer = Buffer.alloc(0);

/**
 * The current request of a connection: its body and, after `split`, its arguments. One object for all
 * requests of a connection, so that a request allocates nothing. All values are valid until the handler
 * returns; buffers are views of the received bytes.
 */
export class Request {
  type = 0;
  #bytes: Buffer = EMPTY;
  #start = 0;
  #end = 0;
  /** Ends of the NUL-terminated arguments. */
  readonly #ends = new Uint32Array(MAX_ARGUMENTS);
  #firstText = ""; // of an earlier request
  #lastStart = 0;
  #lastEnd = 0;

  /** Sets `type` and the body, `start` to `end` of `bytes`. */
  load(type: number, bytes: Buffer, start: number, end: number): void {
    this.type = type;
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
  }

  /** Releases the bytes. */
  unload(): void {
    this.#bytes = EMPTY;
  }

  /**
   * Finds `count` arguments, each followed by a NUL, strictly inside the body, and a last one, which is the
   * rest: data of any size if it is `opaque`.
   *
   * @throws ProtocolError MISSING_ARGUMENT (X2), ARGUMENT_TOO_LONG. Source: job-server.md 1.1
   */
  split(count: number, last: "opaque" | "argument"): void {
    const end = this.#end;
    let at = this.#start;
    for (let index = 0; index < count; index++) {
      at = this.#nulAt(at);
      if (at === end) throw new ProtocolError("MISSING_ARGUMENT", this.#head());
      this.#ends[index] = at;
      at += 1;
    }
    this.#setLast(at, last === "opaque" ? at : end);
  }

  /**
   * As `split(1, "opaque")`, but a body without NUL is the first argument, with empty data: workers written in Perl send
   * an empty result that way. Source: job-server.md 1.3, X2
   *
   * @throws ProtocolError ARGUMENT_TOO_LONG
   */
  splitHandle(): void {
    const at = this.#nulAt(this.#start);
    this.#ends[0] = at;
    const dataAt = Math.min(at + 1, this.#end);
    this.#setLast(dataAt, dataAt);
  }

  /** Removes one trailing NUL of the last argument. Source: job-server.md 2.6. */
  cutLastNul(): void {
    if (this.#lastEnd > this.#lastStart && this.#bytes[this.#lastEnd - 1] === 0) this.#lastEnd -= 1;
  }

  lengthOf(index: number): number {
    return (this.#ends[index] as number) - this.#startOf(index);
  }

  /** The first NUL from `start` on, or the end of the body. */
  #nulAt(start: number): number {
    const bytes = this.#bytes;
    const end = this.#end;
    let at = start;
    while (at < end && bytes[at] !== 0) at += 1;
    return at;
  }

  /** @param argumentsEnd end of the part that must fit into gearmand's buffer */
  #setLast(start: number, argumentsEnd: number): void {
    if (HEADER_BYTES + argumentsEnd - this.#start > ARGUMENT_AREA_BYTES)
      throw new ProtocolError("ARGUMENT_TOO_LONG", this.#head());
    this.#lastStart = start;
    this.#lastEnd = this.#end;
  }

  /** False if there is no NUL after the first argument, which is possible after `splitHandle`. */
  get hasData(): boolean {
    return this.#ends[0] !== this.#end;
  }

  /** Looks up the handle in the first argument. */
  findJob(jobs: JobTable): Job | undefined {
    return jobs.findBytes(this.#bytes, this.#start, this.#ends[0] as number);
  }

  /** latin1. The first argument, mostly the name of the same function, is the same string as before if it is equal. */
  text(index: number): string {
    const start = this.#startOf(index);
    const end = this.#ends[index] as number;
    if (start === end) return "";
    if (index > 0) return this.#bytes.toString("latin1", start, end);
    if (!this.#isFirstText(start, end)) this.#firstText = this.#bytes.toString("latin1", start, end);
    return this.#firstText;
  }

  #isFirstText(start: number, end: number): boolean {
    const bytes = this.#bytes;
    const text = this.#firstText;
    if (text.length !== end - start) return false;
    for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) !== bytes[start + at]) return false;
    return true;
  }

  /** A view. */
  argument(index: number): Buffer {
    return this.#bytes.subarray(this.#startOf(index), this.#ends[index]);
  }

  /** The first argument, before `split`, latin1: up to the first NUL, or the whole body. */
  leadingText(): string {
    return this.#bytes.toString("latin1", this.#start, this.#nulAt(this.#start));
  }

  /** Contain the request. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /** Where the last argument begins in `bytes`. */
  get lastAt(): number {
    return this.#lastStart;
  }

  get lastLength(): number {
    return this.#lastEnd - this.#lastStart;
  }

  /** latin1 */
  lastText(): string {
    return this.#bytes.toString("latin1", this.#lastStart, this.#lastEnd);
  }

  /** A view. */
  last(): Buffer {
    return this.#bytes.subarray(this.#lastStart, this.#lastEnd);
  }

  /** The whole body, a view, to be forwarded unchanged. */
  body(): Buffer {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  get bodyLength(): number {
    return this.#end - this.#start;
  }

  #startOf(index: number): number {
    return index === 0 ? this.#start : (this.#ends[index - 1] as number) + 1;
  }

  #head(): Buffer {
    const head = Buffer.from("\0REQ\0\0\0\0\0\0\0\0", "latin1");
    head.writeUInt32BE(this.type, 4);
    head.writeUInt32BE(this.bodyLength, 8);
    return head;
  }
}
