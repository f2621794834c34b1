import type { SenderOptions } from "@mod-gearman/config";
import type { SealBatch } from "@mod-gearman/crypto";
import type { Micros } from "@mod-gearman/payload";
import type { CheckOutcome } from "./check-outcome.ts";
import { printOutcome } from "./result-text.ts";

const HOST = Buffer.from("\x01host\x01");
const SERVICE = Buffer.from("\x01service\x01");
const OUTPUT = Buffer.from("\x01output\x01");
const CODE = Buffer.from("-2147483648");
const MAX_CODE_BYTES = CODE.length;
const ZERO = 0x30;

/** The constant text before, between and after the values that vary. */
interface Parts {
  readonly beforeHost: Buffer;
  readonly beforeCode: Buffer;
  readonly beforeService: Buffer;
  readonly beforeOutput: Buffer;
  readonly end: Buffer;
  readonly bytes: number;
}

/**
 * Prints the results of one call of the program, whose texts differ in a few values only. The constant text is printed
 * once, by the same function as single results, and split at the values.
 */
export class ResultTemplate {
  readonly #options: SenderOptions;
  #now: Micros = 0n;
  #service: Parts | undefined;
  #host: Parts | undefined;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** For results printed after this. */
  setNow(now: Micros): void {
    if (now === this.#now) return;
    this.#now = now;
    this.#service = undefined;
    this.#host = undefined;
  }

  /** The text of one result in a new buffer; values may contain any bytes. */
  print(outcome: CheckOutcome): Buffer {
    return printOutcome(this.#options, outcome, this.#now);
  }

  /** Adds the text of one result to a batch. The values must not contain LF or NUL. */
  write(outcome: CheckOutcome, batch: SealBatch): void {
    const { host, service, returnCode, output } = outcome;
    const parts = this.#partsFor(service !== undefined);
    const valueBytes = host.length + (service?.length ?? 0) + output.length + MAX_CODE_BYTES;
    batch.reserve(parts.bytes + valueBytes);
    const { buffer } = batch;
    let at = put(buffer, batch.at, parts.beforeHost);
    at = put(buffer, at, host);
    at = put(buffer, at, parts.beforeCode);
    at = putInteger(buffer, at, returnCode);
    at = put(buffer, at, parts.beforeService);
    if (service !== undefined) {
      at = put(buffer, at, service);
      at = put(buffer, at, parts.beforeOutput);
    }
    at = put(buffer, at, output);
    batch.end(put(buffer, at, parts.end));
  }

  #partsFor(withService: boolean): Parts {
    const known = withService ? this.#service : this.#host;
    if (known !== undefined) return known;
    const parts = this.#cut(withService);
    if (withService) this.#service = parts;
    else this.#host = parts;
    return parts;
  }

  #cut(withService: boolean): Parts {
    const values = { host: HOST, returnCode: Number(CODE), output: OUTPUT };
    const text = printOutcome(
      this.#options,
      withService ? { ...values, service: SERVICE } : values,
      this.#now,
    );
    let from = 0;
    const upTo = (value: Buffer): Buffer => {
      const part = text.subarray(from, text.indexOf(value, from));
      from += part.length + value.length;
      return part;
    };
    return {
      beforeHost: upTo(HOST),
      beforeCode: upTo(CODE),
      beforeService: upTo(withService ? SERVICE : OUTPUT),
      beforeOutput: withService ? upTo(OUTPUT) : Buffer.alloc(0),
      end: text.subarray(from),
      bytes: text.length,
    };
  }
}

function put(to: Buffer, at: number, bytes: Buffer): number {
  to.set(bytes, at);
  return at + bytes.length;
}

function putInteger(to: Buffer, at: number, value: number): number {
  if (value >= 0 && value <= 9) {
    to[at] = ZERO + value;
    return at + 1;
  }
  return at + to.write(value.toString(), at, "latin1");
}
