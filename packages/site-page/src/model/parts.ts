/** What a job server says about itself, before it is made into rows. Names are latin1 strings of their bytes. */
export interface ServerPart {
  readonly name: string;
  readonly version?: string | undefined;
  /** Why it cannot be asked; the tables are empty then. */
  readonly away?: string | undefined;
  /** Why it takes no jobs. */
  readonly problem?: string | undefined;
  readonly connections?: number | undefined;
  readonly queues: readonly QueuePart[];
  readonly workers: readonly ConnectionPart[];
  /** Names of the actions that the program can perform on its queues and jobs. */
  readonly actions?: readonly string[] | undefined;
  /** Rows that were left out. */
  readonly omitted?: { readonly queues: number; readonly workers: number } | undefined;
}

/** Counters start with the function. */
export interface QueuePart {
  readonly name: string;
  readonly waiting: number;
  readonly running: number;
  readonly workers: number;
  readonly oldestWaitingSeconds?: number | undefined;
  readonly bytes?: number | undefined;
  readonly grabs?: number | undefined;
  readonly requeued?: number | undefined;
  /** Of all reasons together. */
  readonly drops?: number | undefined;
  readonly priorities?: readonly [number, number, number] | undefined;
  /** Undefined: the server does not say it. */
  readonly isStalled?: boolean | undefined;
  readonly isPaused?: boolean | undefined;
}

/** A connection that takes jobs. */
export interface ConnectionPart {
  readonly id: number;
  readonly address: string;
  readonly clientId: string;
  readonly functions: readonly string[];
  readonly jobs: readonly JobPart[];
  readonly jobCount: number;
}

export interface JobPart {
  readonly handle: string;
  readonly function: string;
  readonly unique: string;
  readonly seconds: number;
  readonly retries: number;
}

/** What a program with the page gives for one snapshot. */
export interface SiteParts {
  readonly servers: readonly ServerPart[];
  /** Only of the bridge. */
  readonly bridge?: BridgePart | undefined;
}

/** What the bridge knows about its own state. */
export interface BridgePart {
  readonly isCoreAttached: boolean;
  /** Name of the queue that it takes results from, latin1. */
  readonly resultQueue?: string | undefined;
  /** Results that could not be opened since the start. */
  readonly undecodable: number;
  /** Time since the last one. */
  readonly undecodableSeconds?: number | undefined;
  /** Results of version 2 of the envelope that were refused since the start, without those of no job under way. */
  readonly refused?: number | undefined;
  readonly refusedSeconds?: number | undefined;
  /** Of the last one, in words that begin in lower case. */
  readonly refusedWhy?: string | undefined;
  /** Tickets that were redeemed a second time since the start, each time. */
  readonly ticketAlarms?: number | undefined;
  readonly ticketAlarmSeconds?: number | undefined;
  /** Objects whose plugin needed most of its time limit when it ran last, the worst first. */
  readonly slowPlugins?: readonly SlowPlugin[] | undefined;
  /** What the clock of each worker differs by at least, milliseconds by name; positive: it is ahead. */
  readonly clockDifferences?: ReadonlyMap<string, number> | undefined;
}

/** A run that took most of the time that the core gives it. */
export interface SlowPlugin {
  readonly host: string;
  /** null: the check of the host. */
  readonly service: string | null;
  readonly seconds: number;
  readonly limitSeconds: number;
}

/** What a worker says about itself. */
export interface WorkerReport {
  readonly version?: string | undefined;
  readonly slots?: number | undefined;
  readonly busy?: number | undefined;
  readonly load?: number | undefined;
  readonly unsentResults?: number | undefined;
  readonly undecodable?: number | undefined;
  readonly undecodableSeconds?: number | undefined;
  readonly isDraining?: boolean | undefined;
  readonly lastJobSeconds?: number | undefined;
}
