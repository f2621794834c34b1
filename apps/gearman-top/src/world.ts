import type { LoadDeps } from "@mod-gearman/config";
import type { Argument } from "@mod-gearman/program";
import type { Session, SessionWorld } from "./session.ts";

/** Everything that the program needs from outside. `main.ts` makes the real one, tests their own. */
export interface World extends SessionWorld {
  /** Arguments without interpreter and script. */
  readonly argv: readonly Argument[];
  readonly files: LoadDeps;
  readonly version: string;
  /** Resolves when the bytes have been written, so that a slow reader slows the output. */
  print(bytes: Buffer): Promise<void>;
  /** `line` has no line feed. */
  printError(line: string): void;
  /** Standard output is a terminal that can move its cursor. */
  readonly isTerminal: boolean;
  /** Settles when a signal or a closed output ends the program. */
  readonly stopped: Promise<void>;
  /** Loads the terminal user interface and shows the session until it ends or `stopped` settles. */
  show(session: Session, stopped: Promise<void>): Promise<void>;
}
