import type { SenderOptions } from "@mod-gearman/config";
import type { DeliveryCounts, ResultDelivery } from "@mod-gearman/delivery";
import { type Micros, printSenderResult } from "@mod-gearman/payload";
import type { ResultSealer } from "@mod-gearman/program";
import { readChild } from "./child-result.ts";

const SOURCE = Buffer.from("send_multi");
/** Report at most this many unusable children individually. */
const MAX_REPORTED = 20;

export class ChildSender {
  readonly #options: SenderOptions & { readonly host: Buffer };
  readonly #sealer: ResultSealer;
  readonly #delivery: ResultDelivery;
  readonly #now: Micros;
  readonly #printError: (line: string) => void;
  #children = 0;
  #skipped = 0;

  /** @param now start of the program, taken as the finish time of all children */
  constructor(
    options: SenderOptions & { readonly host: Buffer },
    sealer: ResultSealer,
    delivery: ResultDelivery,
    now: Micros,
    printError: (line: string) => void,
  ) {
    this.#options = options;
    this.#sealer = sealer;
    this.#delivery = delivery;
    this.#now = now;
    this.#printError = printError;
  }

  /** Blocks so far. */
  get children(): number {
    return this.#children;
  }

  get skipped(): number {
    return this.#skipped;
  }

  /** @param block the bytes between `<CHILD>` and `</CHILD>` */
  add(block: Buffer): void {
    this.#children++;
    const child = readChild(block);
    if ("skip" in child) {
      if (child.skip === "unusable") this.#reportSkipped(child.why);
      return;
    }
    const text = printSenderResult({
      type: this.#options.active ? "active" : "passive",
      hostName: this.#options.host,
      serviceDescription: child.service,
      startTime: this.#now - child.runtime,
      finishTime: this.#now,
      returnCode: child.returnCode,
      source: SOURCE,
      output: child.output,
    });
    this.#delivery.add({ function: this.#options.resultQueue, data: this.#sealer.seal(text) });
  }

  #reportSkipped(why: string): void {
    this.#skipped++;
    if (this.#skipped <= MAX_REPORTED) this.#printError(`child ${this.#children} skipped: ${why}`);
    else if (this.#skipped === MAX_REPORTED + 1)
      this.#printError("further skipped children are only counted");
  }
}

export interface RunOutcome {
  readonly counts: DeliveryCounts;
  readonly unclosed: number;
  readonly message: Buffer | undefined;
}

/** The line on standard output, and the exit code. Source: tools.md 6.2. */
export function outcome({ counts, unclosed, message }: RunOutcome): { text: string; exitCode: number } {
  const { sent, kept, failed } = counts;
  if (unclosed > 0) {
    const hint = "buffer size too small? discarding buffer, 0 bytes now";
    return unknown(`no closing tag </CHILD> within buffer, ${hint}`);
  }
  if (message !== undefined) return unknown(`error msg in input buffer: ${message}`);
  const line = `${sent} check_multi child check${sent === 1 ? "" : "s"} submitted`;
  if (failed > 0 || sent + kept === 0) return unknown(line);
  return { text: `send_multi OK: ${line}${kept > 0 ? `, ${kept} kept` : ""}\n`, exitCode: 0 };
}

function unknown(text: string): { text: string; exitCode: number } {
  return { text: `send_multi UNKNOWN: ${text}\n`, exitCode: 3 };
}
