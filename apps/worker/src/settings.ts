import { omitUndefined } from "@mod-gearman/base";
import type { WorkerOptions } from "@mod-gearman/config";
import { createEnvelope, type Envelope, type MakeMessageCipher } from "@mod-gearman/crypto";
import type { CheckRunnerOptions, JudgeOptions, PathRestriction, RunRequest } from "@mod-gearman/runner";
import { type EmbeddedPerl, embeddedPerl } from "./embedded-perl.ts";
import type { PerlScripts } from "./perl-scripts.ts";
import type { Identity } from "./run-as.ts";
import { WorkerEnvelope } from "./worker-envelope.ts";

type RunLimits = NonNullable<RunRequest["limits"]>;

/** Options with values derived from them. A reload makes a new object; each job keeps the one it began with. */
export interface Settings {
  readonly options: WorkerOptions;
  readonly envelope: Envelope;
  /** Version 2; absent in the legacy form. */
  readonly sealed?: WorkerEnvelope;
  readonly judge: JudgeOptions;
  readonly builtin: CheckRunnerOptions["builtin"];
  readonly embeddedPerl: EmbeddedPerl;
  /** Absent: plugins run as this process does. */
  readonly limits?: RunLimits;
  /** Absent: every command may run. */
  readonly restrictTo?: PathRestriction;
  readonly source: Buffer;
  readonly statusFunction: Buffer;
  /** Queues to take jobs from. A new array per call. */
  functions(): Buffer[];
}

/** The part of the `World` that settings depend on. */
export interface SettingsWorld {
  readonly hostName: string;
  readonly perlScripts: PerlScripts;
  /** Time of day, microseconds since 1970. */
  nowMicros(): bigint;
  /** A faster cipher than that of `node:crypto`, if this machine has one. */
  readonly messageCipher?: (() => MakeMessageCipher | undefined) | undefined;
  /** @throws RunAsError */
  identity(runAs: string): Identity;
}

const STATUS_PREFIX = Buffer.from("worker_");
/** Not `worker_…`: monitoring reports such a queue without worker as a dead worker. */
const STICKY_PREFIX = Buffer.from("sticky_");

/** The queue of this worker alone, for plugins that keep state; undefined without `sticky_state`. */
export function stickyQueue({ stickyState, identifier }: WorkerOptions): Buffer | undefined {
  return stickyState ? Buffer.concat([STICKY_PREFIX, identifier]) : undefined;
}

/** @throws CryptoError MISSING_KEY, EMPTY_KEY; RunAsError */
export function toSettings(options: WorkerOptions, world: SettingsWorld): Settings {
  const { identifier, encryption, key, restrictPath } = options;
  const { restrictCommandCharacters: forbiddenCharacters } = options;
  const limits = limitsOf(options, world);
  const sealed = WorkerEnvelope.of(options, () => world.nowMicros(), world.messageCipher);
  const sticky = stickyQueue(options);
  // without a key for it, each sealed job there would be refused; the bridge uses the usual queue then
  const isOpen = sticky !== undefined && (sealed?.missing([sticky]).length ?? 0) === 0;
  const own = isOpen ? [sticky] : [];
  return {
    options,
    envelope: createEnvelope({
      mode: encryption ? "on" : "off",
      rules: "go",
      password: key,
    }),
    judge: {
      identifier,
      showErrorOutput: options.showErrorOutput,
      timeoutReturn: options.timeoutReturn,
      workerNameInResult: options.workerNameInResult,
      ...omitUndefined({ debugHostName: options.debugResult ? Buffer.from(world.hostName) : undefined }),
    },
    builtin: {
      negate: options.internalNegate,
      checkDummy: options.internalCheckDummy,
      checkNscWeb: options.internalCheckNscWeb,
      checkPrometheus: options.internalCheckPrometheus,
    },
    embeddedPerl: embeddedPerl(options, world.perlScripts),
    ...omitUndefined({
      sealed,
      limits: Object.keys(limits).length === 0 ? undefined : limits,
      restrictTo: restrictPath.length === 0 ? undefined : { paths: restrictPath, forbiddenCharacters },
    }),
    source: Buffer.concat([Buffer.from("Mod-Gearman Worker @ "), identifier]),
    statusFunction: Buffer.concat([STATUS_PREFIX, identifier]),
    functions: () => [...options.functions(), ...own],
  };
}

function limitsOf(options: WorkerOptions, world: SettingsWorld): RunLimits {
  const { limitCpuSeconds, limitMemoryBytes, limitOpenFiles, runAs } = options;
  return omitUndefined({
    cpuSeconds: limitCpuSeconds,
    memoryBytes: limitMemoryBytes,
    openFiles: limitOpenFiles,
    runAs: runAs === undefined ? undefined : world.identity(runAs),
  });
}
