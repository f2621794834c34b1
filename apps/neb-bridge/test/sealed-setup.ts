import type { AssignedJob } from "@mod-gearman/client";
import type { ModuleOptions } from "@mod-gearman/config";
import { createEnvelope, EnvelopeSealer, issueIdentity, OwnKeys, printMasterFile } from "@mod-gearman/crypto";
import { memoryLogger } from "@mod-gearman/observe";
import { printWorkerResult, type WorkerResult } from "@mod-gearman/payload";
import { ManualClock } from "@mod-gearman/testkit";
import { expect } from "vitest";
import { BridgeCounts } from "../src/bridge-counts.ts";
import { BridgeEnvelope, type EnvelopeMemory, envelopeMemory } from "../src/bridge-envelope.ts";
import { NO_TIMELINE } from "../src/check-timelines.ts";
import type { CoreLink } from "../src/link/core-link.ts";
import type { Message } from "../src/link/fields.ts";
import { ResultIntake } from "../src/result-intake.ts";

/* A bridge in version 2 of the envelope without sockets, and what its workers and senders seal. */

export const NOW_MS = 1_795_246_680_000;
export const master = { secret: Buffer.alloc(32, 1), epochs: [2, 1] };
export const otherSite = { secret: Buffer.alloc(32, 2), epochs: [2, 1] };
export const legacy = createEnvelope({ mode: "on", password: Buffer.from("test-key-of-this-file") });
export const LIST = `worker w1 service
worker w2 tenant_b
worker old service
revoked old
sender app app-*
`;
export const RESULTS = Buffer.from("check_results");
export const SERVICE = Buffer.from("service");

export const keysOf = (name: string, from = master, kind: "worker" | "sender" = "worker"): OwnKeys =>
  new OwnKeys(issueIdentity(from, { kind, name, queues: [SERVICE] }));

export interface Party {
  readonly intake: ResultIntake;
  readonly envelope: BridgeEnvelope;
  readonly clock: ManualClock;
  readonly lines: readonly string[];
  /** Outputs that the core was sent. */
  readonly taken: string[];
  readonly at: { nowMs: number };
  /** @returns the reason of the refusal, "taken" or "discarded" */
  give(data: Buffer): string;
}

/** Parts of a bridge that a test puts in the place of those it has. */
export interface Replaced {
  memory?(memory: EnvelopeMemory): Partial<EnvelopeMemory>;
  /** What results are given to. */
  envelope?(envelope: BridgeEnvelope): Partial<Record<keyof BridgeEnvelope, unknown>>;
}

export function bridge(
  over: Partial<ModuleOptions> = {},
  nowMs: number = NOW_MS,
  replaced: Replaced = {},
): Party {
  const logger = memoryLogger();
  const clock = new ManualClock();
  const at = { nowMs };
  const own = envelopeMemory({ clock, nowMicros: () => BigInt(at.nowMs) * 1000n }, logger);
  const memory = { ...own, ...replaced.memory?.(own) };
  const options = {
    envelope: "both" as const,
    envelopeQueues: [Buffer.from("serv*"), Buffer.from("tenant_b")],
    masterFile: printMasterFile(master),
    identities: Buffer.from(LIST),
    resultQueue: RESULTS,
    ...over,
  } satisfies Partial<ModuleOptions>;
  const envelope = BridgeEnvelope.of(options, memory);
  if (envelope === undefined) throw new Error("the legacy form");
  const taker = replaced.envelope === undefined ? envelope : changed(envelope, replaced.envelope(envelope));
  const intake = new ResultIntake({
    clock,
    nowMicros: () => BigInt(at.nowMs) * 1000n,
    logger,
    counts: new BridgeCounts(),
    onResult: () => NO_TIMELINE,
    onApplied: () => undefined,
    status: () => Buffer.alloc(0),
    onCapacityChange: () => undefined,
    maxHeldBytes: 100_000,
    refusals: memory.refusals,
  });
  const taken: string[] = [];
  const send = (message: Message<"RESULT">): boolean => taken.push(message.output.toString()) > 0;
  intake.attach({ isWritable: true, send } as unknown as CoreLink, 1000);
  const give = (data: Buffer): string => {
    const before = {
      taken: taken.length,
      discarded: intake.discarded,
      counts: new Map(memory.refusals.counts),
    };
    const answers: string[] = [];
    const job: AssignedJob = {
      handle: Buffer.from("H:x:1"),
      function: RESULTS,
      unique: Buffer.from(String(Math.random())),
      data,
      connectionLost: false,
      complete: () => answers.push("complete"),
      fail: () => answers.push("fail"),
      abandon: () => answers.push("abandon"),
    };
    intake.onJobs([job], legacy, taker);
    if (taken.length > before.taken) return "taken";
    expect(answers).toEqual(["fail"]);
    if (intake.discarded > before.discarded) return "discarded";
    for (const [reason, count] of memory.refusals.counts)
      if (count > (before.counts.get(reason) ?? 0)) return reason;
    return "nothing";
  };
  return { intake, envelope, clock, lines: logger.lines, taken, at, give };
}

/** The same object with other members. */
export function changed<T extends object>(object: T, members: Partial<Record<keyof T, unknown>>): T {
  return new Proxy(object, {
    get: (target, name) => {
      if (name in members) return members[name as keyof T];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** Id of a new job, as its worker reads it. */
export function jobId(party: Party, { service = "HTTP", queue = "service", host = "web01" } = {}): Buffer {
  const binding = party.envelope.bind(Buffer.from(queue), 60, `${host}\0${service}`);
  if (binding?.jobId === undefined) throw new Error("not bound");
  return Buffer.from(binding.jobId.toString(), "latin1");
}

export const resultText = (over: Partial<WorkerResult> = {}): Buffer =>
  printWorkerResult({
    type: "active",
    hostName: Buffer.from("web01"),
    serviceDescription: Buffer.from("HTTP"),
    startTime: BigInt(NOW_MS) * 1000n,
    finishTime: BigInt(NOW_MS) * 1000n,
    returnCode: 0,
    source: Buffer.from("Mod-Gearman Worker @ w1"),
    output: Buffer.from("fine"),
    ...over,
  });

export function seal(
  keys: OwnKeys,
  text: Buffer,
  { queue = RESULTS, boot = 7, nowMs = NOW_MS } = {},
): Buffer {
  return new EnvelopeSealer({ bootId: Buffer.alloc(16, boot), nowMs: () => nowMs }).seal(
    keys.own,
    queue,
    text,
  );
}
