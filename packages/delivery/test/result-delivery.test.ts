import { type BackgroundJob, randomUnique } from "@mod-gearman/client";
import { FakeJobServer, type FakeScript, ManualClock, settle } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { encodeJobRecord } from "../src/job-record.ts";
import { ResultDelivery, type ResultDeliveryOptions } from "../src/result-delivery.ts";
import { accepting, byHost, first, job, second } from "./fixtures.ts";
import { MemoryStore } from "./memory-store.ts";

interface Setup extends Partial<ResultDeliveryOptions> {
  readonly scripts?: Record<string, FakeScript>;
  readonly refusing?: readonly string[];
}

function setUp({ scripts = { first: accepting() }, refusing = [], ...options }: Setup = {}) {
  const clock = new ManualClock();
  const servers = Object.fromEntries(
    Object.entries(scripts).map(([host, script]) => [host, new FakeJobServer(script)]),
  );
  for (const host of refusing) if (servers[host] !== undefined) servers[host].mode = "refuse";
  const problems: string[] = [];
  const delivery = new ResultDelivery({
    servers: [first],
    dupservers: [],
    duplex: byHost(servers),
    clock,
    onProblem: (text) => problems.push(text),
    ...options,
  });
  const taken = (host: string): string[] =>
    (servers[host]?.connections ?? []).flatMap(({ received }) =>
      received.map((packet) => ("data" in packet ? packet.data.toString() : packet.name)),
    );
  return { clock, servers, delivery, problems, taken };
}

const FAILED = /^sending job to gearmand failed: GEARMAN_COULD_NOT_CONNECT /;
const nothing = { sent: 0, kept: 0, failed: 0, sentEarlier: 0, copiesFailed: 0 };

function add(delivery: ResultDelivery, ...texts: string[]): void {
  for (const text of texts) delivery.add(job(text));
}

describe("without store", () => {
  test("all jobs are sent", async () => {
    const { delivery, taken } = setUp();
    add(delivery, "a", "b");
    expect(await delivery.finish()).toEqual({ ...nothing, sent: 2 });
    expect(taken("first")).toEqual(["a", "b"]);
  });

  test("no server: all jobs fail, reported once; later jobs fail too", async () => {
    const { delivery, problems } = setUp({ refusing: ["first"] });
    add(delivery, "a", "b");
    await delivery.givenUp;
    expect(delivery.hasRoom).toBe(true); // nothing pending
    add(delivery, "c");
    expect(await delivery.finish()).toEqual({ ...nothing, failed: 3 });
    expect(problems).toEqual([expect.stringMatching(FAILED)]);
  });
});

describe("copies", () => {
  const third = { host: "third", port: 4732 };

  test("every dup server gets a copy of each job that a server accepted", async () => {
    const scripts = { first: accepting(), second: accepting(), third: accepting() };
    const { delivery, taken } = setUp({ scripts, dupservers: [second, third] });
    add(delivery, "a", "b");
    expect(await delivery.finish()).toEqual({ ...nothing, sent: 2 });
    expect([taken("second"), taken("third")]).toEqual([
      ["a", "b"],
      ["a", "b"],
    ]);
  });

  test("an unreachable dup server is reported and counted, and has no other effect", async () => {
    const scripts = { first: accepting(), second: accepting(), third: accepting() };
    const { delivery, taken, problems } = setUp({
      scripts,
      dupservers: [second, third],
      refusing: ["second"],
    });
    add(delivery, "a", "b");
    expect(await delivery.finish()).toEqual({ ...nothing, sent: 2, copiesFailed: 2 });
    expect(taken("third")).toEqual(["a", "b"]);
    expect(problems).toEqual([expect.stringMatching(FAILED)]);
  });

  test("a dup server without answers delays the end only by the timeout of copies", async () => {
    const scripts = { first: accepting(), second: {} };
    const { delivery, clock } = setUp({
      scripts,
      dupservers: [second],
      submitTimeoutMs: Number.POSITIVE_INFINITY,
      copyTimeoutMs: 5000,
    });
    add(delivery, "a");
    const finished = delivery.finish();
    await clock.advance(5000);
    expect(await finished).toEqual({ ...nothing, sent: 1, copiesFailed: 1 });
  });

  test("without an accepted job there is no copy and no connection to a dup server", async () => {
    const scripts = { first: accepting(), second: accepting() };
    const { delivery, servers } = setUp({ scripts, dupservers: [second], refusing: ["first"] });
    add(delivery, "a");
    expect(await delivery.finish()).toEqual({ ...nothing, failed: 1 });
    expect(servers.second?.attempts).toEqual([]);
  });
});

describe("with a store", () => {
  const filled = (...texts: string[]): MemoryStore => {
    const store = new MemoryStore();
    for (const text of texts)
      store.keep(encodeJobRecord({ ...job(text), unique: randomUnique(), origin: "" }));
    return store;
  };

  test("with a server the store is not opened", async () => {
    const store = new MemoryStore();
    const { delivery } = setUp({ store });
    add(delivery, "a");
    expect(await delivery.finish()).toEqual({ ...nothing, sent: 1 });
    expect(store.opened).toBe(0);
  });

  test("without a server jobs are appended to the store in order; the store is unlocked afterwards", async () => {
    const store = filled("old");
    const { delivery, problems } = setUp({ store, refusing: ["first"] });
    add(delivery, "a", "b");
    expect(await delivery.finish()).toEqual({ ...nothing, kept: 2 });
    expect(store.texts).toEqual(["old", "a", "b"]);
    expect(store.locked).toBe(false);
    expect(problems).toEqual([expect.stringMatching(FAILED)]);
  });

  test("stored jobs are sent first and removed from the store as they are accepted", async () => {
    const store = filled(...Array.from({ length: 600 }, (_, at) => `old ${at}`));
    const { delivery, taken } = setUp({ store });
    add(delivery, "new");
    expect(delivery.hasRoom).toBe(false);
    expect(await delivery.finish()).toEqual({ ...nothing, sent: 1, sentEarlier: 600 });
    expect(taken("first")).toEqual([...Array.from({ length: 600 }, (_, at) => `old ${at}`), "new"]);
    expect(store.records).toEqual([]);
    expect(store.locked).toBe(false);
  });

  test("the connection ends among stored jobs: the rest stays, new ones are appended", async () => {
    const store = filled("old 1", "old 2", "old 3");
    let count = 0;
    const script: FakeScript = {
      onPacket: (_, connection) => {
        if (++count > 2) return;
        connection.send({ name: "JOB_CREATED", handle: Buffer.from("H:1") });
        if (count === 2) connection.end();
      },
    };
    const { delivery, servers } = setUp({ store, scripts: { first: script } });
    void servers.first?.connection().then(() => {
      if (servers.first !== undefined) servers.first.mode = "refuse";
    });
    add(delivery, "new");
    expect(await delivery.finish()).toEqual({ ...nothing, kept: 1, sentEarlier: 2 });
    expect(store.texts).toEqual(["old 3", "new"]);
  });

  test("the queue of a job is stored with it", async () => {
    const store = new MemoryStore();
    const other: BackgroundJob = { function: Buffer.from("other_queue"), data: Buffer.from("\0any\0bytes") };
    const away = setUp({ store, refusing: ["first"] });
    away.delivery.add(other);
    await away.delivery.finish();
    const back = setUp({ store });
    expect(await back.delivery.finish()).toEqual({ ...nothing, sentEarlier: 1 });
    expect(back.servers.first?.connections[0]?.received[0]).toMatchObject(other);
  });

  test("records of earlier releases, function, NUL and workload, are sent too", async () => {
    const store = new MemoryStore();
    store.keep(Buffer.from("other_queue\0any\0bytes"));
    const { delivery, servers } = setUp({ store });
    expect(await delivery.finish()).toEqual({ ...nothing, sentEarlier: 1 });
    expect(servers.first?.connections[0]?.received[0]).toMatchObject({
      function: Buffer.from("other_queue"),
      unique: expect.objectContaining({ length: 36 }),
      data: Buffer.from("any\0bytes"),
    });
  });

  test("a job is resent with the same unique key, over another connection or from the store", async () => {
    const store = new MemoryStore();
    const silent: FakeScript = { onPacket: (_, connection) => connection.destroy() }; // the answer is lost
    const away = setUp({ store, scripts: { first: silent } });
    add(away.delivery, "a");
    expect(await away.delivery.finish()).toEqual({ ...nothing, kept: 1 });
    const back = setUp({ store });
    await back.delivery.finish();
    const sent = [...(away.servers.first?.connections ?? []), ...(back.servers.first?.connections ?? [])];
    const uniques = sent.flatMap(({ received }) =>
      received.map((packet) => ("unique" in packet ? packet.unique.toString() : packet.name)),
    );
    expect(uniques).toHaveLength(3);
    expect(uniques[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Set(uniques).size).toBe(1);
  });

  describe("with earlier records, and no server at first", () => {
    const away = (store: MemoryStore) => setUp({ store, refusing: ["first"] });

    test("added jobs are appended at once and use no memory", async () => {
      const store = filled("old");
      const { delivery, problems } = away(store);
      add(delivery, "a");
      await delivery.whenRoom();
      expect([store.texts, delivery.hasRoom]).toEqual([["old", "a"], true]);
      add(delivery, "b");
      expect(store.texts).toEqual(["old", "a", "b"]); // stored, should the process be killed now
      expect(problems).toEqual([expect.stringMatching(FAILED)]);
      expect(await delivery.finish()).toEqual({ ...nothing, kept: 2 });
    });

    test("a server that becomes reachable during the input is noticed, and all is sent in order", async () => {
      const store = filled("old");
      const { delivery, servers, clock, taken } = away(store);
      add(delivery, "a");
      await delivery.whenRoom();
      if (servers.first !== undefined) servers.first.mode = "accept";
      await clock.advance(10_000);
      add(delivery, "b");
      await settle();
      expect(taken("first")).toEqual(["old", "a", "b"]);
      add(delivery, "c");
      expect(await delivery.finish()).toEqual({ ...nothing, sent: 3, sentEarlier: 1 });
      expect([taken("first"), store.records]).toEqual([["old", "a", "b", "c"], []]);
    });

    test("if the store is unusable too, added jobs fail and are reported at once", async () => {
      const store = filled("old");
      store.open = () => Promise.reject(new Error("bad disk"));
      const { delivery, problems } = away(store);
      add(delivery, "a");
      await delivery.givenUp;
      add(delivery, "b");
      expect(await delivery.finish()).toEqual({ ...nothing, failed: 2 });
      expect(problems).toEqual([expect.stringMatching(FAILED), "cannot use the spool: bad disk"]);
    });
  });

  test("a full store: counted, and reported once", async () => {
    const store = new MemoryStore();
    store.room = 1;
    const { delivery, problems } = setUp({ store, refusing: ["first"] });
    add(delivery, "a", "b", "c");
    expect(await delivery.finish()).toEqual({ ...nothing, kept: 1, failed: 2 });
    expect(problems).toEqual([expect.stringMatching(FAILED), "a result could not be kept in the spool"]);
  });

  test("a record that cannot be decoded is dropped and reported", async () => {
    const store = filled("old");
    store.keep(Buffer.from("no NUL in it"));
    store.keep(Buffer.from("\0no queue"));
    store.keep(Buffer.from("\x01\0\x07cut"));
    const { delivery, problems } = setUp({ store });
    expect(await delivery.finish()).toEqual({ ...nothing, sentEarlier: 1 });
    expect(store.records).toEqual([]);
    expect(problems).toHaveLength(3);
  });

  describe("in use by another process", () => {
    test("the store is waited for", async () => {
      const store = filled("old");
      store.locked = true;
      const { delivery, clock, taken } = setUp({ store });
      add(delivery, "new");
      const finished = delivery.finish();
      await clock.advance(5000);
      expect(taken("first")).toEqual([]);
      store.locked = false;
      await clock.advance(100);
      expect(await finished).toEqual({ ...nothing, sent: 1, sentEarlier: 1 });
    });

    test("longer than the limit, with a server: new jobs are sent, the others stay", async () => {
      const store = filled("old");
      store.locked = true;
      const { delivery, clock, problems } = setUp({ store });
      add(delivery, "new");
      const finished = delivery.finish();
      await clock.advance(11_000);
      expect(await finished).toEqual({ ...nothing, sent: 1 });
      expect(store.texts).toEqual(["old"]);
      expect(problems).toEqual(["cannot use the spool: in use"]);
    });

    test("longer than the limit, without a server: jobs fail", async () => {
      const store = new MemoryStore();
      store.locked = true;
      const { delivery, clock, problems } = setUp({ store, refusing: ["first"] });
      add(delivery, "a");
      const finished = delivery.finish();
      await clock.advance(11_000);
      expect(await finished).toEqual({ ...nothing, failed: 1 });
      expect(problems.at(-1)).toBe("cannot use the spool: in use");
    });
  });

  test("during a long run the servers are tried again, then delivery continues in order", async () => {
    const store = new MemoryStore();
    const { delivery, servers, clock, taken } = setUp({ store, refusing: ["first"] });
    add(delivery, "a");
    await settle();
    await delivery.whenRoom();
    add(delivery, "b");
    expect(delivery.hasRoom).toBe(true);
    if (servers.first !== undefined) servers.first.mode = "accept";
    await clock.advance(9_999);
    add(delivery, "c");
    await settle();
    expect(taken("first")).toEqual([]);
    await clock.advance(1);
    add(delivery, "d");
    await settle();
    add(delivery, "e");
    const counts = await delivery.finish();
    expect(taken("first")).toEqual(["a", "b", "c", "d", "e"]);
    expect(counts).toEqual({ ...nothing, sent: 5 });
    expect(store.records).toEqual([]);
    void delivery.close();
  });
});
