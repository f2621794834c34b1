import { expect, test } from "vitest";
import {
  BridgeKeys,
  EnvelopeOpener,
  EnvelopeSealer,
  identityId,
  issueIdentity,
  OwnKeys,
} from "../../src/index.ts";

const QUEUE = Buffer.from("service");
const RESULTS = Buffer.from("check_results");
const TEXT = Buffer.from("text");
const old = { secret: Buffer.alloc(32, 1), epochs: [1] };
const between = { secret: old.secret, epochs: [2, 1] };
const rotated = { secret: old.secret, epochs: [2] };
const maxTextBytes = 1000;

const worker = (master: typeof old, name = "w1"): OwnKeys =>
  new OwnKeys(issueIdentity(master, { kind: "worker", name, queues: [QUEUE] }));
const sealer = new EnvelopeSealer({ bootId: Buffer.alloc(16, 3), nowMs: () => 0 });

function jobOutcome(bridge: BridgeKeys, keys: OwnKeys, queue = QUEUE): string {
  const opener = new EnvelopeOpener({ direction: "job", keys, maxTextBytes });
  const opened = opener.open(sealer.seal(bridge.jobKey(queue), queue, TEXT), queue);
  return "refused" in opened ? opened.refused : "opened";
}

function resultOutcome(keys: OwnKeys, bridge: BridgeKeys): string {
  const opener = new EnvelopeOpener({ direction: "result", keys: bridge, maxTextBytes });
  const message = sealer.seal(keys.own, RESULTS, TEXT);
  const outcomes = [0, 1].map(() => {
    const opened = opener.open(message, RESULTS);
    return "refused" in opened ? opened.refused : "opened";
  });
  expect(new Set(outcomes).size).toBe(1);
  return outcomes.join().split(",")[0] ?? "";
}

test("jobs and results open, and the next epoch is in use before the last one is taken away", () => {
  for (const [bridge, keys] of [
    [old, old],
    [old, between],
    [between, between],
    [rotated, between],
    [rotated, rotated],
  ] as const) {
    expect(jobOutcome(new BridgeKeys(bridge), worker(keys))).toBe("opened");
  }
  expect(resultOutcome(worker(old), new BridgeKeys(between))).toBe("opened");
  expect(resultOutcome(worker(between), new BridgeKeys(between))).toBe("opened");
});

test("an epoch that was taken away opens nothing", () => {
  expect(jobOutcome(new BridgeKeys(old), worker(rotated))).toBe("UNKNOWN_KEY");
  expect(resultOutcome(worker(old), new BridgeKeys(rotated))).toBe("UNKNOWN_KEY");
});

test("a worker opens jobs of its own queues only, of its own site only", () => {
  expect(jobOutcome(new BridgeKeys(old), worker(old), Buffer.from("host"))).toBe("UNKNOWN_KEY");
  const other = { secret: Buffer.alloc(32, 2), epochs: [1] };
  expect(jobOutcome(new BridgeKeys(other), worker(old))).toBe("UNKNOWN_KEY");
  expect(resultOutcome(worker(other), new BridgeKeys(old))).toBe("NOT_AUTHENTIC");
  expect(worker(old).canOpen(QUEUE)).toBe(true);
  expect(worker(old).canOpen(Buffer.from("host"))).toBe(false);
});

test("a revoked identity is refused from the next message on", () => {
  const revoked = new Set<string>();
  const bridge = new BridgeKeys(old, (id) => ({
    isRevoked: revoked.has(Buffer.from(id, "latin1").toString("hex")),
  }));
  expect(resultOutcome(worker(old), bridge)).toBe("opened");
  revoked.add(identityId(Buffer.from("w1")).toString("hex"));
  expect(resultOutcome(worker(old), bridge)).toBe("REVOKED");
  expect(resultOutcome(worker(old, "w2"), bridge)).toBe("opened");
});

test("a sender cannot speak as a worker of its name", () => {
  const sender = new OwnKeys(issueIdentity(old, { kind: "sender", name: "w1", queues: [] }));
  expect(resultOutcome(sender, new BridgeKeys(old))).toBe("WRONG_DIRECTION");
});

test("the key of an identity is made once, and of unknown ones nothing is kept", () => {
  const bridge = new BridgeKeys(old);
  const header = { direction: "result", epoch: 1, keyId: Buffer.alloc(8), bootId: Buffer.alloc(16) } as const;
  const numbers = { counter: 1, timeMs: 0 };
  const first = bridge.find({ ...header, ...numbers });
  expect(bridge.find({ ...header, ...numbers })).not.toBe(first);
  if (typeof first === "string") throw new Error(first);
  bridge.confirmed(first);
  expect(bridge.find({ ...header, ...numbers })).toBe(first);
});

test("an epoch that is taken away is refused from the next message on, also of a sender that was known", () => {
  const bridge = new BridgeKeys(between);
  const opener = new EnvelopeOpener({ direction: "result", keys: bridge, maxTextBytes });
  const { own } = worker(old);
  const outcome = (): string => {
    const opened = opener.open(sealer.seal(own, RESULTS, TEXT), RESULTS);
    return "refused" in opened ? opened.refused : "opened";
  };
  expect(jobOutcome(bridge, worker(rotated))).toBe("opened");
  expect([outcome(), outcome()]).toEqual(["opened", "opened"]);
  bridge.useEpochs({ secret: old.secret, epochs: [3, 2] });
  expect([outcome(), outcome()]).toEqual(["UNKNOWN_KEY", "UNKNOWN_KEY"]);
  expect(jobOutcome(bridge, worker({ secret: old.secret, epochs: [3] }))).toBe("opened");
  expect(() => bridge.useEpochs({ secret: Buffer.alloc(32, 9), epochs: [3] })).toThrow(RangeError);
});
