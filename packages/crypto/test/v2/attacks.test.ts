import { describe, expect, test } from "vitest";
import {
  BridgeKeys,
  createEnvelope,
  type EnvelopeKey,
  EnvelopeSealer,
  envelopeKey,
  identityId,
  issueIdentity,
  OwnKeys,
  ReplayWindow,
} from "../../src/index.ts";
import type { AssociatedData } from "../../src/v2/associated-data.ts";
import { associatedData } from "../../src/v2/associated-data.ts";
import { EnvelopeOpener, type OpeningChecks } from "../../src/v2/opener.ts";

/*
 * Each attack is refused, and succeeds as soon as the one check is taken out that is there against it. What the legacy form
 * takes of the same stands at the end.
 */

const QUEUE = Buffer.from("check_results");
const OTHER_QUEUE = Buffer.from("other_results");
const NOW = 1_795_246_680_000;
const CRITICAL = Buffer.from("host_name=a\nreturn_code=2\noutput=down\n\n\n");
const OK = Buffer.from("host_name=b\nreturn_code=0\noutput=fine\n\n\n");
const key = envelopeKey({
  direction: "result",
  epoch: 1,
  secret: Buffer.alloc(32, 7),
  id: Buffer.alloc(8, 1),
});

const seal = (
  text: Buffer,
  { by = key, queue = QUEUE, boot = 1, aad = associatedData }: Partial<Sealing> = {},
): Buffer => {
  const options = { bootId: Buffer.alloc(16, boot), nowMs: () => NOW };
  return new EnvelopeSealer(options, aad).seal(by, queue, text);
};
interface Sealing {
  readonly by: EnvelopeKey;
  readonly queue: Buffer;
  readonly boot: number;
  readonly aad: AssociatedData;
}

/** The text that comes out, or the reason. */
function open(message: Buffer, checks: Partial<OpeningChecks> = {}, known: EnvelopeKey = key): string {
  const keys = { find: () => known };
  const opened = new EnvelopeOpener({ direction: "result", keys, maxTextBytes: 1000 }, checks).open(
    message,
    QUEUE,
  );
  return "refused" in opened ? opened.refused : opened.text.toString();
}

test("honest messages open", () => {
  expect(open(seal(CRITICAL))).toBe(CRITICAL.toString());
});

describe("without the tag", () => {
  const noTag = { tag: false };

  test("a bit of the text can be changed", () => {
    const forged = seal(CRITICAL);
    const at = 40 + CRITICAL.indexOf("2");
    forged[at] = (forged[at] ?? 0) ^ ("2".charCodeAt(0) ^ "0".charCodeAt(0));
    expect(open(forged)).toBe("NOT_AUTHENTIC");
    expect(open(forged, noTag)).toContain("return_code=0");
  });

  test("a message can be cut", () => {
    const cut = seal(CRITICAL).subarray(0, -5);
    expect(open(cut)).toBe("NOT_AUTHENTIC");
    expect(CRITICAL.toString().startsWith(open(cut, noTag))).toBe(true);
  });

  test("two messages can be joined", () => {
    const [bad, good] = [seal(CRITICAL), seal(OK, { boot: 2 })];
    const joined = Buffer.concat([good.subarray(0, 40), good.subarray(40, -16), bad.subarray(-16)]);
    expect(open(joined)).toBe("NOT_AUTHENTIC");
    expect(open(joined, noTag)).toBe(OK.toString());
  });
});

test("without the queue in the associated data, a message of another queue is taken", () => {
  const withoutQueue: AssociatedData = (direction, _, message) =>
    associatedData(direction, Buffer.alloc(0), message);
  expect(open(seal(CRITICAL, { queue: OTHER_QUEUE }))).toBe("NOT_AUTHENTIC");
  const moved = seal(CRITICAL, { queue: OTHER_QUEUE, aad: withoutQueue });
  expect(open(moved, { associatedData: withoutQueue })).toBe(CRITICAL.toString());
});

test("without the direction in header, associated data and keys, a passive result is taken as an active one", () => {
  const passive = { ...key, direction: "passive" } as const;
  const message = seal(CRITICAL, { by: passive });
  expect(open(message)).toBe("WRONG_DIRECTION");
  expect(open(message, { direction: false })).toBe("NOT_AUTHENTIC");
  const withoutDirection: AssociatedData = (_, queue, sealed) => associatedData("result", queue, sealed);
  const plain = seal(CRITICAL, { by: passive, aad: withoutDirection });
  expect(open(plain, { direction: false, associatedData: withoutDirection })).toBe(CRITICAL.toString());
});

test("without a key of its own, an identity can speak for another one", () => {
  const master = { secret: Buffer.alloc(32, 1), epochs: [1] };
  const attacker = new OwnKeys(issueIdentity(master, { kind: "worker", name: "evil", queues: [] }));
  const victim = identityId(Buffer.from("web-1"));
  const forged = seal(OK, { by: { ...attacker.own, id: victim } });
  const keys = new BridgeKeys(master);
  const opener = new EnvelopeOpener({ direction: "result", keys, maxTextBytes: 1000 });
  expect(opener.open(forged, QUEUE)).toMatchObject({ refused: "NOT_AUTHENTIC" });
  expect(open(forged, {}, { ...attacker.own, id: victim })).toBe(OK.toString()); // one key for all
});

test("while an epoch is still accepted, a message under it is taken", () => {
  const [old, rotated] = [[1], [2]].map((epochs) => ({ secret: Buffer.alloc(32, 1), epochs }));
  const both = { secret: Buffer.alloc(32, 1), epochs: [2, 1] };
  const worker = new OwnKeys(issueIdentity(old ?? both, { kind: "worker", name: "w1", queues: [] }));
  const message = seal(OK, { by: worker.own });
  const outcome = (master: typeof both): unknown =>
    new EnvelopeOpener({ direction: "result", keys: new BridgeKeys(master), maxTextBytes: 1000 }).open(
      message,
      QUEUE,
    );
  expect(outcome(rotated ?? both)).toMatchObject({ refused: "UNKNOWN_KEY" });
  expect(outcome(both)).toMatchObject({ text: OK });
});

test("without the list of revoked identities, a revoked one is taken", () => {
  const master = { secret: Buffer.alloc(32, 1), epochs: [1] };
  const worker = new OwnKeys(issueIdentity(master, { kind: "worker", name: "w1", queues: [] }));
  const message = seal(OK, { by: worker.own });
  const outcome = (keys: BridgeKeys): unknown =>
    new EnvelopeOpener({ direction: "result", keys, maxTextBytes: 1000 }).open(message, QUEUE);
  expect(outcome(new BridgeKeys(master, () => ({ isRevoked: true })))).toMatchObject({ refused: "REVOKED" });
  expect(outcome(new BridgeKeys(master))).toMatchObject({ text: OK });
});

test("without a window, a message is taken as often as it comes", () => {
  const message = seal(OK);
  const opener = new EnvelopeOpener({ direction: "result", keys: { find: () => key }, maxTextBytes: 1000 });
  const window = new ReplayWindow({ windowMs: 60_000 });
  const outcomes = [0, 1].map(() => {
    const opened = opener.open(message, QUEUE);
    if ("refused" in opened) throw new Error(opened.refused); // the opener alone takes it twice
    return window.take(opened.header, NOW);
  });
  expect(outcomes).toEqual([undefined, "REPLAYED"]);
  expect(new ReplayWindow({ windowMs: 60_000 }).take(headerOf(message), NOW + 120_000)).toBe("OUT_OF_TIME");
});

function headerOf(message: Buffer) {
  const opened = new EnvelopeOpener({
    direction: "result",
    keys: { find: () => key },
    maxTextBytes: 1000,
  }).open(message, QUEUE);
  if (opened.header === undefined) throw new Error("no header");
  return opened.header;
}

describe("the legacy form takes", () => {
  const legacy = createEnvelope({ mode: "on", password: Buffer.from("test-key-of-this-file") });
  const decoded = (payload: Buffer): Buffer => Buffer.from(payload.toString("latin1"), "base64");
  const encoded = (bytes: Buffer): Buffer => Buffer.from(bytes.toString("base64"), "latin1");

  test("blocks of one result behind those of another, without the key", () => {
    const text = (host: string, code: number): Buffer =>
      Buffer.from(
        `host_name=${host}\n`.padEnd(32, "#").replace(/#+$/, (fill) => `x=${"#".repeat(fill.length - 3)}\n`) +
          `return_code=${code}\noutput=o\n\n\n`,
      );
    const [down, up] = [decoded(legacy.seal(text("router", 2))), decoded(legacy.seal(text("printer", 0)))];
    const spliced = encoded(Buffer.concat([down.subarray(0, 32), up.subarray(32)]));
    expect(legacy.open(spliced).toString()).toMatch(/^host_name=router\n(?:.*\n)*return_code=0\n/);
  });

  test("the same result again, one that was cut, and one of another queue", () => {
    const payload = legacy.seal(CRITICAL);
    expect(legacy.open(payload)).toEqual(legacy.open(Buffer.from(payload)));
    const cut = encoded(decoded(payload).subarray(0, 32));
    expect(CRITICAL.toString().startsWith(legacy.open(cut).toString())).toBe(true);
  });
});
