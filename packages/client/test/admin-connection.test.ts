import { type FakeScript, ManualClock, settle } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { AdminConnection } from "../src/admin/admin-connection.ts";
import { bytes, first, stage } from "./fixtures.ts";

const STATUS = "host\t3\t1\t2\nservice\t0\t0\t2\n.\n";
const status = { kind: "table", lines: [bytes("host\t3\t1\t2"), bytes("service\t0\t0\t2")] };
const answering: FakeScript = {
  onLine: (line, peer) => {
    if (line === "status") peer.sendBytes(bytes(STATUS));
    else if (line === "version") peer.sendBytes(bytes("OK 1.1.20\n"));
    else if (line === "bad") peer.sendBytes(bytes("ERR UNKNOWN_COMMAND Unknown+server+commandbad\r\n"));
  },
};

/** A query to a fake server; also returns what that server received. */
function query(script: FakeScript, commands: string[], requiredReplies = commands.length) {
  const { server, clock } = stage(script);
  const options = { timeoutMs: 5000, duplex: server.connect, clock, requiredReplies };
  return { server, clock, answer: AdminConnection.query(first, commands, options) };
}

test("status and version in one write, one answer each, then the connection is closed", async () => {
  const { server, clock, answer } = query(answering, ["status", "version"]);
  expect(await answer).toEqual([status, { kind: "line", line: bytes("OK 1.1.20") }]);
  const peer = server.connections[0];
  expect(peer?.lines).toEqual(["status", "version"]);
  await peer?.closed;
  expect(clock.pending).toBe(0);
});

test("answers may arrive in pieces of any size", async () => {
  const { server, answer } = query({}, ["status", "version"]);
  const peer = await server.connection();
  await settle();
  for (const character of `${STATUS}OK 1.1.20\n`) {
    peer.sendBytes(bytes(character));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect((await answer).map((reply) => reply.kind)).toEqual(["table", "line"]);
});

test("an ERR line is a reply", async () => {
  const { answer } = query(answering, ["bad", "version"]);
  expect(await answer).toMatchObject([{ kind: "error" }, { kind: "line" }]);
});

test("kinds follow the command, however it is written", async () => {
  const table: FakeScript = { onLine: (_, peer) => peer.sendBytes(bytes("a\n.\n")) };
  const { answer } = query(table, ["STATUS", "workers", "prioritystatus", "show jobs"]);
  expect((await answer).map((reply) => reply.kind)).toEqual(["table", "table", "table", "table"]);
});

test.for([
  ["before any answer", ""],
  ["in the middle of one", STATUS.slice(0, 20)],
  ["between two", STATUS],
] as const)("the server closes %s: CONNECTION_LOST", async ([, text]) => {
  const { server, clock, answer } = query({}, ["status", "version"]);
  const peer = await server.connection();
  peer.sendBytes(bytes(text));
  peer.end();
  await expect(answer).rejects.toMatchObject({ code: "CONNECTION_LOST" });
  expect(clock.pending).toBe(0);
});

describe("missing answers that are not required", () => {
  test("resolves with the answers so far when the connection ends", async () => {
    const { server, clock, answer } = query({}, ["status", "version"], 1);
    const peer = await server.connection();
    peer.sendBytes(bytes(STATUS));
    peer.end();
    expect(await answer).toEqual([status]);
    expect(clock.pending).toBe(0);
  });

  test("resolves with the answers so far when the time is up", async () => {
    const { server, clock, answer } = query({}, ["status", "version"], 1);
    const peer = await server.connection();
    peer.sendBytes(bytes(STATUS));
    await clock.advance(5000);
    expect(await answer).toEqual([status]);
    await peer.closed;
  });

  test("still rejects if a required answer is missing", async () => {
    const { server, answer } = query({}, ["status", "version"], 1);
    const peer = await server.connection();
    peer.sendBytes(bytes(STATUS.slice(0, 20)));
    peer.end();
    await expect(answer).rejects.toMatchObject({ code: "CONNECTION_LOST" });
  });
});

test("a reset rejects with CONNECTION_LOST and its cause", async () => {
  const { server, answer } = query({}, ["status"]);
  const peer = await server.connection();
  await settle();
  peer.destroy();
  await expect(answer).rejects.toMatchObject({ code: "CONNECTION_LOST", cause: { code: "ECONNRESET" } });
});

test("no answer, half an answer or no connection within the time: TIMEOUT", async () => {
  for (const text of ["", STATUS.slice(0, 20)]) {
    const { server, clock, answer } = query({}, ["status"]);
    const peer = await server.connection();
    peer.sendBytes(bytes(text));
    await Promise.all([clock.advance(5000), expect(answer).rejects.toMatchObject({ code: "TIMEOUT" })]);
    await peer.closed;
  }
  const clock = new ManualClock();
  const attempts: AbortSignal[] = [];
  const duplex = (_: unknown, signal: AbortSignal) => {
    attempts.push(signal);
    return new Promise<never>(() => {});
  };
  const answer = AdminConnection.query(first, ["status"], { timeoutMs: 5000, duplex, clock });
  await Promise.all([clock.advance(5000), expect(answer).rejects.toMatchObject({ code: "TIMEOUT" })]);
  expect(attempts.map((signal) => signal.aborted)).toEqual([true]);
});

test("a refused connection rejects with CONNECT_FAILED", async () => {
  const { server, clock } = stage();
  server.mode = "refuse";
  const answer = AdminConnection.query(first, ["status"], { timeoutMs: 5000, duplex: server.connect, clock });
  await expect(answer).rejects.toMatchObject({ code: "CONNECT_FAILED", cause: { code: "ECONNREFUSED" } });
  expect(clock.pending).toBe(0);
});

test("an answer without end rejects with PROTOCOL", async () => {
  const { server, clock } = stage();
  const options = { timeoutMs: 5000, duplex: server.connect, clock, maxReplyBytes: 1000 };
  const answer = AdminConnection.query(first, ["status"], options);
  (await server.connection()).sendBytes(Buffer.alloc(2000, "x"));
  await expect(answer).rejects.toMatchObject({ code: "PROTOCOL" });
});

test.for([[""], [" "], ["status\nshutdown"], ["status\r"]] as const)(
  "the command %j is refused",
  async ([command]) => {
    const { server, answer } = query(answering, ["status", command]);
    await expect(answer).rejects.toMatchObject({ code: "BAD_ARGUMENT" });
    expect(server.attempts).toEqual([]);
  },
);

test("no connection is made for an empty list of commands", async () => {
  const { server, answer } = query(answering, []);
  expect(await answer).toEqual([]);
  expect(server.attempts).toEqual([]);
});
