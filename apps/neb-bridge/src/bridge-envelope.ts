import { randomBytes } from "node:crypto";
import type { Logger } from "@mod-gearman/base";
import type { ModuleOptions } from "@mod-gearman/config";
import {
  BridgeKeys,
  directionOf,
  type EnvelopeKey,
  EnvelopeOpener,
  EnvelopeSealer,
  IdentityList,
  type MasterKeys,
  type OpenedEnvelope,
  parseMasterFile,
  type RefusalReason,
  type RefusedEnvelope,
  ReplayWindow,
} from "@mod-gearman/crypto";
import { Refusals } from "@mod-gearman/observe";
import type { CheckResult, Micros } from "@mod-gearman/payload";
import { Enrolments } from "./enrolments.ts";
import { Flights } from "./flights.ts";
import type { JobBinder, PlainJob } from "./jobs.ts";
import { objectKey } from "./object-key.ts";
import { type RevocationNotice, type RevokedResult, RevokedWorkers } from "./revoked-workers.ts";
import { isSealedQueue } from "./sealed-queues.ts";
import { WorkerRuns } from "./worker-runs.ts";
import { identifierOf } from "./worker-source.ts";
import type { World } from "./world.ts";

/** What lasts longer than one configuration. */
export interface EnvelopeMemory {
  readonly flights: Flights;
  readonly refusals: Refusals<RefusalReason>;
  readonly enrolments: Enrolments;
  /** Of passive senders, by their ids, latin1. */
  readonly windows: Map<string, ReplayWindow>;
  readonly runs: WorkerRuns;
  /** Time of day. */
  readonly nowMicros: () => Micros;
  /** The same in milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Asked once something is to be sealed. */
  readonly messageCipher: World["messageCipher"];
  /** When the bridge started: as the clock said then, or as it says now, if that is later because the clock was set forward. */
  readonly startedAtMs: () => number;
}

/** At the start of a bridge. */
export function envelopeMemory(
  world: Pick<World, "clock" | "nowMicros" | "nowMs" | "messageCipher">,
  logger: Logger,
): EnvelopeMemory {
  const nowMs = world.nowMs ?? ((): number => Number(world.nowMicros() / 1000n));
  const start = { atMs: nowMs(), monotonicMs: world.clock.monotonicMs() };
  return {
    flights: new Flights(nowMs),
    refusals: new Refusals({
      logger,
      clock: world.clock,
      what: "a result of",
      legacyText: (names) =>
        `results in the legacy form, which anyone with the key can forge, came from ${names}`,
    }),
    enrolments: new Enrolments(world.clock, logger),
    windows: new Map(),
    runs: new WorkerRuns(),
    nowMicros: () => world.nowMicros(),
    nowMs,
    messageCipher: world.messageCipher,
    startedAtMs: () => Math.max(start.atMs, nowMs() - (world.clock.monotonicMs() - start.monotonicMs)),
  };
}

/** How long after its timeout a job may be started and a result be taken: it may wait in its queue that long. */
const LIFETIME_MS = 3_600_000;
/** For the clocks of passive senders, and the way of their results. */
const PASSIVE_WINDOW_MS = 600_000;
/** As the link takes it: 10 MiB of output and the other fields. */
const MAX_TEXT_BYTES = 11 * 1024 * 1024;

type EnvelopeOptions = Pick<
  ModuleOptions,
  "envelope" | "envelopeQueues" | "masterFile" | "identities" | "resultQueue"
>;

interface LastQueue {
  readonly name: Buffer;
  /** The same, latin1. */
  readonly text: string;
  key?: EnvelopeKey;
}

/** Version 2 of the envelope for one configuration. Source: envelope-v2.md. */
export class BridgeEnvelope {
  readonly #options: EnvelopeOptions;
  readonly #memory: EnvelopeMemory;
  readonly #keys: BridgeKeys;
  #identities: IdentityList | undefined;
  readonly #sealer: EnvelopeSealer;
  readonly #results: EnvelopeOpener;
  readonly #passive: EnvelopeOpener;
  readonly #revoked: RevokedWorkers;
  #lastQueue: LastQueue | undefined;

  /** @returns undefined in the legacy form @throws KeyFileError for contents that a loader would have refused */
  static of(options: EnvelopeOptions, memory: EnvelopeMemory): BridgeEnvelope | undefined {
    const { masterFile } = options;
    return masterFile === undefined ? undefined : new BridgeEnvelope(options, masterFile, memory);
  }

  private constructor(options: EnvelopeOptions, masterFile: Buffer, memory: EnvelopeMemory) {
    const { identities } = options;
    const keys = new BridgeKeys(parseMasterFile(masterFile), (id) => this.#identities?.find(id));
    this.#options = options;
    this.#memory = memory;
    if (identities !== undefined) this.#identities = new IdentityList(identities);
    this.#keys = keys;
    const { nowMs } = memory;
    const makeCipher = memory.messageCipher?.();
    this.#sealer = new EnvelopeSealer({ bootId: randomBytes(16), nowMs, makeCipher });
    const common = { keys, maxTextBytes: MAX_TEXT_BYTES, makeCipher };
    this.#results = new EnvelopeOpener({ direction: "result", ...common });
    this.#passive = new EnvelopeOpener({ direction: "passive", ...common });
    this.#revoked = new RevokedWorkers({ ...common, ...memory, resultQueue: options.resultQueue });
  }

  /**
   * From now on this list counts.
   *
   * @returns messages to workers that are revoked now, and were not before
   * @throws KeyFileError; the former one stays in use then
   */
  useIdentities(content: Buffer): readonly RevocationNotice[] {
    const former = this.#identities;
    this.#identities = new IdentityList(content);
    return this.#revoked.notices(this.#identities, former);
  }

  /** From now on its epochs count. @throws KeyFileError; RangeError for another secret; the former ones stay in use then */
  useMaster(content: Buffer): void {
    this.#keys.useEpochs(parseMasterFile(content));
    this.#lastQueue = undefined; // its key may be of a former epoch
  }

  get master(): MasterKeys {
    return this.#keys.master;
  }

  /** Undefined: every worker is taken for every queue. */
  get identities(): IdentityList | undefined {
    return this.#identities;
  }

  get takesLegacy(): boolean {
    return this.#options.envelope === "both";
  }

  /**
   * What the job of an event gets in version 2.
   *
   * @param key of the object of a check; absent for jobs without result
   * @returns undefined if jobs of the queue are in the legacy form
   */
  bind(queue: Buffer, timeoutSeconds: number, key?: string): ReturnType<JobBinder["bind"]> {
    if (!this.isSealed(queue)) return undefined;
    const { flights, nowMs } = this.#memory;
    const deadlineMs = nowMs() + timeoutSeconds * 1000 + LIFETIME_MS;
    const deadline = BigInt(deadlineMs) * 1000n;
    if (key === undefined) return { deadline };
    return {
      deadline,
      jobId: flights.issue(key, this.#queueOf(queue).text, deadlineMs, this.#keys.jobIdSecret),
    };
  }

  /** The job of a binding is not waited for any more: its result is refused. */
  withdraw(jobId: string): void {
    this.#memory.flights.withdraw(jobId);
  }

  /** Whether jobs of a queue are sealed. */
  isSealed(queue: Buffer): boolean {
    return isSealedQueue(queue, this.#options);
  }

  /** The workload of a job that {@link bind} gave a binding. */
  seal({ queue, text }: Pick<PlainJob, "queue" | "text">): Buffer {
    const known = this.#queueOf(queue);
    known.key ??= this.#keys.jobKey(queue);
    return this.#sealer.seal(known.key, queue, text);
  }

  /** Jobs of one queue often come in a row. */
  #queueOf(queue: Buffer): LastQueue {
    if (this.#lastQueue?.name.equals(queue) !== true)
      this.#lastQueue = { name: Buffer.from(queue), text: queue.toString("latin1") };
    return this.#lastQueue;
  }

  open(message: Buffer): OpenedEnvelope | RefusedEnvelope {
    const opener = directionOf(message) === "passive" ? this.#passive : this.#results;
    return opener.open(message, this.#options.resultQueue);
  }

  /** Whether a result in version 2 is to be taken. @returns why not */
  admit(result: CheckResult, { header, key, isFirst }: OpenedEnvelope): RefusalReason | undefined {
    if (header.direction === "passive") return this.#admitPassive(result, header);
    const identifier = isFirst ? identifierOf(result.source) : undefined;
    if (identifier !== undefined) this.#memory.runs.learn(key.idText, identifier, header);
    return this.#admitActive(result, key.idText);
  }

  /** What a result that was refused as REVOKED is still good for. */
  revokedResult(message: Buffer): RevokedResult | undefined {
    return this.#revoked.look(message, this.#identities);
  }

  /** Whether a result in the legacy form is to be taken: not while its job was sealed. @returns why not */
  admitLegacy({ type, hostName, serviceDescription, source }: CheckResult): RefusalReason | undefined {
    if (!this.takesLegacy) return "NOT_SEALED_V2";
    const { flights, refusals } = this.#memory;
    if (type === "active" && flights.hasObject(objectKey(hostName, serviceDescription)))
      return "NOT_SEALED_V2";
    refusals.legacy(source?.toString("utf8", 0, 128) ?? "a sender without name");
    return undefined;
  }

  /** Name of who sealed a message, as far as it is known; for logs. */
  nameOf(keyId: Buffer): string {
    return this.#identities?.find(keyId)?.name ?? `identity ${keyId.toString("hex")}`;
  }

  #admitActive(result: CheckResult, idText: string): RefusalReason | undefined {
    const { type, hostName, serviceDescription, jobId } = result;
    if (type !== "active") return "NOT_ALLOWED";
    if (jobId === undefined) return "MALFORMED";
    const list = this.#identities;
    // before the id is used up
    const identity = list?.find(idText);
    if (list !== undefined && identity?.kind !== "worker") return "NOT_ALLOWED";
    const key = objectKey(hostName, serviceDescription);
    return this.#memory.flights.land(jobId, key, this.#keys.jobIdSecret, identity?.grants);
  }

  #admitPassive(result: CheckResult, header: OpenedEnvelope["header"]): RefusalReason | undefined {
    const { windows, nowMs, startedAtMs } = this.#memory;
    const { keyId } = header;
    if (result.type !== "passive") return "NOT_ALLOWED";
    if (this.#identities?.mayReport(keyId, result.hostName) !== true) return "NOT_ALLOWED";
    const name = keyId.toString("latin1");
    const window = windows.get(name) ?? new ReplayWindow({ windowMs: PASSIVE_WINDOW_MS });
    windows.set(name, window);
    if (header.timeMs <= startedAtMs()) return "OUT_OF_TIME";
    return window.take(header, nowMs());
  }
}
