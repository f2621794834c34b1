import { type FakeScript, settle } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import type { AdminQuery } from "../src/admin/admin-connection.ts";
import { queryStatus } from "../src/admin/status-query.ts";
import { ClientError } from "../src/connection/errors.ts";
import { bytes, first, stage } from "./fixtures.ts";

const answers = (status: string, version = "OK 1.1.20\n"): FakeScript => ({
  onLine: (line, peer) => {
    if (line === "status") peer.sendBytes(bytes(status));
    if (line === "version") peer.sendBytes(bytes(version));
  },
});

function ask(script: FakeScript) {
  const { server, clock } = stage(script);
  return { server, clock, answer: queryStatus(first, { timeoutMs: 5000, duplex: server.connect, clock }) };
}

const queue = (name: string, total = 0, running = 0, workers = 1) => ({
  queue: bytes(name),
  total,
  running,
  workers,
});

test("returns the queues in the order of the server, and its version", async () => {
  const { server, answer } = ask(answers("b\t3\t1\t2\na\xff\t0\t0\t1\n.\n"));
  expect(await answer).toEqual({
    kind: "status",
    queues: [queue("b", 3, 1, 2), queue("a\xff")],
    version: bytes("1.1.20"),
  });
  expect(server.connections[0]?.lines).toEqual(["status", "version"]);
});

test("names do not refer to the chunk they arrived in, cut anywhere", async () => {
  const text = "one\t0\t0\t1\ntwo\t0\t0\t1\n.\nOK 2\n";
  for (let at = 1; at < text.length; at++) {
    const { server, answer } = ask({});
    const peer = await server.connection();
    await settle();
    const chunk = bytes(text.slice(0, at));
    peer.sendBytes(chunk);
    await new Promise((resolve) => setImmediate(resolve));
    chunk.fill(0x78);
    peer.sendBytes(bytes(text.slice(at)));
    expect(await answer).toMatchObject({ queues: [queue("one"), queue("two")], version: bytes("2") });
  }
});

test.for([
  ["no queue at all is an answer", ".\n", { kind: "status", queues: [] }],
  ["a line that is no queue is left out", "two\nlines\t0\t0\t1\n.\n", { queues: [queue("lines")] }],
  ["nothing but such lines", "a 1 0 1\n\n.\n", { kind: "invalid" }],
  ["an error", "ERR UNKNOWN_COMMAND x\r\n", { kind: "invalid" }],
  ["more queues than can be", "q\t0\t0\t1\n".repeat(100_001), { kind: "invalid" }],
] as const)("%s", async ([, status, expected]) => {
  const whole = status.endsWith("\r\n") || status.endsWith(".\n") ? status : `${status}.\n`;
  expect(await ask(answers(whole)).answer).toMatchObject(expected);
});

test("resolves without the version if it does not arrive in time", async () => {
  const { clock, answer } = ask(answers("a\t0\t0\t1\n.\n", ""));
  await clock.advance(5000);
  expect(await answer).toEqual({ kind: "status", queues: [queue("a")], version: bytes("") });
});

describe("a server without usable answer", () => {
  test("does not answer", async () => {
    const { clock, answer } = ask({});
    await clock.advance(5000);
    expect(await answer).toEqual({ kind: "timeout" });
  });

  test("closes inside the answer", async () => {
    const { server, answer } = ask({});
    const peer = await server.connection();
    peer.sendBytes(bytes("a\t0\t0\t1\n"));
    peer.end();
    expect(await answer).toEqual({ kind: "invalid" });
  });

  const failing = (cause: unknown): AdminQuery => {
    const error = new ClientError("CONNECT_FAILED", "no", { cause });
    return () => Promise.reject(error);
  };
  const withCode = (code: string) => Object.assign(new Error(`it says ${code}`), { code });

  test.for([
    ["ECONNREFUSED", { kind: "unreachable", text: "Connection refused" }],
    ["EMFILE", { kind: "unreachable", text: "Too many open files" }],
    ["EWHATEVER", { kind: "unreachable", text: "it says EWHATEVER" }],
    ["ENOTFOUND", { kind: "unknown-name", text: "Name or service not known" }],
    ["EAI_AGAIN", { kind: "unknown-name", text: "Temporary failure in name resolution" }],
  ] as const)("%s: the words of the C library", async ([code, expected]) => {
    expect(await queryStatus(first, { timeoutMs: 1 }, failing(withCode(code)))).toEqual(expected);
  });

  test("a name that cannot be looked up is unknown, another EINVAL is not", async () => {
    const asName = Object.assign(withCode("EINVAL"), { syscall: "getaddrinfo" });
    const text = "Name or service not known";
    expect(await queryStatus(first, { timeoutMs: 1 }, failing(asName))).toEqual({
      kind: "unknown-name",
      text,
    });
    const asAddress = Object.assign(withCode("EINVAL"), { syscall: "connect" });
    expect(await queryStatus(first, { timeoutMs: 1 }, failing(asAddress))).toMatchObject({
      kind: "unreachable",
    });
  });

  test("several addresses: the error of the last one is reported", async () => {
    const cause = new AggregateError([withCode("ENETUNREACH"), withCode("ECONNREFUSED")]);
    expect(await queryStatus(first, { timeoutMs: 1 }, failing(cause))).toMatchObject({
      text: "Connection refused",
    });
  });

  test("an error of the program is not an answer", async () => {
    const query: AdminQuery = () => Promise.reject(new TypeError("defect"));
    await expect(queryStatus(first, { timeoutMs: 1 }, query)).rejects.toThrow("defect");
  });
});
