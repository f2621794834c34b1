import type { Clock } from "@mod-gearman/base";
import type { DuplexFactory } from "@mod-gearman/client";
import type { LoadDeps } from "@mod-gearman/config";
import type { Argument } from "@mod-gearman/program";

/** Everything that the plugin needs from outside. `main.ts` makes the real one, tests their own. */
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
  /** Unpredictable hexadecimal digits, 8 to 64. */
  random(): string;
  /** Name of this machine, part of the result queue of a self test. */
  readonly hostName: string;
  /** Prints the whole answer, latin1; called once. */
  stdout(text: string): void;
  stderr(text: string): void;
}

/** What a check needs of the {@link World}. */
export interface CheckWorld extends Pick<World, "dial" | "clock" | "nowMicros" | "random" | "hostName"> {
  /** One line for `-v`, latin1, without LF. */
  note(line: string): void;
}
