import { nullLogger } from "@mod-gearman/base";
import { ClientError, Liveness } from "@mod-gearman/client";
import { FakeJobServer, ManualClock, settle } from "@mod-gearman/testkit";
import { describe, expect, onTestFinished, test } from "vitest";

import { ServerPool, type ServerPoolOptions } from "../src/server-pool.ts";

const a = { host: "a", port: 1 };
const b = { host: "b", port: 2 };

/** Two servers that take jobs, unless they hang. */
async function setup(over: Partial<ServerPoolOptions> = {}) {
  const clock = new ManualClock();
  const hung = new Set<string>();
  const taken: string[] = [];
  const seen: string[] = [];
  const serverOf = (name: string): FakeJobServer =>
    new FakeJobServer({
      onPacket: (packet, peer) => {
        if (hung.has(name)) return;
        if (packet.name === "ECHO_REQ") peer.send({ ...packet, name: "ECHO_RES" });
        if (packet.name !== "SUBMIT_JOB_BG") return;
        taken.push(`${packet.data}@${name}`);
        peer.send({ name: "JOB_CREATED", handle: Buffer.from(`H:${taken.length}`) });
      },
    });
  const servers: Record<string, FakeJobServer> = { a: serverOf("a"), b: serverOf("b") };
  const pool = new ServerPool({
    servers: [a, b],
    spread: false,
    clock,
    logger: nullLogger,
    liveness: new Liveness({ clock }),
    timeoutMs: 5000,
    maxQueued: 100,
    duplex: (address) => servers[address.host]?.connect(address) ?? Promise.reject(new Error("no host")),
    onReachable: (isReachable) => seen.push(isReachable ? "reachable" : "unreachable"),
    onAway: ({ host }) => seen.push(`away ${host}`),
    onBack: ({ host }) => seen.push(`back ${host}`),
    ...over,
  });
  onTestFinished(async () => {
    const closed = pool.close();
    await clock.advance(6000);
    await closed;
  });
  await settle();
  const submit = (data: string, queue = "q"): Promise<string> =>
    pool.submitBackground({ function: Buffer.from(queue), data: Buffer.from(data) }).then(
      ({ server }) => server.host,
      (error: ClientError) => error.code,
    );
  const kill = (name: string): void => {
    const server = servers[name];
    if (server === undefined) return;
    server.mode = "refuse";
    for (const peer of server.connections) peer.destroy();
  };
  const revive = (name: string): void => {
    const server = servers[name];
    if (server !== undefined) server.mode = "accept";
  };
  return { clock, hung, taken, seen, pool, submit, kill, revive };
}

test("the first server gets the jobs", async () => {
  const { seen, submit } = await setup();
  expect(await Promise.all([submit("1"), submit("2")])).toEqual(["a", "a"]);
  expect(seen).toEqual(["reachable"]);
});

describe("one of two servers", () => {
  test("dies: the other one has the jobs at once, and the core does not learn of it", async () => {
    const { clock, seen, submit, kill } = await setup();
    kill("a");
    await settle();
    expect(await submit("1")).toBe("b");
    await clock.advance(60_000);
    expect(seen).toEqual(["reachable", "away a"]);
  });

  test("hangs: what it has not answered is given back within three seconds, few jobs were sent to it", async () => {
    const { clock, hung, taken, seen, pool, submit } = await setup();
    hung.add("a");
    const ends: Promise<string>[] = [];
    for (let number = 0; number < 30; number++) {
      ends.push(submit(`${number}`));
      await clock.advance(100);
    }
    const codes = await Promise.all(ends);
    expect(new Set(codes)).toEqual(new Set(["CONNECTION_LOST", "b"]));
    expect(seen).toEqual(["reachable", "away a"]);
    expect(pool.isReplaced(a)).toBe(true);
    hung.clear();
    await clock.advance(5000);
    expect(seen).toEqual(["reachable", "away a", "back a"]);
    expect(taken.filter((job) => job.endsWith("@a"))).toEqual([]);
  });

  test("comes back: it gets jobs again when workers had time to come back too", async () => {
    const { clock, seen, submit, kill, revive } = await setup();
    kill("a");
    await clock.advance(10_000);
    revive("a");
    await clock.advance(4000);
    expect(seen.at(-1)).toBe("back a");
    expect(await submit("1")).toBe("b");
    await clock.advance(10_000);
    expect(await submit("2")).toBe("a");
  });

  test("comes back while the other one dies: it gets the jobs at once", async () => {
    const { clock, submit, kill, revive } = await setup();
    kill("a");
    await clock.advance(10_000);
    revive("a");
    await clock.advance(4000);
    kill("b");
    await settle();
    expect(await submit("1")).toBe("a");
  });
});

describe("no server left", () => {
  test("refused by all: unreachable, and jobs are refused until one is back", async () => {
    const { clock, seen, pool, submit, kill, revive } = await setup();
    kill("a");
    kill("b");
    await clock.advance(200);
    expect(seen).toEqual(["reachable", "away a", "away b", "unreachable"]);
    expect(await submit("1")).toBe("CONNECT_FAILED");
    let retried = false;
    void pool.whenToRetry(new ClientError("CONNECT_FAILED", "no")).then(() => {
      retried = true;
    });
    await clock.advance(900);
    expect(retried).toBe(false);
    revive("b");
    await clock.advance(5000);
    expect(seen.slice(4)).toEqual(["back b", "reachable"]);
    expect(await submit("2")).toBe("b");
  });

  test("a moment's interruption is not reported", async () => {
    const { clock, seen, kill, revive } = await setup();
    kill("b");
    await clock.advance(60_000);
    kill("a");
    revive("a");
    await clock.advance(3000);
    expect(seen).toEqual(["reachable", "away b", "away a", "back a"]);
  });

  test("all hang: unreachable a second after they are given up", async () => {
    const { clock, hung, seen } = await setup();
    hung.add("a").add("b");
    await clock.advance(3900);
    expect(seen.toSorted()).toEqual(["away a", "away b", "reachable", "unreachable"]);
  });
});

test("gearman_connection_timeout: a submit that is not answered in that time is given back, before an echo request is", async () => {
  const quick = await setup({ timeoutMs: 1000 });
  const slow = await setup();
  const answers: string[] = [];
  for (const [name, { clock, hung, submit }] of Object.entries({ quick, slow })) {
    hung.add("a");
    void submit("job").then((code) => answers.push(`${name}: ${code}`));
    await clock.advance(1100);
  }
  expect(answers).toEqual(["quick: TIMEOUT"]);
});

test("a job that another server can have is repeated at once", async () => {
  const { pool, kill } = await setup();
  kill("a");
  await settle();
  await pool.whenToRetry(new ClientError("CONNECTION_LOST", "lost"));
  expect(pool.isReplaced(a)).toBe(true);
  expect(pool.isReplaced(b)).toBe(false);
  expect(pool.isReplaced({ host: "other", port: 1 })).toBe(false);
});

test("spread: queues have servers of their own, move while that is away, and come back", async () => {
  const { clock, submit, kill, revive } = await setup({ spread: true });
  const queues = Array.from({ length: 40 }, (_, number) => `hostgroup_${number}`);
  const place = () => Promise.all(queues.map((queue) => submit("x", queue)));
  const before = await place();
  const onA = before.filter((host) => host === "a").length;
  expect(onA).toBeGreaterThan(8);
  expect(onA).toBeLessThan(32);
  kill("b");
  await settle();
  expect(new Set(await place())).toEqual(new Set(["a"]));
  revive("b");
  await clock.advance(20_000);
  expect(await place()).toEqual(before);
});
