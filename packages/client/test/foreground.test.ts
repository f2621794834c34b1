import type { Packet } from "@mod-gearman/protocol";
import { type FakeConnection, type FakeScript, settle } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { ClientConnection } from "../src/client/client-connection.ts";
import type { ForegroundJob } from "../src/contract/job.ts";
import { connected } from "./client-fixtures.ts";
import { accepting, bytes, first, second, stage } from "./fixtures.ts";

const ask = (more: Partial<ForegroundJob> = {}): ForegroundJob => ({
  function: bytes("worker_x"),
  data: bytes("check"),
  ...more,
});

/** Data of the result, or code and phase of the error. */
const result = (promise: Promise<{ data: Buffer }>): Promise<string> =>
  promise.then(
    ({ data }) => data.toString("latin1"),
    (error: { code?: string; phase?: string }) => `${error.code} ${error.phase}`,
  );

/** Accepts foreground jobs and reports what `reports` says. */
function reporting(reports: readonly Packet[]): FakeScript {
  return {
    onPacket: (packet, peer) => {
      if (!packet.name.startsWith("SUBMIT_JOB")) return;
      peer.send({ name: "JOB_CREATED", handle: bytes("H:1") }, ...reports);
    },
  };
}

const handle = bytes("H:1");
const complete = (data = ""): Packet => ({ name: "WORK_COMPLETE", handle, data: bytes(data) });
const part = (data: string): Packet => ({ name: "WORK_DATA", handle, data: bytes(data) });

describe("results", () => {
  test("resolves with handle, server and all parts of the data", async () => {
    const { client, peer } = await connected(
      reporting([part("a\0"), part(""), part("b"), complete("c\xff")]),
    );
    const got = await client.submitForeground(ask({ unique: bytes("u"), priority: "high" }));
    expect(got).toEqual({ handle, server: first, data: bytes("a\0bc\xff") });
    expect(peer.received[0]).toEqual({
      name: "SUBMIT_JOB_HIGH",
      function: bytes("worker_x"),
      unique: bytes("u"),
      data: bytes("check"),
    });
    expect(client.pending).toBe(0);
  });

  test.for([
    ["high", "SUBMIT_JOB_HIGH"],
    ["normal", "SUBMIT_JOB"],
    ["low", "SUBMIT_JOB_LOW"],
  ] as const)("priority %s is %s", async ([priority, name]) => {
    const { client, peer } = await connected(reporting([complete()]));
    await client.submitForeground(ask({ priority }));
    expect(peer.names).toEqual([name]);
  });

  test("progress arrives in order, as written by the worker", async () => {
    const seen: string[] = [];
    const { client } = await connected(
      reporting([
        part("one"),
        { name: "WORK_WARNING", handle, data: bytes("careful") },
        { name: "WORK_STATUS", handle, numerator: bytes("007"), denominator: bytes("abc") },
        complete("two"),
      ]),
    );
    const got = await client.submitForeground(ask(), {
      data: (data) => seen.push(`data ${data}`),
      warning: (text) => seen.push(`warning ${text}`),
      status: (numerator, denominator) => seen.push(`status ${numerator}/${denominator}`),
    });
    expect(seen).toEqual(["data one", "warning careful", "status 007/abc"]);
    expect(got.data).toEqual(bytes("onetwo"));
  });

  test("a failed job is JOB_FAILED, also with the NUL that gearmand leaves after the handle", async () => {
    const { client } = await connected(reporting([{ name: "WORK_FAIL", handle: bytes("H:1\0") }]));
    expect(await result(client.submitForeground(ask()))).toBe("JOB_FAILED waiting");
  });

  test("an exception carries the worker's text, up to the limit", async () => {
    const { client } = await connected(
      reporting([{ name: "WORK_EXCEPTION", handle, data: bytes("because\0") }]),
    );
    await expect(client.submitForeground(ask({ maxDataBytes: 7 }))).rejects.toMatchObject({
      code: "JOB_EXCEPTION",
      phase: "waiting",
      exception: bytes("because"),
    });
  });

  test("a result above maxDataBytes is refused, the connection continues", async () => {
    const { client, server } = await connected(reporting([part("1234"), complete("5")]));
    expect(await result(client.submitForeground(ask({ maxDataBytes: 4 })))).toBe("DATA_TOO_LARGE waiting");
    expect(await result(client.submitForeground(ask({ maxDataBytes: 5 })))).toBe("12345");
    expect(server.connections).toHaveLength(1);
  });

  test("a handler that throws fails its own job only", async () => {
    const { client } = await connected(reporting([part("x"), complete("y")]));
    const throwing = client.submitForeground(ask(), {
      data: () => {
        throw new Error("in the handler");
      },
    });
    const other = client.submitForeground(ask());
    expect(await result(throwing)).toBe("HANDLER_FAILED waiting");
    expect(await result(other)).toBe("xy");
  });
});

describe("many at once", () => {
  test("results in any order are matched to their jobs", async () => {
    const { client, peer } = await connected(accepting());
    const results = ["a", "b", "c"].map((data) =>
      result(client.submitForeground(ask({ data: bytes(data) }))),
    );
    await settle();
    expect(client.pending).toBe(3);
    for (const at of [3, 1, 2])
      peer.send({ name: "WORK_COMPLETE", handle: bytes(`H:${at}`), data: bytes(String(at)) });
    expect(await Promise.all(results)).toEqual(["1", "2", "3"]);
    expect(client.pending).toBe(0);
  });

  test("equal unique keys: every packet arrives once per submit, and each submit sees it once", async () => {
    const { client, peer } = await connected({
      onPacket: (_, connection) => connection.send({ name: "JOB_CREATED", handle }),
    });
    const one = result(client.submitForeground(ask({ unique: bytes("u") })));
    await settle();
    peer.send(part("a"));
    const two = result(client.submitForeground(ask({ unique: bytes("u") })));
    await settle();
    peer.send(part("b"), part("b"), complete("c"), complete("c"));
    expect([await one, await two]).toEqual(["abc", "bc"]);
    expect(client.connected).toBe(true);
  });

  test("equal unique keys, one cancelled: the other still sees the data once", async () => {
    const { client, peer, clock } = await connected({
      onPacket: (_, connection) => connection.send({ name: "JOB_CREATED", handle }),
    });
    const one = result(client.submitForeground(ask({ unique: bytes("u"), timeoutMs: 100 })));
    const two = result(client.submitForeground(ask({ unique: bytes("u") })));
    await clock.advance(100);
    peer.send(part("b"), part("b"), complete(), complete());
    expect([await one, await two]).toEqual(["TIMEOUT waiting", "b"]);
  });

  test("more than maxQueued jobs without result: QUEUE_FULL, accepted again later", async () => {
    const { client, peer } = await connected(accepting(), { maxQueued: 2 });
    const results = [1, 2, 3].map(() => result(client.submitForeground(ask())));
    expect(await results[2]).toBe("QUEUE_FULL undefined");
    await settle();
    peer.send(complete("done"));
    expect(await results[0]).toBe("done");
    const again = result(client.submitForeground(ask()));
    await settle();
    peer.send({ name: "WORK_COMPLETE", handle: bytes("H:3"), data: bytes("3") });
    expect(await again).toBe("3");
  });

  test("reports of cancelled jobs are ignored, however many there are", async () => {
    const { client, peer, clock } = await connected(accepting());
    const given = Array.from({ length: 3000 }, () => result(client.submitForeground(ask({ timeoutMs: 50 }))));
    await clock.advance(50);
    expect(new Set(await Promise.all(given))).toEqual(new Set(["TIMEOUT waiting"]));
    for (let n = 1; n <= 3000; n++)
      peer.send({ name: "WORK_COMPLETE", handle: bytes(`H:${n}`), data: bytes("late") });
    const next = result(client.submitForeground(ask()));
    await settle();
    peer.send({ name: "WORK_COMPLETE", handle: bytes("H:3001"), data: bytes("in time") });
    expect(await next).toBe("in time");
    await client.close();
    expect(clock.pending).toBe(0);
  });
});

describe("failures", () => {
  test("connection lost: before the answer and before the result", async () => {
    let count = 0;
    const { client, peer } = await connected({
      onPacket: (_, connection: FakeConnection) => {
        if (++count === 1) connection.send({ name: "JOB_CREATED", handle });
      },
    });
    const results = [1, 2].map(() => result(client.submitForeground(ask())));
    await settle();
    peer.destroy();
    expect(await Promise.all(results)).toEqual(["CONNECTION_LOST waiting", "CONNECTION_LOST submitting"]);
    expect(client.pending).toBe(0);
  });

  test("each job has its own timeout; the answer to a cancelled submit is not matched to the next one", async () => {
    const { client, peer, clock } = await connected();
    const short = result(client.submitForeground(ask({ timeoutMs: 100 })));
    const long = result(client.submitForeground(ask({ timeoutMs: 5000 })));
    await clock.advance(100);
    expect(await short).toBe("TIMEOUT submitting");
    peer.send({ name: "JOB_CREATED", handle }, { name: "JOB_CREATED", handle: bytes("H:2") });
    peer.send(complete("late"), { name: "WORK_COMPLETE", handle: bytes("H:2"), data: bytes("right") });
    expect(await long).toBe("right");
    await client.close();
    expect(clock.pending).toBe(0);
  });

  test("without a server: TIMEOUT while connecting; a cancelled submit is never sent", async () => {
    const { server, clock } = stage(accepting());
    server.mode = "refuse";
    const client = new ClientConnection({ servers: [first], duplex: server.connect, clock });
    const given = result(client.submitForeground(ask({ timeoutMs: 1000, data: bytes("given up") })));
    const kept = client.submitBackground({ function: bytes("q"), data: bytes("kept") });
    await clock.advance(1000);
    expect(await given).toBe("TIMEOUT connecting");
    server.mode = "accept";
    await clock.advance(3000);
    await kept;
    expect(server.connections[0]?.received).toMatchObject([{ data: bytes("kept") }]);
  });

  test("failWhenUnreachable: CONNECT_FAILED after every server was tried once", async () => {
    const { server, clock } = stage();
    server.mode = "refuse";
    const options = { servers: [first, second], duplex: server.connect, clock, failWhenUnreachable: true };
    const client = new ClientConnection(options);
    const codes: string[] = [];
    client.on("unreachable", (error) => codes.push(error.code));
    expect(await result(client.submitForeground(ask()))).toBe("CONNECT_FAILED connecting");
    expect(server.attempts).toEqual(["first:4730", "second:4731"]);
    expect(codes).toEqual(["CONNECT_FAILED"]);
    await client.close();
    expect(clock.pending).toBe(0);
  });

  test("close waits for results, then rejects with CLOSED", async () => {
    const { client, peer, clock } = await connected(accepting(), { closeTimeoutMs: 500 });
    const results = [1, 2].map(() => result(client.submitForeground(ask())));
    await settle();
    const closed = client.close();
    peer.send(complete("in time"));
    await settle();
    await clock.advance(500);
    await closed;
    expect(await Promise.all(results)).toEqual(["in time", "CLOSED undefined"]);
    expect(clock.pending).toBe(0);
  });

  test("a refused submit is SERVER_ERROR", async () => {
    const { client } = await connected({
      onPacket: (_, peer) => peer.send({ name: "ERROR", code: bytes("QUEUE_ERROR"), text: bytes("full") }),
    });
    expect(await result(client.submitForeground(ask()))).toBe("SERVER_ERROR submitting");
  });
});

describe("exceptions", () => {
  test("requested on every connection, before any other request", async () => {
    const script: FakeScript = {
      onPacket: (packet, peer) => {
        if (packet.name === "OPTION_REQ") peer.send({ name: "OPTION_RES", option: packet.option });
        else peer.send({ name: "JOB_CREATED", handle }, complete("ok"));
      },
    };
    const { server, clock, client, peer } = await connected(script, { exceptions: true });
    expect(await result(client.submitForeground(ask()))).toBe("ok");
    expect(peer.names).toEqual(["OPTION_REQ", "SUBMIT_JOB"]);
    peer.end();
    await settle();
    const again = result(client.submitForeground(ask()));
    await clock.advance(100);
    expect(await again).toBe("ok");
    expect(server.connections[1]?.names).toEqual(["OPTION_REQ", "SUBMIT_JOB"]);
  });

  test("a server that does not know the option works as well", async () => {
    const { client } = await connected(
      {
        onPacket: (packet, peer) => {
          if (packet.name === "OPTION_REQ")
            peer.send({ name: "ERROR", code: bytes("UNKNOWN_OPTION"), text: bytes("no") });
          else peer.send({ name: "JOB_CREATED", handle }, complete("ok"));
        },
      },
      { exceptions: true },
    );
    expect(await result(client.submitForeground(ask()))).toBe("ok");
  });
});
