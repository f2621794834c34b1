import type { Clock } from "@mod-gearman/base";
import type { LoadDeps } from "@mod-gearman/config";
import type { Argument } from "@mod-gearman/program";

/** Everything that the program needs from outside. `main.ts` makes the real one, tests make their own. */
export interface World {
  /** Arguments without interpreter and script. */
  readonly argv: readonly Argument[];
  readonly files: LoadDeps;
  readonly version: string;
  /** Shown in the version text. */
  readonly runtime: string;
  readonly clock: Clock;
  /** Time of day, microseconds since 1970. */
  nowMicros(): bigint;
  /** Body of a page, as text. @throws Error if there is no answer of status 200 within the time */
  fetch(url: string, timeoutMs: number): Promise<string>;
  /** Start of a file; undefined if it cannot be read. */
  read(path: string): string | undefined;
  /** Writes a line into a named pipe that is being read. @throws Error with the reason */
  writePipe(path: string, line: string): void;
  /** Folder of the OMD site whose user runs this; undefined without. */
  readonly siteFolder: string | undefined;
  stdout(text: string): void;
  stderr(text: string): void;
}
