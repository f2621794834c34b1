import { FakeJobServer, ManualClock } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { ClientConnection } from "../src/client/client-connection.ts";
import { connected, job, outcome } from "./client-fixtures.ts";
import { accepting, byHost, bytes, first, second, stage } from "./fixtures.ts";

describe("time", () => {
  test("a request without connection rejects when its time is up", async () => {
    const { server, clock } = stage();
    server.mode = "refuse";
    const client = new ClientConnection({
      servers: [first],
      duplex: server.connect,
      clock,
      submitTimeoutMs: 4000,
    });
    const early = outcome(client.submitBackground(job()));
    await clock.advance(3999);
    const late = outcome(client.submitBackground(job()));
    expect(client.pending).toBe(2);
    await clock.advance(1);
    expect(await early).toBe("TIMEOUT");
    expect(client.pending).toBe(1);
    await clock.advance(4000);
    expect(await late).toBe("TIMEOUT");
  });

  test("a server that does not answer is replaced by the next one", async () => {
    const clock = new ManualClock();
    const servers = { first: new FakeJobServer(), second: new FakeJobServer(accepting()) };
    const options = { servers: [first, second], duplex: byHost(servers), clock, submitTimeoutMs: 10_000 };
    const client = new ClientConnection(options);
    const overdue = outcome(client.submitBackground(job("1")));
    await clock.advance(6000);
    const lost = outcome(client.submitBackground(job("2")));
    const again = client.submitBackground(job("3", { resend: true }));
    await clock.advance(4000);
    expect(await overdue).toBe("TIMEOUT");
    expect(await lost).toBe("CONNECTION_LOST");
    await clock.advance(100);
    expect((await again).server).toEqual(second);
  });

  test("a server that was reached at the last moment gets the full time for its answer", async () => {
    const { server, clock } = stage();
    server.mode = "refuse";
    const client = new ClientConnection({
      ...{ servers: [first], duplex: server.connect, clock },
      ...{ submitTimeoutMs: 10_000, maxDelayMs: 1 },
    });
    const waiting = outcome(client.submitBackground(job()));
    await clock.advance(9990);
    server.mode = "accept";
    const peer = await Promise.all([server.connection(), clock.advance(5)]).then(([accepted]) => accepted);
    await peer.next("SUBMIT_JOB_BG");
    await clock.advance(9000);
    peer.send({ name: "JOB_CREATED", handle: bytes("H:1") });
    expect(await waiting).toBe("H:1");
    expect(server.connections).toHaveLength(1);
    await client.close();
    expect(clock.pending).toBe(0);
  });

  test("answers within the time keep the connection", async () => {
    const { clock, client, server } = await connected(accepting(), { submitTimeoutMs: 1000 });
    for (let i = 1; i <= 5; i++) {
      expect(await outcome(client.submitBackground(job()))).toBe(`H:${i}`);
      await clock.advance(900);
    }
    expect(server.connections).toHaveLength(1);
  });
});

describe("a server that hangs", () => {
  test("gets no more requests once none has been answered for a while; an answer continues", async () => {
    const { clock, client, peer } = await connected({}, { maxSilenceMs: 250 });
    const submits = (): number => peer.names.filter((name) => name === "SUBMIT_JOB_BG").length;
    const all = ["1"].map((data) => outcome(client.submitBackground(job(data))));
    await clock.advance(250);
    all.push(outcome(client.submitBackground(job("2"))));
    await clock.advance(1);
    all.push(outcome(client.submitBackground(job("3"))));
    await clock.advance(60);
    expect(submits()).toBe(2);
    peer.send({ name: "JOB_CREATED", handle: bytes("H:1") });
    await clock.advance(0);
    expect(submits()).toBe(3);
    peer.send(...[2, 3].map((n) => ({ name: "JOB_CREATED", handle: bytes(`H:${n}`) }) as const));
    expect(await Promise.all(all)).toEqual(["H:1", "H:2", "H:3"]);
  });

  test("with failWhenLost nothing waits for its return", async () => {
    const { clock, client, peer } = await connected({}, { failWhenLost: true, window: 1 });
    const all = ["sent", "unsent"].map((data) => client.submitBackground(job(data)));
    const ends = Promise.allSettled(all);
    await clock.advance(0);
    peer.destroy();
    expect(await ends).toMatchObject([
      { reason: { code: "CONNECTION_LOST", phase: "submitting" } },
      { reason: { code: "CONNECTION_LOST", phase: "connecting" } },
    ]);
    expect(peer.names).toEqual(["SUBMIT_JOB_BG"]);
  });
});

describe("close", () => {
  test("waits for pending answers and refuses new requests", async () => {
    const { clock, client, peer } = await connected();
    const submitted = outcome(client.submitBackground(job()));
    const closed = client.close();
    expect(await outcome(client.submitBackground(job()))).toBe("CLOSED");
    await peer.next("SUBMIT_JOB_BG");
    peer.send({ name: "JOB_CREATED", handle: bytes("H:1") });
    expect(await submitted).toBe("H:1");
    await closed;
    await client.close();
    await peer.closed;
    expect(clock.pending).toBe(0);
    await expect(client.waitConnected()).rejects.toMatchObject({ code: "CLOSED" });
  });

  test("rejects the remaining requests when its limit is reached", async () => {
    const { clock, client } = await connected({}, { closeTimeoutMs: 500 });
    const outcomes = [
      outcome(client.submitBackground(job())),
      outcome(client.getStatus(bytes("H:1")).then(() => ({ handle: bytes("") }))),
    ];
    const closed = client.close();
    await clock.advance(500);
    await closed;
    expect(await Promise.all(outcomes)).toEqual(["CLOSED", "CLOSED"]);
    expect(clock.pending).toBe(0);
  });

  test("without a server, waitConnected and requests reject", async () => {
    const { server, clock } = stage();
    server.mode = "refuse";
    const client = new ClientConnection({
      servers: [first],
      duplex: server.connect,
      clock,
      closeTimeoutMs: 500,
    });
    const waiting = client.waitConnected();
    const submitted = outcome(client.submitBackground(job()));
    const closed = client.close();
    await Promise.all([clock.advance(500), expect(waiting).rejects.toMatchObject({ code: "CLOSED" })]);
    expect(await submitted).toBe("CLOSED");
    await closed;
    expect(clock.pending).toBe(0);
  });

  test("a request made by a listener while closing is refused", async () => {
    const { client } = await connected();
    const during = Promise.withResolvers<string>();
    client.on("disconnect", () => during.resolve(outcome(client.submitBackground(job()))));
    await client.close();
    expect(await during.promise).toBe("CLOSED");
  });
});
