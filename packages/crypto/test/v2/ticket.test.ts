import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  agreementKey,
  bridgeAgreement,
  parseTicket,
  printTicket,
  secretId,
  TicketError,
  ticketSecret,
} from "../../src/index.ts";
import { base64 } from "../vectors.ts";
import { hex, vectors } from "./envelope-vectors.ts";

const master = hex(vectors.master);
const { bridgePublic, tickets } = vectors.enrolment;
const bridge = bridgeAgreement(master);

test("the bridge's public key is made from the master secret", () => {
  expect(bridge.publicKey.toString("hex")).toBe(bridgePublic);
});

describe.for(tickets)("a ticket for queue $queue", (row) => {
  const ticket = {
    secret: hex(row.secret),
    bridgeKey: hex(bridgePublic),
    queue: base64(row.queue),
    servers: row.servers,
  };

  test("has a secret that is made from its seed", () => {
    const secret = ticketSecret(master, hex(row.seed));
    expect(secret.toString("hex")).toBe(row.secret);
    expect(secretId(secret).toString("hex")).toBe(row.keyId);
  });

  test("is printed and read", () => {
    expect(printTicket(ticket)).toBe(row.text);
    expect(parseTicket(` ${row.text}\n`)).toEqual(ticket);
  });

  test("has one secret of the answer at both ends", () => {
    const machine = agreementKey(hex(row.machinePrivate));
    expect(machine.publicKey.toString("hex")).toBe(row.machinePublic);
    expect(machine.answerSecret(ticket.secret, bridge.publicKey)?.toString("hex")).toBe(row.answerSecret);
    expect(bridge.answerSecret(ticket.secret, machine.publicKey)?.toString("hex")).toBe(row.answerSecret);
  });

  test("is refused with any character missing, twice or changed", () => {
    for (let at = 0; at < row.text.length; at++) {
      const [start, one, end] = [row.text.slice(0, at), row.text[at], row.text.slice(at + 1)];
      for (const text of [start + end, start + one + one + end, start + (one === "A" ? "B" : "A") + end])
        if (text !== row.text) expect(() => parseTicket(text)).toThrow(TicketError);
    }
  });
});

test.for([
  ["nothing", ""],
  ["the beginning alone", "mgt1-"],
  ["four characters", "mgt1-AAAA"],
  ["another beginning", "mgt2-AAAA"],
  ["too many characters", `mgt1-${"A".repeat(5000)}`],
] as const)("%s is no ticket", ([, text]) => {
  expect(() => parseTicket(text)).toThrow(TicketError);
});

test("no text makes the reader fail otherwise, and its error says nothing of the text", () => {
  const text = fc.oneof(
    fc.string(),
    fc.base64String().map((part) => `mgt1-${part}`),
  );
  fc.assert(
    fc.property(text, (input) => {
      try {
        parseTicket(input);
      } catch (error) {
        expect(error).toBeInstanceOf(TicketError);
        expect((error as Error).message).toBe(new TicketError().message);
      }
    }),
  );
});

test.for([
  ["a short secret", { secret: Buffer.alloc(31) }],
  ["no queue", { queue: Buffer.alloc(0) }],
  ["a queue of 512 bytes", { queue: Buffer.alloc(512, 0x71) }],
  ["servers with a blank", { servers: "a b" }],
  ["no servers", { servers: "" }],
] as const)("does not print %s", ([, part]) => {
  const [row] = tickets;
  const ticket = parseTicket(row?.text ?? "");
  expect(() => printTicket({ ...ticket, ...part })).toThrow(RangeError);
});

test.for([Buffer.alloc(32), Buffer.alloc(31), Buffer.alloc(0)])(
  "agrees on nothing with a bad public key",
  (key) => {
    expect(bridge.answerSecret(Buffer.alloc(32), key)).toBeUndefined();
  },
);

test("a ticket that no printer would have written, as its servers are too long, is refused", () => {
  const queue = Buffer.from("q");
  const body = Buffer.concat([Buffer.alloc(64, 1), Buffer.from([0, 1]), queue, Buffer.alloc(2049, "a")]);
  const check = createHash("sha256").update(body).digest().subarray(0, 4);
  const text = `mgt1-${Buffer.concat([body, check]).toString("base64url")}`;
  expect(() => parseTicket(text)).toThrow(TicketError);
});
