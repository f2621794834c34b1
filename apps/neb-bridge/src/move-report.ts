import type { Row } from "./check-row.ts";

/** Counts checks whose jobs were lost, and writes a line once a sweep has passed without further ones. */
class Losses {
  again = 0;
  returned = 0;
  #lastSeen = 0;
  #reported = { again: 0, returned: 0 };
  readonly #what: string;

  constructor(what: string) {
    this.#what = what;
  }

  /** @returns a line; undefined if there is none now */
  line(): string | undefined {
    const { again, returned } = this;
    const [before, seen] = [this.#reported, again + returned];
    const isQuiet = seen === this.#lastSeen;
    this.#lastSeen = seen;
    if (!isQuiet || seen === before.again + before.returned) return undefined;
    this.#reported = { again, returned };
    return `${this.#what}: ${again - before.again} put on a job server again, ${returned - before.returned} given back to the core`;
  }
}

/** What became of checks whose jobs were lost. */
export class MoveReport {
  readonly #servers = new Losses("checks of a lost job server");
  readonly #workers = new Losses("checks that a revoked worker had taken");
  readonly #print: (line: string) => void;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** Lost with a server. */
  get moved(): number {
    return this.#servers.again;
  }

  /** Taken by a worker whose results are refused. */
  get repeated(): number {
    return this.#workers.again;
  }

  /** It was put on a job server again. */
  add(row: Pick<Row, "isForfeit">): void {
    this.#of(row).again += 1;
  }

  /** It went back to the core. */
  giveBack(row: Pick<Row, "isForfeit">): void {
    this.#of(row).returned += 1;
  }

  /** To be called now and then. */
  report(): void {
    for (const losses of [this.#servers, this.#workers]) {
      const line = losses.line();
      if (line !== undefined) this.#print(line);
    }
  }

  #of({ isForfeit }: Pick<Row, "isForfeit">): Losses {
    return isForfeit ? this.#workers : this.#servers;
  }
}
