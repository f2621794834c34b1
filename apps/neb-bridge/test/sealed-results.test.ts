import type { ModuleOptions } from "@mod-gearman/config";
import { EnvelopeOpener, printMasterFile } from "@mod-gearman/crypto";
import { memoryLogger } from "@mod-gearman/observe";
import { parseJob } from "@mod-gearman/payload";
import { ManualClock } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { BridgeEnvelope, envelopeMemory } from "../src/bridge-envelope.ts";
import {
  bridge,
  jobId,
  keysOf,
  LIST,
  legacy,
  master,
  NOW_MS,
  otherSite,
  type Party,
  RESULTS,
  resultText,
  SERVICE,
  seal,
} from "./sealed-setup.ts";

/*
 * Attacks on the results of version 2 (envelope-v2.md 5 to 8), each against a bridge that takes the honest result before or
 * after it.
 */

/** The header of a message, with other bytes behind it. */
const noise = (message: Buffer): Buffer => Buffer.concat([message.subarray(0, 40), Buffer.alloc(100, 0x5a)]);

test("a result for a job under way is taken", () => {
  const party = bridge();
  expect(party.give(seal(keysOf("w1"), resultText({ jobId: jobId(party) })))).toBe("taken");
  expect(party.taken).toEqual(["fine"]);
});

describe("an attack is refused, and the honest result is taken after it", () => {
  const attacks: [string, string, (party: Party, id: Buffer) => Buffer][] = [
    ["without key", "NOT_AUTHENTIC", (_, id) => seal(keysOf("w1", otherSite), resultText({ jobId: id }))],
    [
      "with a bit changed",
      "NOT_AUTHENTIC",
      (_, id) => {
        const message = seal(keysOf("w1"), resultText({ jobId: id, returnCode: 2 }));
        message[90] = (message[90] ?? 0) ^ 1;
        return message;
      },
    ],
    [
      "joined of two results",
      "NOT_AUTHENTIC",
      (_, id) => {
        const [bad, good] = [2, 0].map((returnCode) =>
          seal(keysOf("w1"), resultText({ jobId: id, returnCode }), { boot: 20 + returnCode }),
        ) as [Buffer, Buffer];
        return Buffer.concat([bad.subarray(0, 100), good.subarray(100)]);
      },
    ],
    ["cut", "NOT_AUTHENTIC", (_, id) => seal(keysOf("w1"), resultText({ jobId: id })).subarray(0, -1)],
    [
      "cut to its header",
      "TOO_SHORT",
      (_, id) => seal(keysOf("w1"), resultText({ jobId: id })).subarray(0, 40),
    ],
    [
      "for another result queue",
      "NOT_AUTHENTIC",
      (_, id) => seal(keysOf("w1"), resultText({ jobId: id }), { queue: Buffer.from("other_results") }),
    ],
    [
      "that is the job itself",
      "WRONG_DIRECTION",
      (party) => party.envelope.seal({ queue: SERVICE, text: resultText() }),
    ],
    ["of a revoked worker", "REVOKED", (_, id) => seal(keysOf("old"), resultText({ jobId: id }))],
    [
      "of a worker of another tenant",
      "NOT_ALLOWED",
      (_, id) => seal(keysOf("w2"), resultText({ jobId: id })),
    ],
    [
      "of a worker that is not listed",
      "NOT_ALLOWED",
      (_, id) => seal(keysOf("w3"), resultText({ jobId: id })),
    ],
    [
      "of an epoch that was taken away",
      "UNKNOWN_KEY",
      (_, id) => seal(keysOf("w1", { ...master, epochs: [3] }), resultText({ jobId: id })),
    ],
    ["without the id of a job", "MALFORMED", () => seal(keysOf("w1"), resultText())],
    ["that is no result", "MALFORMED", () => seal(keysOf("w1"), Buffer.from("host_name=web01\n"))],
    [
      "with an invented id",
      "NOT_IN_FLIGHT",
      () => seal(keysOf("w1"), resultText({ jobId: Buffer.from("x") })),
    ],
    [
      "with the id of a job of another service",
      "WRONG_OBJECT",
      (party) => seal(keysOf("w1"), resultText({ jobId: jobId(party, { service: "SSH" }) })),
    ],
    [
      "passive, of a worker",
      "NOT_ALLOWED",
      (_, id) => seal(keysOf("w1"), resultText({ jobId: id, type: "passive" })),
    ],
    [
      "of a sender",
      "NOT_ALLOWED",
      (_, id) => seal(keysOf("app", master, "sender"), resultText({ jobId: id })),
    ],
    ["in the legacy form", "NOT_SEALED_V2", () => legacy.seal(resultText())],
    ["of noise", "NOT_AUTHENTIC", (_, id) => noise(seal(keysOf("w1"), resultText({ jobId: id })))],
  ];
  test.for(attacks)("%s: %s", ([, reason, attack]) => {
    const party = bridge();
    const id = jobId(party);
    expect(party.give(attack(party, id))).toBe(reason);
    expect(party.give(seal(keysOf("w1"), resultText({ jobId: id, output: Buffer.from("honest") })))).toBe(
      "taken",
    );
    expect(party.taken).toEqual(["honest"]);
    expect(party.lines.join("\n")).toContain(`(${reason})`);
  });
});

test("the log says whether the name of a refused sender is proven", () => {
  const party = bridge();
  party.give(noise(seal(keysOf("w1"), resultText())));
  party.give(seal(keysOf("w2"), resultText({ jobId: jobId(party) })));
  const lines = party.lines.filter((line) => line.includes("refused"));
  expect(lines[0]).toContain("refused a result of a sender that calls itself w1: ");
  expect(lines[1]).toContain("refused a result of w2: ");
});

test("a result that is sent again is refused, after a restart of the bridge too", () => {
  const party = bridge();
  const message = seal(keysOf("w1"), resultText({ jobId: jobId(party) }));
  expect([party.give(message), party.give(Buffer.from(message))]).toEqual(["taken", "NOT_IN_FLIGHT"]);
  const next = bridge({}, NOW_MS + 1000);
  // the one thing that the memory of before would show: taken once more, for the same run of the same check
  expect([next.give(message), next.give(Buffer.from(message))]).toEqual(["taken", "NOT_IN_FLIGHT"]);
});

test("after a restart of the bridge a worker of another tenant is refused as before it", () => {
  const id = jobId(bridge());
  const next = bridge({}, NOW_MS + 1000);
  expect(next.give(seal(keysOf("w2"), resultText({ jobId: id })))).toBe("NOT_ALLOWED");
  expect(next.give(seal(keysOf("w1"), resultText({ jobId: id })))).toBe("taken");
});

test("a result after the deadline is refused", () => {
  const party = bridge();
  const message = seal(keysOf("w1"), resultText({ jobId: jobId(party) }));
  party.at.nowMs += 3_661_000;
  expect(party.give(message)).toBe("OUT_OF_TIME");
});

test("without a list of identities any worker of this site is taken for its jobs, and no sender", () => {
  const party = bridge({ identities: undefined } as unknown as Partial<ModuleOptions>);
  expect(party.give(seal(keysOf("w9"), resultText({ jobId: jobId(party) })))).toBe("taken");
  const passive = resultText({ type: "passive", hostName: Buffer.from("app-1") });
  expect(party.give(seal(keysOf("app", master, "sender"), passive))).toBe("NOT_ALLOWED");
});

describe("passive results", () => {
  const text = (host: string): Buffer => resultText({ type: "passive", hostName: Buffer.from(host) });
  const sender = keysOf("app", master, "sender");
  const later = { nowMs: NOW_MS + 1 };

  test("are taken once, for hosts of the sender", () => {
    const party = bridge();
    const message = seal(sender, text("app-1"), later);
    expect(party.give(message)).toBe("taken");
    expect(party.give(message)).toBe("REPLAYED");
    expect(party.give(seal(sender, text("db-1"), { ...later, boot: 8 }))).toBe("NOT_ALLOWED");
    expect(party.give(seal(keysOf("x", master, "sender"), text("app-1"), later))).toBe("NOT_ALLOWED");
    expect(
      party.give(seal(sender, resultText({ hostName: Buffer.from("app-1") }), { ...later, boot: 9 })),
    ).toBe("NOT_ALLOWED");
  });

  test("are refused when they are too old, or from before the start of the bridge", () => {
    const party = bridge();
    expect(party.give(seal(sender, text("app-1")))).toBe("OUT_OF_TIME");
    party.at.nowMs += 700_000;
    expect(party.give(seal(sender, text("app-1"), later))).toBe("OUT_OF_TIME");
  });

  test("are refused when they are of before the start, also if the clock was behind at the start", () => {
    const party = bridge();
    const before = seal(sender, text("app-1"), { nowMs: NOW_MS + 200_000 });
    const after = seal(sender, text("app-1"), { nowMs: NOW_MS + 301_000, boot: 8 });
    party.clock.stop(2000); // two seconds later the clock is set right: the start was at NOW_MS + 300 s
    party.at.nowMs = NOW_MS + 302_000;
    expect([party.give(before), party.give(after)]).toEqual(["OUT_OF_TIME", "taken"]);
    party.at.nowMs = NOW_MS + 1000;
    expect(party.give(after)).toBe("REPLAYED");
  });
});

describe("forms", () => {
  test("both: a queue that is not marked is in the legacy form, and its results are taken, with the names of their senders", () => {
    const party = bridge();
    expect(party.envelope.bind(Buffer.from("host"), 60, "web01")).toBeUndefined();
    const give = (source: string): string =>
      party.give(legacy.seal(resultText({ source: Buffer.from(source) })));
    expect([give("w8"), give("w9"), give("w8")]).toEqual(["taken", "taken", "taken"]);
    party.clock.stop(60_000);
    give("w8");
    const warnings = party.lines.filter((line) => line.includes("legacy form"));
    expect(warnings).toHaveLength(2);
    expect(warnings[1]).toMatch(/came from w8, w9$/);
  });

  test("v2: each queue is sealed, and no result in the legacy form is taken", () => {
    const party = bridge({ envelope: "v2" });
    expect(party.envelope.bind(Buffer.from("host"), 60, "web01")).toBeDefined();
    expect(party.give(legacy.seal(resultText()))).toBe("NOT_SEALED_V2");
  });

  test("jobs without result have a deadline only", () => {
    expect(bridge().envelope.bind(SERVICE, 0)).toEqual({ deadline: BigInt(NOW_MS + 3_600_000) * 1000n });
  });

  test("without master file there is no second form", () => {
    const memory = envelopeMemory({ clock: new ManualClock(), nowMicros: () => 0n }, memoryLogger());
    const options = { envelope: "legacy" as const, envelopeQueues: [], resultQueue: RESULTS };
    expect(BridgeEnvelope.of(options, memory)).toBeUndefined();
  });
});

test("a worker of the queue opens what the bridge seals", () => {
  const party = bridge();
  const text = Buffer.from("type=service\ncommand_line=/bin/true\n\n\n");
  const opener = new EnvelopeOpener({ direction: "job", keys: keysOf("w1"), maxTextBytes: 1000 });
  const opened = opener.open(party.envelope.seal({ queue: SERVICE, text }), SERVICE);
  expect("refused" in opened ? opened.refused : parseJob(opened.text).kind).toBe("service");
});

test("a worker that is revoked while the bridge runs is refused from the next result on", () => {
  const party = bridge();
  const give = (): string => party.give(seal(keysOf("w1"), resultText({ jobId: jobId(party) })));
  expect(give()).toBe("taken");
  party.envelope.useIdentities(Buffer.from(`${LIST}revoked w1\n`));
  expect(give()).toBe("REVOKED");
});

test("after a rotation the next job is sealed under the new epoch, also if all jobs are of one queue", () => {
  const party = bridge();
  const epoch = (): number => {
    return party.envelope.seal({ queue: SERVICE, text: Buffer.from("x") }).readUInt16BE(2);
  };
  expect(epoch()).toBe(2);
  party.envelope.useMaster(printMasterFile({ ...master, epochs: [3, 2, 1] }));
  expect(epoch()).toBe(3);
});
