import type { ModuleOptions } from "@mod-gearman/config";
import { printMasterFile, ReplayWindow } from "@mod-gearman/crypto";
import type { CheckResult } from "@mod-gearman/payload";
import { expect, test } from "vitest";
import { Flights } from "../src/flights.ts";
import {
  bridge,
  changed,
  jobId,
  keysOf,
  LIST,
  legacy,
  master,
  NOW_MS,
  otherSite,
  type Party,
  type Replaced,
  resultText,
  seal,
} from "./sealed-setup.ts";

/*
 * Each check of the bridge against the attack that it is there for: refused, and taken as soon as this one check is taken out. The
 * test takes it out with other settings, or with parts that it puts in the place of the bridge's; no program can. The checks of the
 * codec: packages/crypto/test/v2/attacks.test.ts.
 */

interface Attack {
  readonly reason: string;
  /** The message, as the bridge gets it at last. */
  message(party: Party): Buffer;
  /** What the check is taken out with. */
  readonly over?: Partial<ModuleOptions>;
  readonly replaced?: Replaced;
}

const SENDER = keysOf("app", master, "sender");
const HOUR_MS = 3_600_000;
/** As the bridge makes job ids with; a test of crypto has its bytes. */
type Land = Flights["land"];

const withLand = (change: (land: Land, flights: Flights) => Land): Replaced => ({
  memory: ({ flights }) => ({
    flights: changed(flights, { land: change((...args) => flights.land(...args), flights) }),
  }),
});
const withResult = (
  change: (result: CheckResult, id: Buffer | undefined) => Partial<CheckResult>,
): Replaced => {
  const last: { id?: Buffer } = {};
  return {
    envelope: (envelope) => ({
      admit: (result: CheckResult, opened: Parameters<typeof envelope.admit>[1]) =>
        envelope.admit({ ...result, ...change(result, last.id) }, opened),
    }),
    memory: ({ flights }) => ({
      flights: changed(flights, {
        issue: (...args: Parameters<Flights["issue"]>) => {
          const id = flights.issue(...args);
          last.id = Buffer.from(id, "latin1");
          return id;
        },
      }),
    }),
  };
};
const ofW1 = (id: Buffer): Buffer => seal(keysOf("w1"), resultText({ jobId: id }));
const passive = (host: string): Buffer => resultText({ type: "passive", hostName: Buffer.from(host) });
const list = (text: string): Partial<ModuleOptions> => ({ identities: Buffer.from(text) });

const attacks: Record<string, Attack> = {
  "a result that was taken before": {
    reason: "NOT_IN_FLIGHT",
    message: (party) => {
      const message = ofW1(jobId(party));
      expect(party.give(Buffer.from(message))).toBe("taken");
      return message;
    },
    // as if the bridge had just been started each time, and knew nothing of what it took
    replaced: withLand(
      () => (id, key, secret, queues) => new Flights(() => NOW_MS + 1).land(id, key, secret, queues),
    ),
  },
  "a result with an invented id": {
    reason: "NOT_IN_FLIGHT",
    message: () => ofW1(Buffer.from("invented")),
    replaced: withLand(() => () => undefined),
  },
  "a result with an id that another site made before the start": {
    reason: "NOT_IN_FLIGHT",
    message: () => {
      const flights = new Flights(() => NOW_MS - 1);
      const id = flights.issue("web01\0HTTP", "service", NOW_MS + HOUR_MS, otherSite.secret);
      return ofW1(Buffer.from(id));
    },
    replaced: withLand((land) => (id, key, _, queues) => land(id, key, otherSite.secret, queues)),
  },
  "a result for another object than its job": {
    reason: "WRONG_OBJECT",
    message: (party) => ofW1(jobId(party, { service: "SSH" })),
    replaced: withLand((land) => (id, _, secret, queues) => land(id, "web01\0SSH", secret, queues)),
  },
  "a result of a worker of another tenant": {
    reason: "NOT_ALLOWED",
    message: (party) => seal(keysOf("w2"), resultText({ jobId: jobId(party) })),
    replaced: withLand((land) => (id, key, secret) => land(id, key, secret)),
  },
  "the same for a job of before the start": {
    reason: "NOT_ALLOWED",
    message: () => seal(keysOf("w2"), resultText({ jobId: jobId(bridge({}, NOW_MS - 1000)) })),
    replaced: withLand((land) => (id, key, secret) => land(id, key, secret)),
  },
  "a result after the deadline": {
    reason: "OUT_OF_TIME",
    message: (party) => {
      const message = ofW1(jobId(party));
      party.at.nowMs += 2 * HOUR_MS;
      return message;
    },
    replaced: { memory: () => ({ flights: new Flights(() => NOW_MS) }) },
  },
  "a result of a worker that is not listed": {
    reason: "NOT_ALLOWED",
    message: (party) => seal(keysOf("w3"), resultText({ jobId: jobId(party) })),
    over: list(`${LIST}worker w3 service\n`),
  },
  "a result of a revoked worker": {
    reason: "REVOKED",
    message: (party) => seal(keysOf("old"), resultText({ jobId: jobId(party) })),
    over: list(LIST.replace("revoked old\n", "")),
  },
  "a result under an epoch that was taken away": {
    reason: "UNKNOWN_KEY",
    message: (party) => seal(keysOf("w1", { ...master, epochs: [3] }), resultText({ jobId: jobId(party) })),
    over: { masterFile: printMasterFile({ ...master, epochs: [2, 1, 3] }) },
  },
  "a result without the id of a job": {
    reason: "MALFORMED",
    message: (party) => {
      jobId(party);
      return seal(keysOf("w1"), resultText());
    },
    replaced: withResult((_, id) => (id === undefined ? {} : { jobId: id })),
  },
  "a passive result of a worker": {
    reason: "NOT_ALLOWED",
    message: (party) => seal(keysOf("w1"), resultText({ jobId: jobId(party), type: "passive" })),
    replaced: withResult(() => ({ type: "active" })),
  },
  "an active result of a sender": {
    reason: "NOT_ALLOWED",
    message: () => seal(SENDER, resultText({ hostName: Buffer.from("app-1") }), { nowMs: NOW_MS + 1 }),
    replaced: withResult(() => ({ type: "passive" })),
  },
  "a passive result for a host of others": {
    reason: "NOT_ALLOWED",
    message: () => seal(SENDER, passive("web01"), { nowMs: NOW_MS + 1 }),
    over: list(`${LIST}sender app *\n`),
  },
  "a passive result that was taken before": {
    reason: "REPLAYED",
    message: (party) => {
      const message = seal(SENDER, passive("app-1"), { nowMs: NOW_MS + 1 });
      expect(party.give(Buffer.from(message))).toBe("taken");
      return message;
    },
    replaced: { memory: () => ({ windows: new ForgetfulWindows() }) },
  },
  "a passive result of before the start": {
    reason: "OUT_OF_TIME",
    message: () => seal(SENDER, passive("app-1"), { nowMs: NOW_MS - 1000 }),
    replaced: { memory: () => ({ startedAtMs: () => 0 }) },
  },
  "a passive result that is too old": {
    reason: "OUT_OF_TIME",
    message: (party) => {
      party.at.nowMs += HOUR_MS;
      party.clock.stop(HOUR_MS);
      return seal(SENDER, passive("app-1"), { nowMs: NOW_MS + 1 });
    },
    replaced: {
      memory: () => ({
        windows: new Map([[SENDER.own.id.toString("latin1"), new ReplayWindow({ windowMs: 2 * HOUR_MS })]]),
      }),
    },
  },
  "a result in the legacy form while its job was sealed": {
    reason: "NOT_SEALED_V2",
    message: (party) => {
      jobId(party);
      return legacy.seal(resultText());
    },
    replaced: { memory: ({ flights }) => ({ flights: changed(flights, { hasObject: () => false }) }) },
  },
  "a result of another site": {
    reason: "NOT_AUTHENTIC",
    message: (party) => seal(keysOf("w1", otherSite), resultText({ jobId: jobId(party) })),
    over: { masterFile: printMasterFile(otherSite) },
  },
  "a result that was sealed for another queue": {
    reason: "NOT_AUTHENTIC",
    message: (party) =>
      seal(keysOf("w1"), resultText({ jobId: jobId(party) }), { queue: Buffer.from("other_results") }),
    over: { resultQueue: Buffer.from("other_results") },
  },
};

class ForgetfulWindows extends Map<string, ReplayWindow> {
  override get(): undefined {
    return undefined;
  }
}

test.for(Object.entries(attacks))("%s", ([, { reason, message, over, replaced }]) => {
  const whole = bridge();
  expect(whole.give(message(whole))).toBe(reason);
  const without = bridge(over, NOW_MS, replaced);
  expect(without.give(message(without))).toBe("taken");
});

test("in v2 a result in the legacy form is refused, in both it is taken where its job was not sealed", () => {
  const message = legacy.seal(resultText());
  expect(bridge({ envelope: "v2" }).give(message)).toBe("NOT_SEALED_V2");
  expect(bridge({ envelope: "both" }).give(message)).toBe("taken");
});
