// @module-tag slow
import { randomBytes } from "node:crypto";
import { waitFor } from "@mod-gearman/testkit";
import { afterAll, describe, expect, type TestContext, test } from "vitest";
import { codeOf, type Implementation, Parties } from "./parties.ts";
import { addressOf, type ServerKind, SharedServer } from "./servers.ts";

// one contract for four pairs of client and worker and two job servers; they interact over the network only

const servers: readonly ServerKind[] = ["gearmand", "our job server"];
const pairs: readonly (readonly [Implementation, Implementation])[] = [
  ["ours", "ours"],
  ["abraxas", "abraxas"],
  ["ours", "abraxas"],
  ["abraxas", "ours"],
];
const rows = servers.flatMap((server) => pairs.map(([client, worker]) => ({ server, client, worker })));

/** A NUL at every position of a short text, and every byte value. */
const binary: Buffer[] = [
  ...Array.from({ length: 6 }, (_, at) => Buffer.from("abcdef").fill(0, at, at + 1)),
  Buffer.alloc(1),
  Buffer.alloc(100),
  Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
  Buffer.from("\xc3\x28 \xff\xfe", "latin1"), // no UTF-8
  Buffer.from("\r\n.\n"),
];

describe.for(rows)("client $client, worker $worker, $server", ({ server: kind, client, worker }) => {
  const shared = new SharedServer(kind);
  afterAll(() => shared.stop());
  const parties = async (context: TestContext) =>
    new Parties(context, await shared.address(context), client, worker);

  test("workloads and results are any bytes, also empty", async (context) => {
    const p = await parties(context);
    p.echo();
    for (const data of [...binary, Buffer.alloc(0)]) {
      const result = await p.client.submitForeground({ function: p.queue, data });
      expect(result.data).toEqual(data);
    }
  });

  test("a workload of 1 MiB", async (context) => {
    const p = await parties(context);
    p.echo();
    const data = randomBytes(1024 * 1024);
    const result = await p.client.submitForeground({ function: p.queue, data });
    expect(result.data.equals(data)).toBe(true);
  });

  test("1,000 pipelined jobs: as many handles, each arrives once", async (context) => {
    const p = await parties(context);
    const names = Array.from({ length: 1000 }, (_, n) => String(n));
    const submits = names.map((name) =>
      p.client.submitBackground({ function: p.queue, data: Buffer.from(name) }),
    );
    const handles = new Set((await Promise.all(submits)).map(({ handle }) => handle.toString()));
    expect(handles.size).toBe(1000);
    const { jobs } = p.work((job) => job.complete(), 10);
    await waitFor("an empty queue", async () => (await p.counts()) === "0 0 1");
    expect(jobs.map((job) => job.data.toString()).sort()).toEqual(names.sort());
  });

  test("1,000 foreground jobs at the same time, each with its own result", async (context) => {
    const p = await parties(context);
    p.work((job) => job.complete(Buffer.from(`done ${job.data}`)), 10);
    const results = Array.from({ length: 1000 }, (_, n) =>
      p.client.submitForeground({ function: p.queue, data: Buffer.from(String(n)) }),
    );
    const texts = (await Promise.all(results)).map(({ data }) => data.toString());
    expect(texts).toEqual(Array.from({ length: 1000 }, (_, n) => `done ${n}`));
    expect(p.client.pending).toBe(0);
  });

  test("equal unique keys are one job; its handle is known until the job has ended", async (context) => {
    const p = await parties(context);
    const job = { function: p.queue, data: Buffer.from("x"), unique: Buffer.from("key") };
    const [one, two] = await Promise.all([p.client.submitBackground(job), p.client.submitBackground(job)]);
    expect(one.handle).toEqual(two.handle);
    expect(await p.client.getStatus(one.handle)).toMatchObject({ known: true, running: false });
    const { jobs } = p.work();
    const taken = await p.nth(jobs, 1);
    expect([taken.unique, taken.handle, taken.function]).toEqual([job.unique, one.handle, p.queue]);
    expect(await p.client.getStatus(one.handle)).toMatchObject({ known: true, running: true });
    taken.complete();
    await waitFor("the end", async () => !(await p.client.getStatus(one.handle)).known);
    expect(jobs).toHaveLength(1);
  });

  test("high priority jobs are executed before earlier ones", async (context) => {
    const p = await parties(context);
    for (const priority of ["low", "normal", "high", "low", "high", "normal"] as const)
      await p.client.submitBackground({ function: p.queue, data: Buffer.from(priority), priority });
    const { jobs } = p.work((job) => job.complete());
    await p.nth(jobs, 6);
    const order = jobs.map((job) => job.data.toString());
    expect(order).toEqual(["high", "high", "normal", "normal", "low", "low"]);
  });

  test("priority of foreground jobs", async (context) => {
    const p = await parties(context);
    const { jobs } = p.work();
    const submit = (data: string, priority: "high" | "normal" | "low") =>
      p.client.submitForeground({ function: p.queue, data: Buffer.from(data), priority });
    const first = submit("first", "normal");
    await p.nth(jobs, 1);
    const others = [submit("low", "low"), submit("normal", "normal"), submit("high", "high")];
    await waitFor("all of them", async () => (await p.counts()) === "4 1 1");
    for (let count = 1; count <= 4; count++) (await p.nth(jobs, count)).complete();
    await Promise.all([first, ...others]);
    expect(jobs.map((job) => job.data.toString())).toEqual(["first", "high", "normal", "low"]);
  });

  test("a failed job is reported, and the next one is executed", async (context) => {
    const p = await parties(context);
    p.work((job) => (job.data.length === 0 ? job.fail() : job.complete(job.data)));
    const failed = await codeOf(p.client.submitForeground({ function: p.queue, data: Buffer.alloc(0) }));
    // abraxas warns before it fails a job, and as a client may take the warning for the text of an exception
    const exception = client === "abraxas" && worker === "abraxas" ? ["JOB_EXCEPTION"] : [];
    expect(["JOB_FAILED", ...exception]).toContain(failed);
    const next = await p.client.submitForeground({ function: p.queue, data: Buffer.from("next") });
    expect(next.data.toString()).toBe("next");
  });

  test("parts of the data arrive first, in order, byte for byte", async (context) => {
    const p = await parties(context);
    p.work((job) => {
      for (const part of binary) job.sendData(part);
      job.sendWarning(Buffer.from("careful"));
      job.sendStatus(Buffer.from("50"), Buffer.from("100"));
      job.complete(Buffer.from("end"));
    });
    const { data } = await p.client.submitForeground({ function: p.queue, data: Buffer.alloc(0) });
    expect(data).toEqual(Buffer.concat([...binary, Buffer.from("end")]));
  });

  test("a worker that disappears with a job: the next worker gets it, the client gets the result", async (context) => {
    const p = await parties(context);
    const gone = p.work();
    const result = p.client.submitForeground({ function: p.queue, data: Buffer.from("job") });
    const lost = await p.nth(gone.jobs, 1);
    await gone.worker.close();
    lost.complete(Buffer.from("too late"));
    p.echo();
    expect((await result).data.toString()).toBe("job");
  });

  test("no worker: TIMEOUT, and the client continues", async (context) => {
    const p = await parties(context);
    const waits = p.client.submitForeground({ function: p.queue, data: Buffer.from("1"), timeoutMs: 100 });
    expect(await codeOf(waits)).toBe("TIMEOUT");
    p.echo();
    const next = await p.client.submitForeground({ function: p.queue, data: Buffer.from("2") });
    expect(next.data.toString()).toBe("2");
  });

  test("jobs that cannot be sent are refused", async (context) => {
    const p = await parties(context);
    const data = Buffer.alloc(0);
    for (const job of [
      { function: Buffer.alloc(0), data },
      { function: Buffer.from("a\0b"), data },
      { function: p.queue, data, unique: Buffer.alloc(64, "u") },
    ]) {
      expect(await codeOf(p.client.submitBackground(job))).toBe("BAD_ARGUMENT");
      expect(await codeOf(p.client.submitForeground(job))).toBe("BAD_ARGUMENT");
    }
  });

  test("close rejects pending calls", async (context) => {
    const p = await parties(context);
    const waits = codeOf(p.client.submitForeground({ function: p.queue, data: Buffer.from("x") }));
    await p.client.waitConnected();
    await p.client.close();
    expect(await waits).toBe("CLOSED");
    expect(await codeOf(p.client.submitBackground({ function: p.queue, data: Buffer.from("x") }))).toBe(
      "CLOSED",
    );
  });

  test("the server is killed and restarted: pending calls reject, later ones succeed", async (context) => {
    const own = new SharedServer(kind);
    context.onTestFinished(() => own.stop());
    const server = await own.server(context);
    const p = new Parties(context, addressOf(server), client, worker);
    const { jobs } = p.work((job) => {
      if (job.data.toString() !== "wait") job.complete(job.data);
    }, 2);
    const lost = codeOf(p.client.submitForeground({ function: p.queue, data: Buffer.from("wait") }));
    const held = await p.nth(jobs, 1);
    await server.kill();
    expect(await lost).toBe("CONNECTION_LOST");
    await waitFor("the worker's notice", () => held.connectionLost);
    const during = p.client.submitForeground({ function: p.queue, data: Buffer.from("during") });
    await server.start();
    held.complete(); // not sent, but frees capacity
    expect((await during).data.toString()).toBe("during");
    const after = await p.client.submitForeground({ function: p.queue, data: Buffer.from("after") });
    expect(after.data.toString()).toBe("after");
  });
});
