import type { Row } from "./check-row.ts";
import { SharedStrings } from "./shared-strings.ts";

/** Job servers have one prefix each, for instance `H:srv:`; more of them cost memory only. */
const MAX_PREFIXES = 100;
const COLON = 0x3a;
/** A number that is written in one way only, and exact in a double. */
const NUMBER = /^[1-9][0-9]{0,14}$/;

/** Makes handles of jobs small: there may be a million. */
export class RowHandles {
  readonly #prefixes = new SharedStrings(MAX_PREFIXES);

  of(handle: Buffer): Pick<Row, "handlePrefix" | "handleNumber"> {
    const end = handle.lastIndexOf(COLON) + 1;
    const number = handle.toString("latin1", end);
    if (!NUMBER.test(number)) return { handlePrefix: handle.toString("latin1"), handleNumber: -1 };
    return {
      handlePrefix: this.#prefixes.of(handle.toString("latin1", 0, end)),
      handleNumber: Number(number),
    };
  }
}
