import type { ServerAddress } from "@mod-gearman/base";

/** Progress handlers of a foreground job. The buffers are views: copy what is to be kept. Must not throw. */
export interface ForegroundProgress {
  /** The part is in the result as well. */
  data?(part: Buffer): void;
  warning?(text: Buffer): void;
  /** Two numbers as the worker wrote them, any bytes. */
  status?(numerator: Buffer, denominator: Buffer): void;
}

export interface ForegroundResult {
  readonly handle: Buffer;
  readonly server: ServerAddress;
  /** All WORK_DATA parts and the data of WORK_COMPLETE, joined; the receiver owns it. */
  readonly data: Buffer;
}
