import type { Clock } from "@mod-gearman/base";

const FIRST_MS = 1000;
const EVERY_MS = 250;
/** Of a terminal that does not say it. */
const USUAL_COLUMNS = 80;
/** To the beginning of the line, and empty it. */
const EMPTY_LINE = "\r\u001b[K";

/** One line on a terminal that says how far long work has come. Nothing is written for work of less than a second. */
export class ProgressLine {
  readonly #write: (text: string) => void;
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #columns: () => number | undefined;
  readonly #startedMs: number;
  #nextMs: number;
  #isShown = false;

  /** @param write to the terminal @param columns of it, now: a line that goes on below cannot be removed */
  constructor(
    write: (text: string) => void,
    clock: Pick<Clock, "monotonicMs">,
    columns: () => number | undefined = () => undefined,
  ) {
    this.#columns = columns;
    this.#write = write;
    this.#clock = clock;
    this.#startedMs = clock.monotonicMs();
    this.#nextMs = this.#startedMs + FIRST_MS;
  }

  /** Shows how much of something is done, and how much in a second, at most four times a second. */
  show(done: number, what: string): void {
    this.say((seconds) => `${done} ${what}, ${Math.round(done / seconds)}/s`);
  }

  /** Shows a text that is made at most four times a second, from the seconds since the start. */
  say(text: (seconds: number) => string): void {
    const now = this.#clock.monotonicMs();
    if (now < this.#nextMs) return;
    this.#nextMs = now + EVERY_MS;
    this.#isShown = true;
    const columns = this.#columns() ?? 0; // 0: the terminal does not say
    const room = (columns > 0 ? columns : USUAL_COLUMNS) - 1;
    this.#write(EMPTY_LINE + text((now - this.#startedMs) / 1000).slice(0, room));
  }

  /** Removes the line, before other text is written and at the end. */
  clear(): void {
    if (this.#isShown) this.#write(EMPTY_LINE);
    this.#isShown = false;
  }
}

/** What is looked at of a process. */
export interface ProgressHost {
  readonly stderr: { readonly isTTY?: boolean; readonly columns?: number };
  /** Where it is the input of the work; absent: what is typed are answers, asked before the work. */
  readonly stdin?: { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The line of a program that reads a list, on standard error. Undefined if that is no terminal, or one that cannot empty a line, or if
 * the list is typed: what is typed would stand in its way.
 */
export function terminalProgress(
  { stderr, stdin, env }: ProgressHost,
  write: (text: string) => void,
  clock: Pick<Clock, "monotonicMs">,
): ProgressLine | undefined {
  if (stderr.isTTY !== true || env.TERM === "dumb" || stdin?.isTTY === true) return undefined;
  return new ProgressLine(write, clock, () => stderr.columns);
}
