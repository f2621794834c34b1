import type { WorkerOptions } from "@mod-gearman/config";
import { createEnvelope, type Envelope } from "@mod-gearman/crypto";
import type { JudgeOptions } from "@mod-gearman/runner";

/** Options with what is derived from them once. A reload makes a new one; each job uses the one it began with. */
export interface Settings {
  readonly options: WorkerOptions;
  readonly envelope: Envelope;
  readonly judge: JudgeOptions;
  /** The `source` of results. */
  readonly source: Buffer;
  /** Name of the status queue. */
  readonly statusFunction: Buffer;
}

/** @throws CryptoError MISSING_KEY, EMPTY_KEY */
export function toSettings(options: WorkerOptions, hostName: string): Settings {
  const { identifier, encryption, key } = options;
  return {
    options,
    envelope: createEnvelope({
      mode: encryption ? "on" : "off",
      ...(key === undefined ? {} : { password: key }),
    }),
    judge: {
      identifier,
      showErrorOutput: options.showErrorOutput,
      timeoutReturn: options.timeoutReturn,
      workerNameInResult: options.workerNameInResult,
      ...(options.debugResult ? { debugHostName: Buffer.from(hostName) } : {}),
    },
    source: Buffer.concat([Buffer.from("Mod-Gearman Worker @ "), identifier]),
    statusFunction: Buffer.concat([Buffer.from("worker_"), identifier]),
  };
}
