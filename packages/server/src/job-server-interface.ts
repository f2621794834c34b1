import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { StoreHealth } from "@mod-gearman/job-store";
import type { QueueControl } from "./admin/queue-control.ts";
import type { CloseReason } from "./core/errors.ts";
import type { Denied } from "./core/guard.ts";
import type { ServerMetrics } from "./observe/server-metrics.ts";
import type { SiteView } from "./observe/site-view.ts";
import type { LiveSettings } from "./options.ts";

/** Counters start at the creation of the server. */
export interface JobServerStats {
  readonly connections: number;
  /** Since the start. */
  readonly accepted: number;
  readonly functions: number;
  /** Waiting and running. */
  readonly jobs: number;
  readonly running: number;
  /** Jobs created so far; a request that joined another job creates none. */
  readonly jobsMade: number;
  /** ERROR packets sent. */
  readonly refused: number;
  /** Refused because of `maxConnections`. */
  readonly turnedAway: number;
  /** Peers cut off in or after the TLS handshake. */
  readonly handshakesFailed: number;
  /** Requests refused for want of rights. */
  readonly denied: Readonly<Record<Denied, number>>;
  /** Connections that the server closed by itself, by reason. */
  readonly closed: Readonly<Partial<Record<CloseReason, number>>>;
  /** Undefined without a store. */
  readonly store: StoreHealth | undefined;
}

export interface JobServer {
  /**
   * Takes over what the store has, then listens.
   *
   * @throws JobServerError NO_STORE, UNKNOWN_HOST, ADDRESS_IN_USE, CANNOT_LISTEN, BAD_TLS, CLOSED
   */
  listen(): Promise<AddressInfo>;
  /** Serves one more peer over any duplex stream of bytes, which the server owns from now on. */
  accept(duplex: Duplex): void;
  /** Undefined while it does not listen. */
  address(): AddressInfo | undefined;
  /** Of each way in, in the order of the options; of those that listen. */
  addresses(): AddressInfo[];
  /**
   * Stops listening and closes all connections; resolves when they are closed. `graceful`: once no job is
   * running or awaited by a client; open connections stay until then, and may submit. A second call without
   * `graceful` ends the waiting of the first one.
   */
  close(options?: { graceful?: boolean }): Promise<void>;
  /** Follows these settings from now on, also for open connections and functions that exist. @throws JobServerError BAD_OPTION */
  reconfigure(live: LiveSettings): void;
  /** Loads certificates again, for connections from now on; where it fails the old ones stay. The log says which. */
  renewTls(): void;
  /** Why jobs are not taken, in a few words; undefined if they are. */
  problem(): string | undefined;
  stats(): JobServerStats;
  /** What administrators do with queues. */
  readonly control: QueueControl;
  /** What happens to jobs, in all and by function. */
  readonly metrics: ServerMetrics;
  /** Its queues and workers, for a page about it. */
  readonly site: SiteView;
}
