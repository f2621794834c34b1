import type { Readable } from "node:stream";
import { setFlagsFromString } from "node:v8";
import type { ResultDelivery } from "@mod-gearman/delivery";
import type { Micros } from "@mod-gearman/payload";
import { LineSplitter } from "./line-splitter.ts";
import { parseListLine } from "./list-line.ts";
import type { ResultSender } from "./result-sender.ts";

/* In this file, which is loaded for lists only, is all that a single result does not need. */
export { ResultSender } from "./result-sender.ts";

/** Longest line of a list; a longer one is skipped and counted. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;
/** So many bad lines are told one by one, further ones only counted. */
const MAX_TOLD = 20;

/** The outside world of {@link sendList}. */
export interface ListDeps {
  readonly input: Readable;
  readonly nowMicros: () => Micros;
  readonly printError: (line: string) => void;
  /** Calls `stop` when the program is told to end. */
  readonly onStop: (stop: () => void) => void;
}

/** How the reading of a list went. */
export interface ListOutcome {
  /** Lines that were no result, blank ones included. */
  readonly skipped: number;
  /** Why the list was not read to its end, if it was not. */
  readonly stopped?: string;
}

/** Sends every line of the input, reading no faster than the results are accepted. */
export function sendList(
  delimiter: Buffer,
  sender: ResultSender,
  delivery: ResultDelivery,
  deps: ListDeps,
): Promise<ListOutcome> {
  // By itself the young generation grows in steps for millions of lines, to 200 MiB that are never needed (Node 24).
  setFlagsFromString("--semi-space-growth-factor=1");
  const { input } = deps;
  const skipped = new SkippedLines(deps.printError);
  let hasNul = false; // in this chunk or the held part of a line
  const lines = new LineSplitter(MAX_LINE_BYTES, {
    onLine: (line, number) => {
      const parsed = parseListLine(number === 1 ? withoutMark(line) : line, delimiter);
      if (typeof parsed === "string") skipped.add(number, parsed);
      else if (hasNul) sender.add(parsed);
      else sender.addPlain(parsed);
    },
    onTooLong: (number) => skipped.add(number, `longer than ${MAX_LINE_BYTES} bytes`),
  });
  return new Promise((resolve) => {
    const stop = (why?: string): void => {
      input.destroy();
      resolve({ skipped: skipped.count, ...(why === undefined ? {} : { stopped: why }) });
    };
    void delivery.givenUp.then(() => stop()); // as the original does at the first failure
    input.on("data", (chunk: Buffer) => {
      sender.setNow(deps.nowMicros()); // what arrives together carries the same time
      hasNul ||= chunk.includes(0);
      lines.push(chunk);
      hasNul &&= lines.isHolding;
      sender.flush();
      if (delivery.hasRoom) return;
      input.pause();
      void delivery.whenRoom().then(() => input.resume());
    });
    input.once("end", () => {
      lines.end();
      sender.flush();
      resolve({ skipped: skipped.count });
    });
    input.once("error", (error) => stop(`cannot read standard input: ${error.message}`));
    deps.onStop(() => stop("stopped by a signal"));
  });
}

/** Editors and shells of Windows begin a file with a UTF-8 byte order mark (T20). */
function withoutMark(line: Buffer): Buffer {
  return line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf ? line.subarray(3) : line;
}

/** Counts lines that are no results and tells about the first of them. */
class SkippedLines {
  readonly #printError: (line: string) => void;
  #count = 0;
  #told = 0;

  constructor(printError: (line: string) => void) {
    this.#printError = printError;
  }

  get count(): number {
    return this.#count;
  }

  add(number: number, problem: string): void {
    this.#count++;
    if (problem === "blank line" || this.#told > MAX_TOLD) return;
    this.#told++;
    if (this.#told <= MAX_TOLD) this.#printError(`line ${number} skipped: ${problem}`);
    else this.#printError("further skipped lines are only counted");
  }
}
