import type { Readable } from "node:stream";
import { setFlagsFromString } from "node:v8";
import type { ResultDelivery } from "@mod-gearman/delivery";
import { LineSplitter } from "./line-splitter.ts";
import { parseListLine } from "./list-line.ts";
import type { ResultSender } from "./result-sender.ts";
import type { World } from "./world.ts";

/* In this file, which is loaded for lists only, is all that a single result does not need. */
export { ResultSender } from "./result-sender.ts";

/** Longest line of a list; a longer one is skipped and counted. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;
/** Report at most this many bad lines individually. */
const MAX_REPORTED = 20;

export interface ListOutcome {
  /** Number of lines that are not results, blank ones included. */
  readonly skipped: number;
  /** Why the list was not read to its end; undefined if it was. */
  readonly stopped: string | undefined;
}

/** Sends every line of the input, with back-pressure from the delivery. */
export function sendList(
  input: Readable,
  delimiter: Buffer,
  sender: ResultSender,
  delivery: ResultDelivery,
  world: Pick<World, "nowMicros" | "printError" | "onStop" | "progress">,
): Promise<ListOutcome> {
  // The young generation would grow to 200 MiB over millions of lines without need (Node 24).
  setFlagsFromString("--semi-space-growth-factor=1");
  const skipped = new SkippedLines(world.printError);
  const progress = world.progress?.();
  let read = 0;
  let hasNul = false; // in this chunk or the held part of a line
  const lines = new LineSplitter(MAX_LINE_BYTES, {
    onLine: (line, number) => {
      read = number;
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
      resolve({ skipped: skipped.count, stopped: why });
    };
    void delivery.givenUp.then(() => stop()); // the original stops at the first failure
    input.on("data", (chunk: Buffer) => {
      sender.setNow(world.nowMicros()); // results that arrive together get the same time
      hasNul ||= chunk.includes(0);
      lines.push(chunk);
      hasNul &&= lines.isHolding;
      sender.flush();
      progress?.show(read, "lines read");
      if (delivery.hasRoom) return;
      input.pause();
      void delivery.whenRoom().then(() => input.resume());
    });
    input.once("end", () => {
      lines.end();
      sender.flush();
      resolve({ skipped: skipped.count, stopped: undefined });
    });
    input.once("error", (error) => stop(`cannot read standard input: ${error.message}`));
    world.onStop(() => stop("stopped by a signal"));
  });
}

/** UTF-8 byte order mark, which Windows editors and shells write at the beginning of a file (T20). */
function withoutMark(line: Buffer): Buffer {
  return line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf ? line.subarray(3) : line;
}

/** Counts the lines that are not results and reports the first of them. */
class SkippedLines {
  readonly #printError: (line: string) => void;
  #count = 0;
  #reported = 0;

  constructor(printError: (line: string) => void) {
    this.#printError = printError;
  }

  get count(): number {
    return this.#count;
  }

  add(number: number, problem: string): void {
    this.#count++;
    if (problem === "blank line" || this.#reported > MAX_REPORTED) return;
    this.#reported++;
    if (this.#reported <= MAX_REPORTED) this.#printError(`line ${number} skipped: ${problem}`);
    else this.#printError("further skipped lines are only counted");
  }
}
