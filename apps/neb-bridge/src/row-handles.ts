import type { Row } from "./check-row.ts";
import { SharedStrings } from "./shared-strings.ts";

export type RowHandle = Pick<Row, "handlePrefix" | "handleNumber">;

/** Whether two jobs are one that the server joined. */
export const isSameHandle = (one: RowHandle, other: RowHandle): boolean =>
  one.handleNumber === other.handleNumber && one.handlePrefix === other.handlePrefix;

/** Job servers have one prefix each, for instance `H:srv:`; more of them cost memory only. */
const MAX_PREFIXES = 100;
const COLON = 0x3a;
const ZERO = 0x30;
/** A number of so many digits is exact in a double. */
const MAX_DIGITS = 15;

/** Makes handles of jobs small: there may be a million. */
export class RowHandles {
  readonly #prefixes = new SharedStrings(MAX_PREFIXES);
  /** Of the last handle: mostly all jobs are on one server. */
  #bytes: Buffer = Buffer.alloc(0);
  #prefix = "";

  of(handle: Buffer): RowHandle {
    const start = startOfNumber(handle);
    if (start === -1) return { handlePrefix: handle.toString("latin1"), handleNumber: -1 };
    return { handlePrefix: this.#prefixOf(handle, start), handleNumber: numberFrom(handle, start) };
  }

  #prefixOf(handle: Buffer, end: number): string {
    const known = this.#bytes;
    let at = 0;
    while (at < end && known[at] === handle[at]) at++;
    if (at < end || known.length !== end) {
      this.#bytes = Buffer.from(handle.subarray(0, end));
      this.#prefix = this.#prefixes.of(handle.toString("latin1", 0, end));
    }
    return this.#prefix;
  }
}

/** The number of a handle, which its server gives to one job at a time; -1 if it has none. */
export function handleNumberOf(handle: Buffer): number {
  const start = startOfNumber(handle);
  return start === -1 ? -1 : numberFrom(handle, start);
}

function numberFrom(handle: Buffer, start: number): number {
  let number = 0;
  for (let at = start; at < handle.length; at++) number = number * 10 + ((handle[at] ?? ZERO) - ZERO);
  return number;
}

/** Where the number after the last colon starts; -1 without one that is written in one way only. */
function startOfNumber(handle: Buffer): number {
  let at = handle.length;
  for (
    let byte = handle[at - 1];
    byte !== undefined && byte >= ZERO && byte <= ZERO + 9;
    byte = handle[at - 1]
  )
    at--;
  const digits = handle.length - at;
  const isAlone = at === 0 || handle[at - 1] === COLON;
  return isAlone && digits > 0 && digits <= MAX_DIGITS && handle[at] !== ZERO ? at : -1;
}
