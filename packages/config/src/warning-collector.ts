import { printable } from "@mod-gearman/base";
import type { Warning } from "./loaded.ts";

const MAX_WARNINGS = 200;

/** Collects warnings while a configuration is read; after {@link MAX_WARNINGS} of them they are only counted. */
export class WarningCollector {
  readonly #kept: Warning[] = [];
  #more = 0;

  add(level: Warning["level"], text: string, where: string): void {
    this.#keep({ level, text: printable(text), where: printable(where) });
  }

  /** See {@link Warning.isAdvice}. */
  advise(level: "warn" | "info", text: string, where: string): void {
    this.#keep({ level, text: printable(text), where: printable(where), isAdvice: true });
  }

  #keep(warning: Warning): void {
    if (this.#kept.length < MAX_WARNINGS) this.#kept.push(warning);
    else this.#more += 1;
  }

  list(): Warning[] {
    if (this.#more === 0) return [...this.#kept];
    return [...this.#kept, { level: "warn", text: `(${this.#more} more warnings)`, where: "" }];
  }
}
