import {
  EnvelopeOpener,
  envelopeKey,
  identityId,
  identitySecret,
  parseEnrolAnswer,
} from "@mod-gearman/crypto";
import { expect, test } from "vitest";
import type { RevocationNotice } from "../src/revoked-workers.ts";
import {
  bridge,
  jobId,
  keysOf,
  LIST,
  legacy,
  master,
  otherSite,
  type Party,
  resultText,
  seal,
} from "./sealed-setup.ts";

/** What a worker reads of a notice. */
function read({ queue, data }: RevocationNotice, name = "w1", from = master): string | undefined {
  const id = identityId(Buffer.from(name));
  const find = ({ epoch }: { epoch: number }) =>
    envelopeKey({
      direction: "enrol-answer",
      epoch,
      id,
      secret: identitySecret(from.secret, "result", id, epoch),
    });
  const opener = new EnvelopeOpener({ direction: "enrol-answer", keys: { find }, maxTextBytes: 1000 });
  const opened = opener.open(data, queue);
  if ("refused" in opened) return opened.refused;
  const { status, request } = parseEnrolAnswer(opened.text) ?? {};
  return `${queue} ${status} ${request}`;
}

const RUN = "07".repeat(16);
const REVOKED = Buffer.from(`${LIST}revoked w1\n`);
const KEY = "web01\0HTTP";

function revokedParty(): Party & { look(message: Buffer): ReturnType<Party["envelope"]["revokedResult"]> } {
  const party = bridge();
  party.envelope.useIdentities(REVOKED);
  return { ...party, look: (message) => party.envelope.revokedResult(message) };
}

test("workers whose results were taken get a notice as soon as they are revoked, each in its own queue", () => {
  const party = bridge();
  const give = (source: string, boot: number): void => {
    const text = resultText({ jobId: jobId(party), source: Buffer.from(source) });
    expect(party.give(seal(keysOf("w1"), text, { boot }))).toBe("taken");
  };
  give("Mod-Gearman Worker @ one", 7);
  give("Mod-Gearman Worker @ two", 8);
  give("Mod-Gearman Worker @ one", 9); // started again
  give("some other source", 10);
  const notices = party.envelope.useIdentities(REVOKED);
  expect(notices.map((notice) => read(notice))).toEqual([
    `worker_two REVOKED ${"08".repeat(16)} 1`,
    `worker_one REVOKED ${"09".repeat(16)} 1`,
  ]);
  expect(notices.map((notice) => read(notice, "w2"))).toEqual(["NOT_AUTHENTIC", "NOT_AUTHENTIC"]);
  expect(notices.map((notice) => read(notice, "w1", otherSite))).toEqual(["NOT_AUTHENTIC", "NOT_AUTHENTIC"]);
  expect(party.envelope.useIdentities(Buffer.concat([REVOKED, Buffer.from("worker w5 x\n")]))).toEqual([]);
});

test("a refused result says which check another worker must run, and whom to tell", () => {
  const { look, ...party } = revokedParty();
  const id = jobId(party);
  const message = seal(keysOf("w1"), resultText({ jobId: id }));
  expect(party.give(Buffer.from(message))).toBe("REVOKED");
  const found = look(message);
  expect(found?.job).toEqual({ id: id.toString(), key: KEY });
  expect(found?.notice && read(found.notice)).toBe(`worker_w1 REVOKED ${RUN} 1`);
  // the id is not used up: the result of the other worker has it too
  expect(party.give(seal(keysOf("w1"), resultText({ jobId: id })))).toBe("REVOKED");
  party.envelope.useIdentities(Buffer.from(`${LIST}worker w3 service\n`));
  expect(party.give(seal(keysOf("w3"), resultText({ jobId: id })))).toBe("taken");
});

test.for<[string, (party: Party) => Buffer]>([
  ["is forged", () => seal(keysOf("w1", otherSite), resultText())],
  ["is of a worker that is not revoked", (party) => seal(keysOf("w2"), resultText({ jobId: jobId(party) }))],
  ["is of a revoked sender", () => seal(keysOf("app", master, "sender"), resultText({ type: "passive" }))],
  ["is no result", () => seal(keysOf("w1"), Buffer.from("x"))],
  ["is in the legacy form", () => legacy.seal(resultText())],
])("a message that %s says nothing", ([, message]) => {
  const { look, ...party } = revokedParty();
  expect(look(message(party))).toBeUndefined();
});

test.for<[string, (party: Party) => Buffer | undefined]>([
  ["of a job of another queue", (party) => jobId(party, { queue: "tenant_b" })],
  ["of a job of another object", (party) => jobId(party, { service: "SSH" })],
  ["that is invented", () => Buffer.from("invented")],
  ["that is missing", () => undefined],
])("a result with an id %s has no check run again", ([, idOf]) => {
  const { look, ...party } = revokedParty();
  jobId(party);
  const found = look(seal(keysOf("w1"), resultText({ jobId: idOf(party) })));
  expect(found?.job).toBeUndefined();
  expect(found?.notice).toBeDefined();
});

test("for one that does not name its worker there is no notice", () => {
  const { look, ...party } = revokedParty();
  const found = look(seal(keysOf("w1"), resultText({ jobId: jobId(party), source: Buffer.from("x y") })));
  expect([found?.job?.key, found?.notice]).toEqual([KEY, undefined]);
});
