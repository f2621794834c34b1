import { asLineValue } from "./escape.ts";

/** Collects lines and joins them in one allocation. Internal to the package. */
export class TextBuilder {
  readonly #pieces: (string | Buffer)[] = [];
  #bytes = 0;

  /**
   * Adds `key=value` and LF. A missing or empty value adds nothing, because readers stop at an empty one. A buffer is
   * escaped, a string must be latin1 without LF.
   */
  line(key: string, value: Buffer | string | undefined): this {
    const clean = typeof value === "object" ? asLineValue(value) : value;
    return clean === undefined || clean.length === 0 ? this : this.#add(`${key}=`).#add(clean).#add("\n");
  }

  /** Adds `key=value` and LF even if the value is empty: for `output`, the last key. */
  lastLine(key: string, value: Buffer): this {
    return this.#add(`${key}=`).#add(asLineValue(value)).#add("\n");
  }

  /** The text, closed by one or two empty lines. */
  finish(emptyLines: 1 | 2 = 2): Buffer {
    this.#add("\n".repeat(emptyLines));
    const text = Buffer.allocUnsafe(this.#bytes);
    let at = 0;
    for (const piece of this.#pieces)
      at += typeof piece === "string" ? text.write(piece, at, "latin1") : piece.copy(text, at);
    return text;
  }

  #add(piece: string | Buffer): this {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    return this;
  }
}
