/** How serious a finding is; the worst of all is that of the site. */
export type Level = "ok" | "warning" | "critical";

/** What a finding is about; a closed list, so that rules can be made for it. */
export type FindingCode =
  | "server-away"
  | "server-problem"
  | "core-away"
  | "bridge-away"
  | "queue-stalled"
  | "queue-without-worker"
  | "queue-paused"
  | "worker-key"
  | "worker-clock"
  | "plugin-slow"
  | "result-key"
  | "result-refused"
  | "ticket-redeemed-twice"
  | "worker-unsent";

/** Something that an administrator should know. */
export interface Finding {
  readonly code: FindingCode;
  readonly level: "warning" | "critical";
  /** One sentence. */
  readonly text: string;
  /** What to do, one sentence. */
  readonly advice: string;
  /** Part of the page that shows it, behind `#`. */
  readonly link: string;
}

/** One sentence about the whole site, and what it is made from. */
export interface Health {
  readonly level: Level;
  readonly sentence: string;
  /** Most serious first; at most {@link LIMITS}`.findings`. */
  readonly findings: readonly Finding[];
}

export interface ServerRow {
  /** As it is called on this page. */
  readonly name: string;
  readonly version: string | null;
  readonly isUp: boolean;
  /** Why not, or what is wrong. */
  readonly problem: string | null;
  readonly waiting: number;
  readonly running: number;
  readonly connections: number | null;
  /** Names of the actions that this page may perform on its queues and jobs. */
  readonly actions: readonly string[];
}

/** `null`: the server does not say it. */
export interface QueueRow {
  readonly server: string;
  readonly name: string;
  readonly waiting: number;
  readonly running: number;
  /** Connections that take its jobs. */
  readonly workers: number;
  readonly oldestSeconds: number | null;
  readonly bytes: number | null;
  /** Jobs that came and jobs that workers took, per second, since the sample before. */
  readonly inPerSecond: number | null;
  readonly outPerSecond: number | null;
  /** Waiting jobs: high, normal, low. */
  readonly priorities: readonly [number, number, number] | null;
  readonly isStalled: boolean;
  readonly isPaused: boolean;
  /** No job and no worker. */
  readonly isStale: boolean;
  /** Newest last: jobs taken per second or, where the server does not say it, waiting ones. */
  readonly history: readonly number[];
}

/** `null`: it is not known. */
export interface WorkerRow {
  /** Of the same worker on each server. */
  readonly id: string;
  readonly servers: readonly string[];
  readonly name: string;
  /** Addresses that it connects from. */
  readonly hosts: readonly string[];
  readonly program: string | null;
  readonly version: string | null;
  /** `bridge`: takes results. */
  readonly kind: "worker" | "bridge";
  readonly connections: number;
  /** Without its status queue. */
  readonly queues: readonly string[];
  readonly slots: number | null;
  readonly busy: number;
  /** Load of its machine, one minute. */
  readonly load: number | null;
  /** Results that no server has yet. */
  readonly unsentResults: number | null;
  /** Jobs that it could not open with its key. */
  readonly undecodable: number | null;
  /** Time since the last of them. */
  readonly undecodableSeconds: number | null;
  readonly isDraining: boolean;
  readonly lastJobSeconds: number | null;
}

/** A job that a worker has. */
export interface JobRow {
  readonly server: string;
  readonly handle: string;
  readonly queue: string;
  /** For a check: host and service, with a dash between. */
  readonly unique: string;
  /** `id` of its worker. */
  readonly worker: string;
  readonly seconds: number;
  readonly retries: number;
}

/** The clock of a worker against that of the bridge. */
export interface ClockRow {
  /** Its `name`. */
  readonly worker: string;
  /** What checks prove it to differ by at least, whole milliseconds; negative: it is behind. */
  readonly aheadMs: number;
}

/** Rows that there was no room for. */
interface Omitted {
  readonly queues: number;
  readonly workers: number;
  readonly jobs: number;
}

/** What the page can do beside showing. */
interface Abilities {
  /** The bridge has the times of checks at `api/checks`. */
  readonly checks: boolean;
  /** Names of actions; empty: none is allowed. */
  readonly actions: readonly string[];
  /** Names of pages of bridges that run a check now, for `server` of the action `run`. */
  readonly runAt?: readonly string[];
}

/** Who follows the events of this program. */
export interface Viewers {
  readonly now: number;
  /** Since the start: those that there was no room for, and those that did not read. */
  readonly refused: number;
  readonly dropped: number;
}

/** One moment of a site, as `api/site` gives it. Names are text; bytes that are not UTF-8 are `\xff`. */
export interface SiteSnapshot {
  readonly format: 1;
  readonly program: string;
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly health: Health;
  readonly servers: readonly ServerRow[];
  readonly queues: readonly QueueRow[];
  readonly workers: readonly WorkerRow[];
  readonly jobs: readonly JobRow[];
  /** Of workers whose results came in the last ten minutes; only the bridge knows them. */
  readonly clocks?: readonly ClockRow[];
  readonly omitted: Omitted;
  readonly can: Abilities;
  readonly viewers: Viewers;
}

/** Of one snapshot: clients may make up any number of names, and it goes to every viewer each second. */
export const LIMITS = { queues: 300, workers: 300, jobs: 300, findings: 20, history: 60 } as const;
