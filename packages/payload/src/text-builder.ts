import { asLineValue } from "./escape.ts";

/** A longer value is copied as it is; a shorter one costs less as a string, joined with others. */
const MAX_JOINED_BYTES = 512;

/** Collects lines and joins them in one allocation. Internal to the package. */
export class TextBuilder {
  /** In front of {@link #last}. */
  readonly #pieces: (string | Buffer)[] = [];
  #last = "";
  #bytes = 0;

  /**
   * Adds `key=value` and LF. A missing or empty value adds nothing, because readers stop at an empty one. A buffer is
   * escaped, a string must be latin1 without LF.
   */
  line(key: string, value: Buffer | string | undefined): this {
    const clean = typeof value === "object" ? asLineValue(value) : value;
    if (clean !== undefined && clean.length > 0) this.#addLine(key, clean);
    return this;
  }

  /** Adds `key=value` and LF even if the value is empty: for `output`, the last key. */
  lastLine(key: string, value: Buffer): this {
    this.#addLine(key, asLineValue(value));
    return this;
  }

  /** The text, closed by one or two empty lines. */
  finish(emptyLines: 1 | 2 = 2): Buffer {
    this.#last += emptyLines === 1 ? "\n" : "\n\n";
    if (this.#pieces.length === 0) return Buffer.from(this.#last, "latin1");
    const text = Buffer.allocUnsafe(this.#bytes + this.#last.length);
    let at = 0;
    for (const piece of [...this.#pieces, this.#last])
      at += typeof piece === "string" ? text.write(piece, at, "latin1") : piece.copy(text, at);
    return text;
  }

  #addLine(key: string, value: Buffer | string): void {
    if (typeof value === "string") this.#last += `${key}=${value}\n`;
    else if (value.length <= MAX_JOINED_BYTES) this.#last += `${key}=${value.toString("latin1")}\n`;
    else {
      this.#last += `${key}=`;
      this.#pieces.push(this.#last, value);
      this.#bytes += this.#last.length + value.length;
      this.#last = "\n";
    }
  }
}
