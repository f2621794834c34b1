import type { WorkersAnswer } from "./answer.ts";
import type { Controls } from "./controls.ts";
import type { ServerModel } from "./model.ts";

/** Immutable. */
export interface TopState {
  readonly servers: readonly ServerModel[];
  /** Of the last refresh, local. */
  readonly time: string;
  readonly controls: Controls;
  /** Workers of the server whose queue is shown in detail; undefined until they are known. */
  readonly workers: WorkersAnswer | undefined;
  /** With `verbose`: duration of the last requests, milliseconds, in the order of the servers. */
  readonly tookMs: readonly (number | undefined)[] | undefined;
  readonly hideEmpty: boolean;
}
