// @module-tag slow
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, tmpFolder, waitFor } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { MiniJobServer } from "./mini-job-server.ts";
import { BUILT, WorkerProcess } from "./worker-process.ts";
import { KEY, openResult, serviceJob } from "./worker-world.ts";

/** The built program, restarted as by a service manager, with one job server. */
class Service {
  readonly server = new MiniJobServer("A");
  readonly folder: string;
  readonly #context: TestContext;
  #args: readonly string[] = [];
  worker!: WorkerProcess;

  constructor(context: TestContext) {
    this.#context = context;
    this.folder = tmpFolder(context);
  }

  async listen(...more: string[]): Promise<this> {
    const { port } = await this.server.fake.listen();
    this.#context.onTestFinished(() => this.server.fake.close());
    this.#args = [
      ...[`--server=127.0.0.1:${port}`, "--services=yes", `--key=${KEY}`, "--identifier=w1", "--debug=1"],
      ...["--load_cpu_multi=0", "--mem_limit=0", "--min-worker=3", "--max-worker=3"],
      ...[`--result_spool=${join(this.folder, "spool")}`, ...more],
    ];
    return this;
  }

  start(): WorkerProcess {
    this.worker = new WorkerProcess(this.#context, this.#args, process.env, BUILT);
    return this.worker;
  }

  /** A plugin in sh. */
  plugin(name: string, body: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    return path;
  }

  put(name: string, command: string): void {
    this.server.put("service", serviceJob(command, { service_description: name, core_time: "" }));
  }

  /** Name, return code and output of each result, in the order of their arrival. */
  get results(): [string, number, string][] {
    return this.server.submitted.map(({ data }) => {
      const { serviceDescription, returnCode, output } = openResult(data);
      return [`${serviceDescription}`, returnCode, output.toString()];
    });
  }

  get journals(): string[] {
    return readdirSync(join(this.folder, "jobs-w1"));
  }
}

const LONG_MS = 60_000;
/** Prints that it runs and waits, as a check of a slow host does, until the file beside it exists. */
const WAITS = 'touch "$0.runs"; until [ -e "$0.go" ]; do sleep 0.1; done; echo "OK - waited"';
const allRun = (...plugins: string[]) =>
  waitFor("the plugins to run", () => plugins.every((path) => existsSync(`${path}.runs`)), LONG_MS);

describe.for([
  ["SIGKILL by a plugin, as by the kernel without memory", "kill -9 $PPID; sleep 60", "SIGKILL"],
  ["a crash of the native part", "kill -SEGV $PPID; sleep 60", "SIGSEGV"],
] as const)("the built worker: %s", ([, body, signal]) => {
  test("two innocent jobs beside it are answered normally, the bad one UNKNOWN at the third start", async (context) => {
    const service = await new Service(context).listen();
    const first = service.start();
    const runs = join(service.folder, "runs");
    const bad = service.plugin("bad", `echo x >> ${runs}; ${body}`);
    const one = service.plugin("one", WAITS);
    const two = service.plugin("two", WAITS);
    service.put("one", one);
    service.put("two", two);
    await allRun(one, two);
    service.put("bad", bad);
    expect(await first.ended).toBe(signal);
    expect(service.results).toEqual([]);

    for (const path of [one, two]) writeFileSync(`${path}.go`, "");
    const second = service.start();
    expect(await second.ended).toBe(signal);
    expect(second.log).toContain("if they come again, 3 will run alone and 0 will not run");

    const third = service.start();
    await waitFor("three results", () => service.results.length === 3, LONG_MS);
    expect(third.log).toContain("and 1 will not run");
    expect(service.results.sort()).toEqual([
      [
        "bad",
        3,
        "UNKNOWN: the worker died twice while this check ran, the second time with nothing else running: it is not run again (worker: w1)",
      ],
      ["one", 0, "OK - waited"],
      ["two", 0, "OK - waited"],
    ]);
    expect(readFileSync(runs, "latin1")).toBe("x\nx\n");
    expect(service.journals).toHaveLength(1);
    third.signal("SIGTERM");
    expect(await third.ended).toBe(0);
    expect(service.journals).toEqual([]);
  });
});

test("the built worker: after an administrator's kill -9 the jobs only run alone once", async (context) => {
  const service = await new Service(context).listen();
  const first = service.start();
  const plugins = ["one", "two", "three"].map((name) => [name, service.plugin(name, WAITS)] as const);
  for (const [name, path] of plugins) service.put(name, path);
  await allRun(...plugins.map(([, path]) => path));
  first.signal("SIGKILL");
  await first.ended;
  for (const [, path] of plugins) writeFileSync(`${path}.go`, "");
  service.start();
  await waitFor("three results", () => service.results.length === 3, LONG_MS);
  expect(new Set(service.results.map(([, returnCode]) => returnCode))).toEqual(new Set([0]));
});

test("the built worker: an unwritable folder is a warning, and jobs run", async (context) => {
  const service = new Service(context);
  writeFileSync(join(service.folder, "jobs-w1"), "not a folder");
  await service.listen();
  service.start();
  service.put("one", service.plugin("one", "echo fine"));
  await waitFor("the result", () => service.results.length === 1, LONG_MS);
  expect(service.results).toEqual([["one", 0, "fine"]]);
  expect(service.worker.log).toContain("no journal of jobs in hand");
});
