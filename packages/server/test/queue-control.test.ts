import { describe, expect, test } from "vitest";
import { ask, heard, hears, say, stand } from "./control-stage.ts";
import { join, tcp } from "./stages.ts";
import { message } from "./wire.ts";

describe("pause and resume", () => {
  test("jobs are accepted and kept, none is given out; resume wakes and gives them in order", async (context) => {
    const { admin, client, worker, queue, logger } = stand(context);
    await say(worker, "CAN_DO f", "CAN_DO g", "PRE_SLEEP");
    await say(admin, "SET_CLIENT_ID me");
    expect(await ask(admin, "queue pause f")).toBe("OK\r\n");
    expect(await ask(admin, "queue pause f")).toBe("OK\r\n");
    await say(client, "SUBMIT_JOB_BG f a w", "SUBMIT_JOB_HIGH_BG f b w");
    expect(await heard(worker)).toEqual([]);
    await say(worker, "GRAB_JOB", "PRE_SLEEP");
    expect(await heard(worker)).toEqual(['RES NO_JOB ""']);
    await say(client, "SUBMIT_JOB_BG g c w");
    await hears(worker, "NOOP");
    await say(worker, "GRAB_JOB", "GRAB_JOB", "PRE_SLEEP");
    await hears(worker, "JOB_ASSIGN T:3 g w", "NO_JOB");
    expect(queue("f")).toMatchObject({ isPaused: true, waiting: 2, running: 0 });
    expect(await ask(admin, "queue resume f")).toBe("OK\r\n");
    await hears(worker, "NOOP");
    await say(worker, "GRAB_JOB", "GRAB_JOB", "GRAB_JOB");
    await hears(worker, "JOB_ASSIGN T:2 f w", "JOB_ASSIGN T:1 f w", "NO_JOB");
    expect(queue("f")).toMatchObject({ isPaused: false, running: 2 });
    expect(logger.lines.filter((line) => line.includes(" me "))).toEqual([
      "warn: -:0 me paused f, 0 jobs wait",
      "warn: -:0 me resumed f, 2 jobs wait",
    ]);
  });

  test("a job of a worker that is lost is kept as well, and running ones may end", async (context) => {
    const { server, client, worker } = stand(context);
    await say(client, "SUBMIT_JOB f a w", "SUBMIT_JOB f b w");
    await say(worker, "CAN_DO f", "GRAB_JOB", "GRAB_JOB");
    expect(server.control.pauseQueue("f", "test")).toBe(true);
    await say(worker, "WORK_COMPLETE T:1 done", "CANT_DO f", "CAN_DO f", "GRAB_JOB", "PRE_SLEEP");
    expect(await heard(client)).toContain('RES WORK_COMPLETE "T:1\\u0000done"');
    expect((await heard(worker)).at(-1)).toBe('RES NO_JOB ""');
    expect(server.stats()).toMatchObject({ jobs: 1, running: 0 });
  });

  test.for(["1.1", "2.0"] as const)("workers with many functions, compat %s", async (compat, context) => {
    const { server, client, worker } = stand(context, { compat });
    for (let n = 0; n < 70; n++) await say(worker, `CAN_DO f${n}`);
    server.control.pauseQueue("f5", "test");
    await say(client, "SUBMIT_JOB_BG f5 a w");
    await say(worker, "GRAB_JOB", "PRE_SLEEP");
    expect(await heard(worker)).toEqual(['RES NO_JOB ""']);
    await say(client, "SUBMIT_JOB_BG f5 b w");
    server.control.resumeQueue("f5", "test");
    await hears(worker, "NOOP");
    await say(worker, "GRAB_JOB", "GRAB_JOB", "GRAB_JOB");
    await hears(worker, "JOB_ASSIGN T:1 f5 w", "JOB_ASSIGN T:2 f5 w", "NO_JOB");
  });

  test("with a limited wake-up, as many workers are woken as jobs wait", async (context) => {
    const { server, client } = stand(context, { workerWakeup: 1 });
    const workers = [join(server), join(server), join(server)];
    for (const one of workers) await say(one, "CAN_DO f", "PRE_SLEEP");
    server.control.pauseQueue("f", "test");
    await say(client, "SUBMIT_JOB_BG f a w", "SUBMIT_JOB_BG f b w");
    server.control.resumeQueue("f", "test");
    const all = await Promise.all(workers.map((one) => heard(one)));
    expect(all).toEqual([['RES NOOP ""'], ['RES NOOP ""'], []]);
  });

  test("the watch says so once, and does not call it stalled", async (context) => {
    const { server, client, worker, queue, pass, logger } = stand(context, { stallSeconds: 10 });
    await say(worker, "CAN_DO f", "PRE_SLEEP");
    await say(client, "SUBMIT_JOB_BG g a w");
    server.control.pauseQueue("f", "test");
    await pass(20);
    await say(client, "SUBMIT_JOB_BG f a w");
    await pass(30);
    const lines = logger.lines.filter((line) => line.includes("Paused:"));
    expect(lines).toEqual([
      "warn: Paused: 1 jobs of f wait for 10 s, none is given to workers before it is resumed",
    ]);
    expect(queue("f")).toMatchObject({ isPaused: true, isStalled: false });
    expect(await heard(worker)).toEqual([]);
    server.control.resumeQueue("f", "test");
    await hears(worker, "NOOP");
    await pass(8);
    expect(queue("f")?.isStalled).toBe(false);
  });

  test("limits of the queue hold: drop-oldest and age", async (context) => {
    const { server, client, queue, pass } = stand(context, {
      queueLimits: [{ functions: "f", count: 2, ageSeconds: 30, policy: "drop-oldest" }],
    });
    await say(client, "SUBMIT_JOB_BG f a w");
    server.control.pauseQueue("f", "test");
    await say(client, "SUBMIT_JOB_BG f b w", "SUBMIT_JOB_BG f c w");
    expect(queue("f")).toMatchObject({ waiting: 2, dropped: { count: 1 } });
    await pass(40);
    expect(queue("f")).toMatchObject({ waiting: 0, dropped: { count: 1, age: 2 } });
  });

  test("a paused function is not forgotten, and an unknown one cannot be paused", async (context) => {
    const { server, admin, pass, queue } = stand(context, { forgetFunctionsMs: 4000 });
    expect(await ask(admin, "queue pause f")).toBe("ERR UNKNOWN_QUEUE\r\n");
    expect(server.control.resumeQueue("f", "test")).toBeUndefined();
    await ask(admin, "create function f");
    await ask(admin, "create function g");
    await ask(admin, "queue pause f");
    await pass(10);
    expect([queue("f")?.isPaused, queue("g")]).toEqual([true, undefined]);
  });
});

describe("purge", () => {
  test("drops what waits or is for later, tells clients, leaves what runs and other queues", async (context) => {
    const { admin, client, worker, queue, server, logger } = stand(context);
    await say(client, "SUBMIT_JOB_HIGH f run w", "SUBMIT_JOB f a w", "SUBMIT_JOB_LOW_BG f b w");
    await say(client, "SUBMIT_JOB_EPOCH f c 99999999999 w", "SUBMIT_JOB_BG g d w");
    await heard(client);
    await say(worker, "CAN_DO f", "GRAB_JOB");
    expect(await ask(admin, "queue purge f")).toBe("OK dropped=3\r\n");
    expect(await heard(client)).toEqual(['RES WORK_FAIL "T:2"']);
    expect(queue("f")).toMatchObject({ waiting: 0, running: 1, dropped: { purge: 3 } });
    expect(server.metrics.totals()).toMatchObject({ jobs: 2, dropped: { purge: 3 } });
    expect(logger.lines).toContain("warn: -:0 - purged f, dropped 3 jobs");
    await say(worker, "WORK_COMPLETE T:1 x", "GRAB_JOB");
    expect((await heard(worker)).at(-1)).toBe('RES NO_JOB ""');
    await say(client, "SUBMIT_JOB f a w"); // joins nothing
    expect(await heard(client)).toEqual(['RES WORK_COMPLETE "T:1\\u0000x"', 'RES JOB_CREATED "T:6"']);
    expect(await ask(admin, "queue purge nothing")).toBe("ERR UNKNOWN_QUEUE\r\n");
  });

  test("of a deep queue: jobs that come meanwhile stay, later requests of the peer wait", async (context) => {
    const { admin, client, queue } = stand(context);
    const many = Array.from({ length: 20_000 }, (_, n) => message("REQ", `SUBMIT_JOB_BG f u${n} w`));
    client.send(Buffer.concat(many));
    await client.sync();
    admin.send(Buffer.from("queue purge f\nqueue purge f\n"));
    client.send(message("REQ", "SUBMIT_JOB_BG f new w"));
    expect((await admin.takeThrough("\r\n")).toString()).toBe("OK dropped=20000\r\n");
    expect((await admin.takeThrough("\r\n")).toString()).toMatch(/^OK dropped=[01]\r\n$/);
    expect(queue("f")?.waiting).toBeLessThanOrEqual(1);
  });

  test("goes on when the peer that asked is gone", async (context) => {
    const { admin, client, queue, logger } = stand(context);
    const many = Array.from({ length: 20_000 }, (_, n) => message("REQ", `SUBMIT_JOB_BG f u${n} w`));
    client.send(Buffer.concat(many));
    await client.sync();
    admin.send(Buffer.from("queue purge f\n"));
    admin.leave();
    await expect.poll(() => queue("f")?.waiting).toBe(0);
    await expect.poll(() => logger.lines).toContain("warn: -:0 - purged f, dropped 20000 jobs");
  });
});

describe("cancel", () => {
  test("a waiting job is gone at once, a running one is forgotten", async (context) => {
    const { admin, client, worker, queue, server } = stand(context);
    await say(client, "SUBMIT_JOB f a w", "SUBMIT_JOB f b w", "SUBMIT_JOB f c w");
    await heard(client);
    await say(worker, "CAN_DO f", "GRAB_JOB");
    expect(await ask(admin, "queue cancel job T:2")).toBe("OK waiting=1 running=0\r\n");
    expect(await ask(admin, "queue cancel job T:2")).toBe("ERR UNKNOWN_JOB\r\n");
    expect(queue("f")).toMatchObject({ waiting: 1, running: 1, dropped: { cancel: 1 } });
    expect(await ask(admin, "queue cancel job T:1")).toBe("OK waiting=0 running=1\r\n");
    expect(await ask(admin, "queue cancel job T:1")).toBe("ERR UNKNOWN_JOB\r\n");
    expect(await heard(client)).toEqual(['RES WORK_FAIL "T:2"', 'RES WORK_FAIL "T:1"']);
    await say(worker, "WORK_COMPLETE T:1 x", "GRAB_JOB");
    expect(await heard(worker)).toEqual([
      'RES JOB_ASSIGN "T:1\\u0000f\\u0000w"',
      'RES JOB_ASSIGN "T:3\\u0000f\\u0000w"',
    ]);
    expect(server.metrics.totals()).toMatchObject({ jobs: 1, dropped: { cancel: 2 } });
  });

  test("by unique key, in one queue or in all", async (context) => {
    const { admin, client, server } = stand(context);
    await say(
      client,
      "SUBMIT_JOB_BG f u w",
      "SUBMIT_JOB_BG g u w",
      "SUBMIT_JOB_BG h u w",
      "SUBMIT_JOB_BG f v w",
    );
    expect(await ask(admin, "queue cancel unique u g")).toBe("OK waiting=1 running=0\r\n");
    expect(await ask(admin, "queue cancel unique u g")).toBe("ERR UNKNOWN_JOB\r\n");
    expect(server.control.cancelUnique("u", "test")).toEqual(["waiting", "waiting"]);
    expect(server.stats().jobs).toBe(1);
  });

  test("a job for later", async (context) => {
    const { client, server, queue } = stand(context);
    await say(client, "SUBMIT_JOB_EPOCH f u 99999999999 w");
    expect(server.control.cancelJob("T:1", "test")).toBe("waiting");
    expect(queue("f")).toMatchObject({ waiting: 0, dropped: { cancel: 1 } });
    expect(server.control.cancelJob("T:1", "test")).toBe("absent");
  });
});

describe("peek and list", () => {
  test("jobs in the order of assignment, then those for later and running ones; names are encoded", async (context) => {
    const { admin, client, worker, pass } = stand(context);
    await say(client, "SUBMIT_JOB_BG a\\sb% run work", "SUBMIT_JOB_BG a\\sb% \\tx\\n four");
    await say(worker, "SET_CLIENT_ID host\\sone", "CAN_DO a\\sb%", "GRAB_JOB");
    await pass(3);
    await say(client, 'SUBMIT_JOB_HIGH a\\sb% "" w', "SUBMIT_JOB_EPOCH a\\sb% e 99999999999 w");
    expect(await ask(admin, "queue peek a%20b%25 9 2")).toBe(
      [
        "T:3\t%\twaiting\thigh\t0\t1\t0\t0\t1\t0\t-\tdw==",
        "T:2\t%09x%0a\twaiting\tnormal\t3\t4\t0\t1\t0\t0\t-\tZm8=",
        "T:4\te\tlater\tnormal\t0\t1\t0\t1\t0\t99999999999\t-\tdw==",
        "T:1\trun\trunning\tnormal\t3\t4\t0\t1\t0\t0\t3%20-%20host%20one\td28=",
        ".\n",
      ].join("\n"),
    );
    expect(await ask(admin, "queue peek a%20b% 1")).toMatch(/^T:3\t[^\n]*\t\n\.\n$/);
    expect(await ask(admin, "queue list")).toBe("a%20b%25\t-\t1\t1\t0\t1\t1\t1\t3\t10\n.\n");
    await ask(admin, "queue pause a%20b%25");
    expect(await ask(admin, "queue list")).toMatch(/^a%20b%25\tpaused\t1\t1\t0\t1\t/);
  });

  test("words that are none", async (context) => {
    const { admin } = stand(context);
    for (const line of [
      "queue",
      "queue x",
      "queue pause",
      "queue pause a b",
      "queue purge",
      "queue move a",
      "queue cancel",
    ])
      expect(await ask(admin, line)).toBe("ERR INVALID_ARGUMENTS\r\n");
    for (const line of ["queue cancel job a b", "queue cancel it a", "queue move a b x"])
      expect(await ask(admin, line)).toBe("ERR INVALID_ARGUMENTS\r\n");
  });
});

test("a way in with rights: all but the list is denied unless admin is allowed", async (context) => {
  const { server, client } = stand(context, {
    ...{ listen: "127.0.0.1", port: 0 },
    listeners: [
      { listen: "127.0.0.1", port: 0, rights: { view: ["f"], submit: ["g"] } },
      { listen: "127.0.0.1", port: 0, rights: { admin: true } },
    ],
  });
  await server.listen();
  await say(client, "SUBMIT_JOB_BG f a w", "SUBMIT_JOB_BG h a w");
  const [, limited, allowed] = await Promise.all(server.addresses().map(({ port }) => tcp(port)));
  if (limited === undefined || allowed === undefined) throw new Error("no listener");
  expect(await ask(limited, "queue list")).toMatch(/^f\t[^\n]*\n\.\n$/);
  for (const line of ["pause f", "resume f", "purge f", "move f h", "cancel job T:1", "PEEK f 1 1"]) {
    limited.send(Buffer.from(`queue ${line}\n`));
    expect((await limited.takeThrough("\r\n")).toString()).toContain("ERR NOT_ALLOWED");
  }
  expect(server.stats()).toMatchObject({ jobs: 2, denied: { admin: 6 } });
  expect(await ask(allowed, "queue purge f")).toBe("OK dropped=1\r\n");
});
