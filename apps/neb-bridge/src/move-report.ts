import { printAddress } from "@mod-gearman/base";
import { isFormer, type Row } from "./check-row.ts";

type Lost = Pick<Row, "isForfeit" | "moves">;

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
  readonly #bridges = new Losses("checks of a bridge before this one, on no job server any more");
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
  add(row: Lost): void {
    this.#of(row).again += 1;
  }

  /** It went back to the core. */
  giveBack(row: Lost): void {
    this.#of(row).returned += 1;
  }

  /** To be called now and then. */
  report(): void {
    for (const losses of [this.#servers, this.#bridges, this.#workers]) {
      const line = losses.line();
      if (line !== undefined) this.#print(line);
    }
  }

  #of(row: Lost): Losses {
    if (row.isForfeit) return this.#workers;
    return isFormer(row) ? this.#bridges : this.#servers;
  }
}

/** Why a check whose job is gone runs again. */
export function whyGone(row: Row): string {
  if (row.isForfeit) return "its job was taken by workers that are revoked";
  if (isFormer(row)) return "no job server knows the job that a bridge before this one had put there";
  return `job server ${printAddress(row.server)} was lost with the job`;
}
