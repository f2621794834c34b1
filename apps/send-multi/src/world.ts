import type { Readable } from "node:stream";
import type { DeliveryWorld } from "@mod-gearman/delivery";
import type { Micros } from "@mod-gearman/payload";
import type { ProgressLine, SenderWorld } from "@mod-gearman/program";

/** Everything that the program needs from outside; `main.ts` makes it. A part that needs less takes a `Pick` of it. */
export interface World extends SenderWorld, DeliveryWorld {
  /** Standard input; called only if it is to be read. */
  readonly input: () => Readable;
  /** Time of day, microseconds since 1970. */
  readonly nowMicros: () => Micros;
  /** Shows how much of the input is done; undefined without terminal. */
  readonly progress?: (() => ProgressLine | undefined) | undefined;
}
