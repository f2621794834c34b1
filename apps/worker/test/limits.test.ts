import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRunner } from "@mod-gearman/runner";
import { settle, tmpFolder, waitFor } from "@mod-gearman/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { type CgroupFiles, nodeCgroupFiles } from "../src/cgroup-files.ts";
import { cgroupProc, FakeCgroups, UNIT } from "./fake-cgroups.ts";
import { FakeRunner } from "./fake-runner.ts";
import { openResult, serviceJob, startWorker, WorkerWorld } from "./worker-world.ts";

const LIMITS = ["--limit_cpu_seconds=7", "--limit_memory=100M", "--limit_open_files=64", "--run_as=nobody"];

describe("limits of plugins", () => {
  test("are passed with every run", async () => {
    const { servers, runner } = await startWorker(...LIMITS);
    servers.a.put("service", serviceJob("/x"));
    await settle();
    expect(runner.runs[0]?.request.limits).toEqual({
      cpuSeconds: 7,
      memoryBytes: 100 * 1024 * 1024,
      openFiles: 64,
      runAs: { uid: 65_534, gid: 65_533, groups: [65_532] },
    });
  });

  test("file-option-under-run_as: a built-in check runs as the program of that name", async () => {
    const { servers, runner } = await startWorker("--run_as=nobody");
    const command = "/usr/lib/nagios/plugins/check_nsc_web -config /etc/shadow -u http://127.0.0.1:9/ -p x";
    servers.a.put("service", serviceJob(command));
    await settle();
    expect(runner.runs.map(({ request }) => request.plan)).toMatchObject([{ kind: "exec" }]);
    expect(runner.runs[0]?.request.limits?.runAs?.uid).toBe(65_534);
    runner.runs[0]?.end({ error: { errno: "ENOENT", text: "no such file" } });
    await settle();
    const { returnCode, output } = openResult(servers.a.submitted[0]?.data ?? Buffer.alloc(0));
    expect([returnCode, output.toString().slice(0, 47)]).toEqual([
      3,
      "UNKNOWN: Return code of 127 is out of bounds. M",
    ]);
  });

  test("none by default; a reload changes them for the next job", async () => {
    const world = await startWorker("--min-worker=2");
    world.servers.a.put("service", serviceJob("/x"));
    await settle();
    world.args = [...world.args, "--limit_open_files=64"];
    await world.signal("SIGHUP");
    world.servers.a.put("service", serviceJob("/y"));
    await settle();
    expect(world.runner.runs.map((run) => run.request.limits)).toEqual([undefined, { openFiles: 64 }]);
  });

  test("a runner without limits: neither start nor reload succeeds", async () => {
    const text =
      "limit_cpu_seconds, limit_memory, limit_open_files and run_as need the native spawner: no prebuilt file";
    const refused = new WorkerWorld("--limit_open_files=64");
    refused.realRunner = new FakeRunner("node", "no prebuilt file");
    await expect(refused.start().then((world) => world.ended)).rejects.toThrow(text);

    const world = new WorkerWorld();
    onTestFinished(() => world.end());
    world.realRunner = new FakeRunner("node", "no prebuilt file");
    await world.start();
    world.args = [...world.args, "--limit_open_files=64"];
    await world.signal("SIGHUP");
    expect(world.logger.lines).toContain(`error: cannot reload configuration: ${text}`);
  });
});

describe("limit_memory with a cgroup v2", () => {
  /** A worker with a delegated cgroup. */
  function delegated(...args: string[]) {
    const world = new WorkerWorld(...args);
    onTestFinished(() => world.end());
    Object.assign(world.machine.files, cgroupProc());
    const files = new FakeCgroups();
    world.cgroups = files;
    return { world, files, limits: () => world.runner.runs.map((run) => run.request.limits) };
  }

  test("each plugin has its own; all are removed at the end", async () => {
    const { world, files, limits } = delegated("--limit_memory=100M", "--limit_cpu_seconds=7");
    await world.start();
    world.servers.a.put("service", serviceJob("/x"));
    await settle();
    expect(limits()).toEqual([{ cpuSeconds: 7, cgroup: `${UNIT}/check-1` }]);
    expect(files.textOf(`${UNIT}/check-1/memory.max`)).toBe(`${100 * 1024 * 1024}`);
    await world.signal("SIGUSR1");
    expect(world.logger.lines).toContain("error: cgroups: 1 in use, 0 idle, 0 plugins without");
    world.runner.runs[0]?.end({ exitCode: 0 });
    await settle();
    await world.end();
    expect(world.exitCode).toBe(0);
    expect([files.names, files.whereIs("self")]).toEqual([[], UNIT]);
  });

  test("without the option nothing is changed; a reload turns it on, another one changes the limit", async () => {
    const { world, files, limits } = delegated("--min-worker=3");
    await world.start();
    const run = async (name: string, ...args: string[]) => {
      world.args = [...world.args, ...args];
      if (args.length > 0) await world.signal("SIGHUP");
      world.servers.a.put("service", serviceJob(name));
      await settle();
    };
    await run("/x");
    expect(files.names).toEqual([]);
    await run("/y", "--limit_memory=2M");
    await run("/z", "--limit_memory=3M");
    expect(limits()).toEqual([undefined, { cgroup: `${UNIT}/check-1` }, { cgroup: `${UNIT}/check-2` }]);
    const bytes = ["check-1", "check-2"].map((name) => files.textOf(`${UNIT}/${name}/memory.max`));
    expect(bytes).toEqual(["2097152", "3145728"]);
  });

  test("real plugins join the folder in place of a smaller address space", async (context) => {
    const realRunner = createRunner();
    context.onTestFinished(() => realRunner.close());
    if (realRunner.spawner === "node") return context.skip("needs the native spawner");
    const top = tmpFolder(context);
    const unit = `${top}/unit`;
    const world = new WorkerWorld("--limit_memory=200M");
    world.realRunner = realRunner;
    world.cgroups = plainFolders;
    plainFolders.makeFolder(unit);
    world.machine.files = {
      "self/cgroup": "0::/unit\n",
      "self/mountinfo": `1 1 0:1 / ${top} rw - cgroup2 x rw\n`,
    };
    await world.start();
    const checkFolder = `${unit}/check-1`;
    world.servers.a.put("service", serviceJob(`/bin/sh -c 'ulimit -v; cat ${checkFolder}/cgroup.procs'`));
    await waitFor("the result", () => world.servers.a.submitted.length === 1);
    const output = openResult(world.servers.a.submitted[0]?.data ?? Buffer.alloc(0)).output.toString();
    expect(output).toBe("unlimited\n0"); // the kernel treats 0 as the writing process
    expect(readFileSync(`${checkFolder}/memory.max`, "latin1")).toBe(`${200 * 1024 * 1024}`);
    expect(readFileSync(`${unit}/worker/cgroup.procs`, "latin1")).toBe("0");
    await world.end();
    expect(await world.ended).toBe(0);
    expect(readdirSync(unit, { withFileTypes: true }).filter((entry) => entry.isDirectory())).toEqual([]);
  });
});

/** Plain folders in place of a cgroup v2: the files that the kernel would create are plain files. */
const plainFolders: CgroupFiles = {
  ...nodeCgroupFiles,
  makeFolder: (path) => {
    mkdirSync(path);
    const texts = {
      "cgroup.procs": "",
      "cgroup.events": "populated 0\n",
      "cgroup.controllers": "memory\n",
      "cgroup.subtree_control": "",
      "memory.max": "",
    };
    for (const [name, text] of Object.entries(texts)) writeFileSync(`${path}/${name}`, text);
  },
  removeFolder: (path) => rmSync(path, { recursive: true }),
};

describe("sticky_state", () => {
  test("announces a queue of this worker only and takes all kinds of jobs from it", async () => {
    const { servers, runner } = await startWorker("--sticky_state=yes", "--max-worker=1");
    expect([servers.a.workers("sticky_w1"), servers.a.workers("service")]).toEqual([1, 1]);
    runner.answer = () => ({ exitCode: 0 });
    servers.a.put("sticky_w1", serviceJob("/state"));
    servers.a.put("sticky_w1", serviceJob("/host", { type: "host" }));
    await settle();
    await settle();
    expect(servers.a.completed).toHaveLength(2);
  });

  test("is switched on and off by reloads", async () => {
    const world = await startWorker();
    expect(world.servers.a.workers("sticky_w1")).toBe(0);
    world.args = [...world.args, "--sticky_state=yes"];
    await world.signal("SIGHUP");
    expect(world.servers.a.workers("sticky_w1")).toBe(1);
    world.args = [...world.args, "--sticky_state=no"];
    await world.signal("SIGHUP");
    expect(world.servers.a.workers("sticky_w1")).toBe(0);
  });
});
