import type { PageQuestion, WholeAnswer } from "@mod-gearman/admin-http";
import type { Clock } from "@mod-gearman/base";
import type { DuplexFactory } from "@mod-gearman/client";
import type { LoadDeps } from "@mod-gearman/config";
import type { Argument } from "@mod-gearman/program";

/** Everything that the program needs from outside. `main.ts` makes the real one, tests their own. */
export interface World {
  /** Arguments without interpreter and script. */
  readonly argv: readonly Argument[];
  readonly files: LoadDeps;
  readonly version: string;
  /** Shown in the version text. */
  readonly runtime: string;
  readonly dial: DuplexFactory;
  readonly clock: Clock;
  /** Time of day, microseconds since 1970. */
  nowMicros(): bigint;
  /** A random UUID. */
  random(): string;
  /** Name of this machine, part of the result queue. */
  readonly hostName: string;
  /** Of cryptographic quality. */
  randomBytes(bytes: number): Buffer;
  /** Asks a page. @throws Error if there is no whole answer within the time */
  ask(url: string, question: PageQuestion): Promise<Pick<WholeAnswer, "status" | "bytes">>;
  isFile(path: string): boolean;
  /** Folder of the OMD site whose user runs this; undefined without. */
  readonly siteFolder: string | undefined;
  /** Resolves with the exit code when a signal ends the program. */
  readonly stopped: Promise<number>;
  stdout(text: Buffer | string): void;
  stderr(text: string): void;
}
