import type { Clock } from "@mod-gearman/base";
import type { LoadDeps } from "@mod-gearman/config";
import type { Owner } from "@mod-gearman/enrolment";
import type { ProgressLine } from "@mod-gearman/program";

/** Everything that the program needs from outside. `main.ts` makes the real one, tests their own. */
export interface World {
  /** Arguments without interpreter and script. */
  readonly argv: readonly string[];
  readonly files: LoadDeps;
  readonly version: string;
  /** Shown in the version text. */
  readonly runtime: string;
  /** Name of this machine. */
  readonly hostName: string;
  readonly workingFolder: string;
  /** 0 for root. */
  readonly userId: number;
  readonly clock: Clock;
  /** Time of day, milliseconds since 1970. */
  nowMs(): number;
  /** Bytes that are fit for keys. */
  random(bytes: number): Buffer;
  /** All of standard input. */
  readInput(): Promise<string>;
  /** @returns undefined if there is no such user */
  userNamed(name: string): Owner | undefined;
  /** A line on standard output. */
  print(line: string): void;
  /** The line of work that takes long, on a terminal; absent where there is none. */
  progress?(): Pick<ProgressLine, "say" | "clear"> | undefined;
  /** A line on standard error. */
  printError(line: string): void;
}

/** It was not done; the message says why, and holds no secret. */
export class Refusal extends Error {
  override readonly name: string = "Refusal";
}
