import type { Clock } from "@mod-gearman/base";
import type { AdminQuery } from "@mod-gearman/client";
import type { LoadDeps } from "@mod-gearman/config";

/** Everything that the program needs from outside. `main.ts` makes the real one, tests their own. */
export interface World {
  readonly files: LoadDeps;
  readonly version: string;
  /** Resolves when the bytes have been written, so that a slow reader slows the output. */
  print(bytes: Buffer): Promise<void>;
  /** One line without its line feed. */
  printError(line: string): void;
  /** Standard output is a terminal that can move its cursor. */
  readonly isTerminal: boolean;
  /** Settles when a signal or a closed output ends the program. */
  readonly stopped: Promise<void>;
  readonly query: AdminQuery;
  readonly clock: Clock;
  /** The time of day. */
  readonly date: () => Date;
}
