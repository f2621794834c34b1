import { expect, test } from "vitest";
import { envelopeKey, identityId, identitySecret, jobSecret, secretId } from "../../src/index.ts";
import { base64 } from "../vectors.ts";
import { hex, vectors } from "./envelope-vectors.ts";

const master = hex(vectors.master);
const QUEUE = Buffer.from("service");

test.for(vectors.secrets)("$direction key of epoch $epoch, $queue $name", (row) => {
  const { direction, epoch, queue, name } = row;
  if (queue !== undefined) {
    const secret = jobSecret(master, base64(queue), epoch);
    expect(secret.toString("hex")).toBe(row.secret);
    expect(secretId(secret).toString("hex")).toBe(row.keyId);
  } else if (name !== undefined) {
    const id = identityId(base64(name));
    expect(id.toString("hex")).toBe(row.keyId);
    const secret = identitySecret(master, direction === "result" ? "result" : "passive", id, epoch);
    expect(secret.toString("hex")).toBe(row.secret);
  } else expect(secretId(hex(row.secret)).toString("hex")).toBe(row.keyId);
});

test("no two queues, epochs, identities or directions share a secret", () => {
  const ids = ["a", "b"].map((name) => identityId(Buffer.from(name)));
  const secrets = [1, 256].flatMap((epoch) => [
    ...["a", "b", "ab", "a\0", "\0a"].map((queue) => jobSecret(master, Buffer.from(queue), epoch)),
    ...ids.flatMap((id) =>
      (["result", "passive"] as const).map((direction) => identitySecret(master, direction, id, epoch)),
    ),
    jobSecret(master, ids[0] as Buffer, epoch),
  ]);
  expect(new Set(secrets.map((secret) => secret.toString("hex"))).size).toBe(secrets.length);
});

test.for([
  ["a master of 31 bytes", () => jobSecret(Buffer.alloc(31), QUEUE, 1)],
  ["a master of 33 bytes", () => identitySecret(Buffer.alloc(33), "result", Buffer.alloc(8), 1)],
  ["an empty queue", () => jobSecret(master, Buffer.alloc(0), 1)],
  ["a queue of 512 bytes", () => jobSecret(master, Buffer.alloc(512, 0x71), 1)],
  ["epoch 0", () => jobSecret(master, QUEUE, 0)],
  ["epoch 65536", () => jobSecret(master, QUEUE, 65_536)],
  ["epoch 1.5", () => jobSecret(master, QUEUE, 1.5)],
  ["an identity of 7 bytes", () => identitySecret(master, "passive", Buffer.alloc(7), 1)],
  ["a secret of 16 bytes", () => envelopeKey({ direction: "job", epoch: 1, secret: Buffer.alloc(16) })],
  ["a key of epoch -1", () => envelopeKey({ direction: "job", epoch: -1, secret: Buffer.alloc(32) })],
] as const)("refuses %s", ([, make]) => {
  expect(make).toThrow(RangeError);
});
