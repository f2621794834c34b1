import type { ServerAddress } from "@mod-gearman/base";

/** The programs that send check results. */
export type SenderProgram = "send_gearman" | "send_multi";

/**
 * Settings of send_gearman and send_multi. Texts are the bytes that were given. Source: tools.md 4; the last group
 * is ours.
 */
export interface SenderOptions {
  /** At least one, in order of preference, no duplicates. */
  readonly servers: ServerAddress[];
  /** Servers that get a copy of every result. */
  readonly dupservers: ServerAddress[];
  readonly encryption: boolean;
  /** Password bytes (key file rule applied), not yet cut or filled to 32. Present when `encryption` is on. */
  readonly key?: Buffer;
  readonly resultQueue: Buffer;

  /** Never empty, no line feed. send_multi: always present; send_gearman: absent means list on stdin. */
  readonly host?: Buffer;
  /** Never empty, no line feed; absent: a host result. */
  readonly service?: Buffer;
  /** Output of the check, may be empty; absent: it comes from stdin. */
  readonly message?: Buffer;
  readonly returnCode: 0 | 1 | 2 | 3;
  /** `type=active` instead of `type=passive`. */
  readonly active: boolean;
  /** Microseconds since 1970; absent: now. */
  readonly startTime?: bigint;
  readonly finishTime?: bigint;
  /** Microseconds, may be negative. */
  readonly latency?: bigint;
  /** At least one byte; the two characters `\t` have become a tab. */
  readonly delimiter: Buffer;

  /** Wait for input; 0 = no limit. */
  readonly timeoutSeconds: number;
  /** Milliseconds to connect and to get a submit answered; 0 = no limit. */
  readonly gearmanConnectionTimeoutMs: number;
  /** 0 to 2. */
  readonly debug: number;

  /** Further attempts over the whole server list. */
  readonly retries: number;
  /** Between two attempts, fractions allowed. */
  readonly retryIntervalSeconds: number;
  /** Folder that keeps results while no server is there. */
  readonly spool?: string;
  readonly spoolMaxBytes: number;
}
