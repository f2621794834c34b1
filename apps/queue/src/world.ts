import type { Clock } from "@mod-gearman/base";
import type { AdminQuery, DuplexFactory } from "@mod-gearman/client";
import type { LoadDeps } from "@mod-gearman/config";
import type { Argument, ProgressLine } from "@mod-gearman/program";

/** Everything that the program needs from outside. `main.ts` makes the real one, tests their own. */
export interface World {
  /** Arguments without interpreter and script. */
  readonly argv: readonly Argument[];
  readonly files: LoadDeps;
  readonly version: string;
  /** Shown in the version text. */
  readonly runtime: string;
  readonly query: AdminQuery;
  readonly dial: DuplexFactory;
  readonly clock: Clock;
  /** A line for work that is long; undefined: standard error is no terminal for it. */
  readonly progress: (() => ProgressLine | undefined) | undefined;
  /** Columns of the terminal that standard output is; undefined: it is none. */
  readonly columns: number | undefined;
  /** States may be coloured. */
  readonly hasColours: boolean;
  /** Asks on the terminal; undefined: standard input or error is none. */
  readonly confirm: ((question: string) => Promise<boolean>) | undefined;
  stdout(text: string): void;
  stderr(text: string): void;
}
