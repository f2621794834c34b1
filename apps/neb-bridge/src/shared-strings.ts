/** Keeps one string for all equal ones, as there may be a million; beyond the limit equal ones cost memory only. */
export class SharedStrings {
  readonly #max: number;
  readonly #strings = new Map<string, string>();

  /** @param max number of different strings */
  constructor(max: number) {
    this.#max = max;
  }

  of(text: string): string {
    const known = this.#strings.get(text);
    if (known !== undefined) return known;
    if (this.#strings.size < this.#max) this.#strings.set(text, text);
    return text;
  }
}
