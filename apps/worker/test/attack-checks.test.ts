import { BridgeKeys, EnvelopeSealer, issueIdentity, printIdentityFile } from "@mod-gearman/crypto";
import { printJob } from "@mod-gearman/payload";
import { expect, test } from "vitest";
import { TakenJobs } from "../src/taken-jobs.ts";
import { RefusedJob, WorkerEnvelope } from "../src/worker-envelope.ts";
import { serviceJob } from "./worker-world.ts";

/*
 * Each check of the worker against the attack that it is there for: refused, and taken as soon as this one check is taken out, by
 * other settings or parts. Those of the codec: packages/crypto/test/v2/attacks.test.ts.
 */

const MASTER = { secret: Buffer.alloc(32, 1), epochs: [2] };
const [SERVICE, HOST, TENANT] = ["service", "host", "tenant_b"].map((name) => Buffer.from(name)) as [
  Buffer,
  Buffer,
  Buffer,
];
const NOW = 1_795_246_680_000_000n;
const HOUR = 3_600_000_000n;

interface Setup {
  readonly form?: "both" | "v2";
  readonly queues?: readonly Buffer[];
  readonly epochs?: number[];
  /** Of the worker's clock. */
  readonly now?: bigint;
  readonly from?: Buffer;
  readonly site?: Buffer;
  /** A memory that forgets. */
  readonly taken?: () => TakenJobs;
}

const text = (over: { deadline?: bigint | undefined; jobId?: Buffer | undefined } = {}): Buffer =>
  printJob({
    kind: "service",
    resultQueue: Buffer.from("check_results"),
    targetQueue: SERVICE,
    hostName: Buffer.from("h1"),
    serviceDescription: Buffer.from("s1"),
    coreTime: NOW,
    timeoutSeconds: 60,
    commandLine: Buffer.from("/x/plugin a"),
    deadline: NOW + HOUR,
    jobId: Buffer.from("the-id-of-this-job"),
    ...over,
  });

const seal = (what: Buffer, queue = SERVICE, master = MASTER): Buffer =>
  new EnvelopeSealer({ bootId: Buffer.alloc(16, 9), nowMs: () => Number(NOW / 1000n) }).seal(
    new BridgeKeys(master).jobKey(queue),
    queue,
    what,
  );

/** What becomes of jobs, given one after the other: of the last one. */
function outcome(messages: readonly Buffer[], setup: Setup): string {
  const { form = "v2", queues = [SERVICE, HOST], epochs = [2], now = NOW, from = SERVICE } = setup;
  const master = { secret: setup.site ?? MASTER.secret, epochs };
  const identityFile = printIdentityFile(issueIdentity(master, { kind: "worker", name: "w1", queues }));
  const envelope = WorkerEnvelope.of({ envelope: form, identityFile }, () => now);
  const memory = new TakenJobs();
  let last = "none";
  for (const message of messages) {
    try {
      const read = envelope?.read(message, from, now, 100_000);
      const isNew = read?.token === undefined || (setup.taken?.() ?? memory).take(read.token);
      last = isNew ? "taken" : "REPLAYED";
    } catch (error) {
      if (!(error instanceof RefusedJob)) throw error;
      last = error.reason;
    }
  }
  return last;
}

test.for<[name: string, reason: string, messages: Buffer[], without: Setup, at?: Setup]>([
  ["a job again", "REPLAYED", [seal(text()), seal(text())], { taken: () => new TakenJobs() }],
  ["a job after its deadline", "OUT_OF_TIME", [seal(text())], {}, { now: NOW + 2n * HOUR }],
  ["a job of another queue of the worker", "NOT_AUTHENTIC", [seal(text(), HOST)], { from: HOST }],
  ["a job of another tenant", "UNKNOWN_KEY", [seal(text(), TENANT)], { queues: [TENANT], from: TENANT }],
  [
    "a job of an epoch that was taken away",
    "UNKNOWN_KEY",
    [seal(text(), SERVICE, { ...MASTER, epochs: [1] })],
    { epochs: [2, 1] },
  ],
  [
    "a job of another site",
    "UNKNOWN_KEY",
    [seal(text(), SERVICE, { ...MASTER, secret: Buffer.alloc(32, 5) })],
    { site: Buffer.alloc(32, 5) },
  ],
  ["a job in the legacy form", "NOT_SEALED_V2", [serviceJob("/x/plugin a")], { form: "both" }],
])("%s", ([, reason, messages, without, at = {}]) => {
  expect(outcome(messages, at)).toBe(reason);
  expect(outcome(messages, without)).toBe("taken");
});

test("a job without deadline or id is refused, with both it is taken", () => {
  expect(outcome([seal(text({ deadline: undefined }))], {})).toBe("MALFORMED");
  expect(outcome([seal(text({ jobId: undefined }))], {})).toBe("MALFORMED");
  expect(outcome([seal(text())], {})).toBe("taken");
});
