import type { RefusalReason } from "@mod-gearman/crypto";
import type { BridgeCounts } from "./bridge-counts.ts";
import type { Enrolments } from "./enrolments.ts";

/** For metrics. */
export interface BridgeFigures {
  readonly version: string;
  readonly isCoreAttached: boolean;
  /** Every job server of the configuration, `host:port`. */
  readonly jobServers: readonly { readonly address: string; readonly isConnected: boolean }[];
  /** Number of events of the core that are on no job server yet. */
  readonly eventsWaiting: number;
  readonly checks: {
    readonly inFlight: number;
    /** 0 without outstanding checks. */
    readonly oldestSeconds: number;
    /** Number of checks above the limit of watched ones. */
    readonly unwatched: number;
    readonly lost: number;
    /** Put on another server, or again on one that had forgotten them. */
    readonly moved: number;
    readonly repeated: number;
  };
  readonly results: {
    readonly held: number;
    readonly repeated: number;
    /** Second results of one run, dropped. */
    readonly second: number;
    readonly discarded: number;
  };
  readonly counts: BridgeCounts;
  /** Results of version 2 that were not taken, by reason. */
  readonly refused: ReadonlyMap<RefusalReason, number>;
  /** Of sealed jobs. */
  readonly jobIds: { readonly remembered: number; readonly forgotten: number };
  readonly enrolments: Pick<Enrolments, "granted" | "refusals" | "alarms" | "notices">;
}
