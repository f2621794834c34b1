import { describe, expect, type TestContext, test } from "vitest";
import { ask, heard, hears, say, stand } from "./control-stage.ts";
import { ManualStore } from "./manual-store.ts";
import { message, readable } from "./wire.ts";

describe("move", () => {
  test("jobs keep handle, client and priority, and wait at the end of the other queue", async (context) => {
    const { admin, client, worker, queue, logger } = stand(context);
    await say(worker, "CAN_DO g", "PRE_SLEEP");
    await say(
      client,
      "SUBMIT_JOB f a one",
      "SUBMIT_JOB_HIGH_BG f b two",
      "SUBMIT_JOB_EPOCH f c 99999999999 w",
    );
    await heard(client);
    expect(await ask(admin, "queue move f g")).toBe("OK moved=3 equal=0 not-stored=0 full=0\r\n");
    await hears(worker, "NOOP");
    await say(worker, "GRAB_JOB_UNIQ", "GRAB_JOB_UNIQ", "GRAB_JOB", "WORK_COMPLETE T:1 x");
    await hears(worker, "JOB_ASSIGN_UNIQ T:2 g b two", "JOB_ASSIGN_UNIQ T:1 g a one", "NO_JOB");
    await hears(client, "WORK_COMPLETE T:1 x");
    expect(queue("f")).toMatchObject({ waiting: 0, bytes: 0, moved: 3 });
    expect(queue("g")).toMatchObject({ waiting: 1, running: 1 });
    expect(logger.lines).toContain("warn: -:0 - moved 3 jobs of f to g");
  });

  test("the key of a moved job counts in its new queue only", async (context) => {
    const { admin, client, queue } = stand(context);
    await say(
      client,
      "SUBMIT_JOB_BG f u w",
      "SUBMIT_JOB_BG f - same",
      'SUBMIT_JOB_BG f "" w',
      "SUBMIT_JOB_BG g x w",
    );
    await heard(client);
    await ask(admin, "queue move f g");
    await say(
      client,
      "SUBMIT_JOB_BG g u w",
      "SUBMIT_JOB_BG g - same",
      "SUBMIT_JOB_BG f u w",
      "SUBMIT_JOB_BG f - same",
    );
    expect(await heard(client)).toEqual(
      ["T:1", "T:2", "T:5", "T:6"].map((one) => `RES JOB_CREATED "${one}"`),
    );
    expect(await ask(admin, "queue move f g")).toBe("OK moved=0 equal=2 not-stored=0 full=0\r\n");
    expect([queue("f")?.waiting, queue("g")?.waiting]).toEqual([2, 4]);
  });

  test("a number of them, in the order of assignment; limits of the other queue hold", async (context) => {
    const { admin, client, worker, queue } = stand(context);
    await say(
      client,
      "SUBMIT_JOB_BG f a w",
      "SUBMIT_JOB_BG f b w",
      "SUBMIT_JOB_HIGH_BG f c w",
      "SUBMIT_JOB_BG f d w",
    );
    await say(client, "SUBMIT_JOB_BG g a w");
    expect(await ask(admin, "queue move f g 2")).toBe("OK moved=2 equal=1 not-stored=0 full=0\r\n");
    await ask(admin, "maxqueue g 3");
    expect(await ask(admin, "queue move f g")).toBe("OK moved=0 equal=0 not-stored=0 full=1\r\n");
    await say(worker, "CAN_DO f", "GRAB_JOB", "GRAB_JOB");
    expect(await heard(worker)).toEqual([
      'RES JOB_ASSIGN "T:4\\u0000f\\u0000w"',
      'RES JOB_ASSIGN "T:1\\u0000f\\u0000w"',
    ]);
    expect(queue("g")?.waiting).toBe(3);
    expect(await ask(admin, "queue move f f")).toBe("ERR SAME_QUEUE\r\n");
    expect(await ask(admin, "queue move f none")).toBe("ERR UNKNOWN_QUEUE\r\n");
  });
});

describe("with a store", () => {
  async function stored(context: TestContext) {
    const store = new ManualStore();
    const all = stand(context, { store, listen: "127.0.0.1", port: 0 });
    await all.server.listen();
    const { client } = all;
    for (const one of ["SUBMIT_JOB_BG f a w", "SUBMIT_JOB_BG f b w"]) client.send(message("REQ", one));
    await store.pending(2);
    store.commit();
    await hears(client, "JOB_CREATED T:1", "JOB_CREATED T:2");
    return { store, ...all };
  }

  test("rows of purged and cancelled jobs are removed", async (context) => {
    const { store, admin } = await stored(context);
    await ask(admin, "queue cancel job T:1");
    store.commit();
    expect([...store.rows.keys()]).toEqual(["f/b"]);
    await ask(admin, "queue purge f");
    store.commit();
    expect([...store.rows.keys()]).toEqual([]);
  });

  test("a moved job is stored in its new queue before its old row goes, and assigned after it", async (context) => {
    const { store, admin, worker } = await stored(context);
    await ask(admin, "create function g");
    admin.send(Buffer.from("queue move f g 1\nversion\n"));
    await store.pending(1);
    await say(worker, "CAN_DO g", "GRAB_JOB", "PRE_SLEEP");
    expect(await heard(worker)).toEqual(['RES NO_JOB ""']);
    expect(readable(admin.pending)).toEqual([]);
    store.commit();
    expect([...store.rows.keys()]).toEqual(["f/a", "f/b", "g/a"]);
    expect((await admin.takeThrough("\r\n")).toString()).toBe("OK moved=1 equal=0 not-stored=0 full=0\r\n");
    store.commit();
    expect([...store.rows.keys()]).toEqual(["f/b", "g/a"]);
    await hears(worker, "NOOP");
    await say(worker, "GRAB_JOB", "WORK_COMPLETE T:1 x");
    store.commit();
    expect([...store.rows.keys()]).toEqual(["f/b"]);
  });

  test("a job that cannot be stored in its new queue stays in the old one", async (context) => {
    const { store, admin, worker, queue } = await stored(context);
    await ask(admin, "create function g");
    store.isGood = false;
    admin.send(Buffer.from("queue move f g 1\n"));
    await store.pending(1);
    store.commit();
    expect((await admin.takeThrough("\r\n")).toString()).toBe("OK moved=0 equal=0 not-stored=1 full=0\r\n");
    expect(queue("f")).toMatchObject({ waiting: 2, moved: 0 });
    store.isGood = true;
    store.commit();
    expect([...store.rows.keys()]).toEqual(["f/a", "f/b"]);
    await say(worker, "CAN_DO f", "GRAB_JOB", "GRAB_JOB", "WORK_COMPLETE T:1 x", "WORK_COMPLETE T:2 x");
    store.commit();
    expect(store.rows.size).toBe(0);
  });

  test("the row of a job that took over the key in the old queue stays", async (context) => {
    const { store, admin, client } = await stored(context);
    await ask(admin, "create function g");
    admin.send(Buffer.from("queue move f g 1\n"));
    await store.pending(1);
    client.send(message("REQ", "SUBMIT_JOB_BG f a new"));
    await store.pending(2);
    store.commit();
    await hears(client, "JOB_CREATED T:3");
    store.commit();
    expect([...store.rows.values()].map((row) => `${row.function}/${row.key}=${row.data}`).sort()).toEqual([
      "f/a=new",
      "f/b=w",
      "g/a=w",
    ]);
  });

  test("a job that is cancelled on its way leaves no row", async (context) => {
    const { store, admin, server } = await stored(context);
    await ask(admin, "create function g");
    admin.send(Buffer.from("queue move f g 1\n"));
    await store.pending(1);
    expect(server.control.cancelJob("T:1", "test")).toBe("waiting");
    store.commit();
    store.commit();
    expect([...store.rows.keys()]).toEqual(["f/b"]);
    expect(server.stats().jobs).toBe(1);
  });
});
