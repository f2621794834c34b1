// @module-tag slow
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError } from "@mod-gearman/config";
import { parseJob } from "@mod-gearman/payload";
import { settle, startGearmand, waitFor } from "@mod-gearman/testkit";
import { expect, onTestFinished, test, vi } from "vitest";
import {
  adminStatus,
  check,
  connect,
  envelope,
  moduleArgs,
  newBridge,
  ready,
  resultFor,
  sendTo,
  takeJobs,
} from "./bridge-setup.ts";

test("handshake: welcome, settings of the module line, state of the job server", async (context) => {
  const gearmand = await startGearmand(context);
  const shim = connect(newBridge());
  shim.hello({
    module_args: moduleArgs(
      gearmand,
      " hostgroups=a,b localhostgroups=c queue_custom_variable=worker notifications=yes notifications_when_away=keep orphan_service_checks=no orphan_return=3",
    ),
  });
  await ready(shim);
  expect(shim.received.map((one) => one.name).slice(0, 2)).toEqual(["WELCOME", "SETTINGS"]);
  expect(shim.last("SETTINGS")).toMatchObject({
    hosts: 0, // custom variables turn the generic queues off (neb-module.md 4.3)
    services: 0,
    do_hostchecks: 1,
    hostgroup: [Buffer.from("a"), Buffer.from("b")],
    localhostgroup: [Buffer.from("c")],
    queue_custom_variable: Buffer.from("WORKER"),
    checks_when_away: 0,
    eventhandlers_when_away: 0,
    notifications: 1,
    notifications_when_away: 1,
    orphan_host_checks: 1,
    orphan_service_checks: 0,
    orphan_return: 3,
    internal_check_dummy: 1,
    latency_flatten_window: 30,
  });
});

test("a connection to a job server is one line in the core's log", async (context) => {
  const gearmand = await startGearmand(context);
  const shim = connect(newBridge());
  shim.hello({ module_args: moduleArgs(gearmand) });
  await ready(shim);
  const lines = shim.all("LOG").map(({ text }) => String(text));
  expect(lines.filter((line) => line.includes(`127.0.0.1:${gearmand.port}`))).toEqual([
    `connected to job server 127.0.0.1:${gearmand.port}`,
  ]);
});

test("events become encrypted jobs, and are acknowledged once the job server has them", async (context) => {
  const gearmand = await startGearmand(context);
  const jobs = takeJobs(gearmand.port, "service");
  const shim = connect(newBridge());
  shim.hello({ module_args: moduleArgs(gearmand) });
  await ready(shim);
  for (const seq of [1n, 2n, 3n]) shim.send(check(seq));
  await waitFor("acknowledgement", () => shim.last("EVENT_DONE")?.seq === 3n);
  await waitFor("three jobs", () => jobs.length === 3);
  const parsed = jobs.map((job) => parseJob(envelope.open(job.data)));
  expect(parsed.map((job) => job.serviceDescription?.toString()).toSorted()).toEqual([
    "svc-1",
    "svc-2",
    "svc-3",
  ]);
  expect(parsed[0]?.resultQueue?.toString()).toBe("check_results");
});

test("a result job is completed only after the core has it; a bridge that is killed before loses nothing", async (context) => {
  const gearmand = await startGearmand(context);
  const client = sendTo(gearmand.port);
  const first = newBridge();
  const shim = connect(first);
  shim.hello({ module_args: moduleArgs(gearmand) });
  await ready(shim);
  await client.submitBackground({ function: Buffer.from("check_results"), data: resultFor("svc-1") });
  await waitFor("the result", () => shim.last("RESULT") !== undefined);
  const received = shim.last("RESULT");
  expect(received).toMatchObject({ return_code: 1, output: Buffer.from("from the worker") });

  await first.close(); // without RESULT_DONE
  const second = connect(newBridge());
  second.hello({ module_args: moduleArgs(gearmand) });
  await waitFor("the same result again", () => second.last("RESULT") !== undefined);
  expect(second.last("RESULT")?.result_id).toEqual(received?.result_id);
  second.send({ name: "RESULT_DONE", seq: 1n });
  await waitFor("an empty result queue", async () => {
    const status = await adminStatus(gearmand.port);
    return /^check_results\t0\t/m.test(status);
  });
});

test("without a core, results stay on the job server", async (context) => {
  const gearmand = await startGearmand(context);
  const client = sendTo(gearmand.port);
  const bridge = newBridge();
  const shim = connect(bridge);
  shim.hello({ module_args: moduleArgs(gearmand) });
  await ready(shim);
  shim.drop();
  await waitFor("detached", () => bridge.describe().startsWith("core: away"));
  const { handle } = await client.submitBackground({
    function: Buffer.from("check_results"),
    data: resultFor("late"),
  });
  expect((await client.getStatus(handle)).known).toBe(true);
  expect((await client.getStatus(handle)).running).toBe(false);
  const again = connect(bridge);
  again.hello({ module_args: moduleArgs(gearmand) });
  await waitFor("the late result", () => again.last("RESULT")?.service_description?.toString() === "late");
});

test("the job server goes and comes back empty: STATE is reported, its checks are put there again", {
  timeout: 40_000,
}, async (context) => {
  const gearmand = await startGearmand(context);
  const shim = connect(newBridge());
  shim.hello({ module_args: moduleArgs(gearmand) });
  await ready(shim);
  shim.send(check(1n));
  await waitFor("acknowledgement", () => shim.last("EVENT_DONE")?.seq === 1n);
  await gearmand.kill();
  await waitFor("STATE away", () => shim.last("STATE")?.ready === 0);
  await gearmand.start();
  await waitFor("STATE ready", () => shim.last("STATE")?.ready === 1);
  const jobs = takeJobs(gearmand.port, "service");
  const job = await waitFor("the job again", () => jobs[0], 30_000);
  expect(parseJob(envelope.open(job.data)).serviceDescription?.toString()).toBe("svc-1");
  expect(shim.last("CHECK_LOST")).toBeUndefined();
});

test("an unusable configuration is a FAULT with its text; at a reload the previous one stays", async (context) => {
  const gearmand = await startGearmand(context);
  const bridge = newBridge();
  const bad = connect(bridge);
  bad.hello({ module_args: Buffer.from("encryption=no") });
  await waitFor("FAULT", () => bad.last("FAULT") !== undefined);
  expect(bad.last("FAULT")?.text.toString()).toBe("please specify at least one server");
  expect(bad.last("SETTINGS")).toBeUndefined();

  const good = connect(bridge);
  good.hello({ module_args: moduleArgs(gearmand) });
  await ready(good);
  const reloaded = connect(bridge);
  reloaded.hello({ module_args: Buffer.from("encryption=no") });
  await ready(reloaded);
  expect(reloaded.last("FAULT")).toBeUndefined();
  expect(reloaded.all("LOG").some((one) => one.text.includes("cannot reload configuration"))).toBe(true);
  expect(good.closed).toBe(true);
});

test("an error at a reload is in the core's log as well when the bridge logs to a file", async (context) => {
  const gearmand = await startGearmand(context);
  const folder = await mkdtemp(join(tmpdir(), "mgm-reload-"));
  context.onTestFinished(() => rm(folder, { recursive: true }));
  const logfile = join(folder, "bridge.log");
  const bridge = newBridge();
  const good = connect(bridge);
  good.hello({ module_args: moduleArgs(gearmand, ` logfile=${logfile}`) });
  await ready(good);
  const before = good.all("LOG").length;
  const reloaded = connect(bridge);
  reloaded.hello({ module_args: Buffer.from("encryption=no") });
  await ready(reloaded);
  const text =
    "cannot reload configuration: please specify at least one server; the former one stays in effect";
  expect(before).toBe(0);
  expect(reloaded.all("LOG").map((one) => `${one.level} ${one.text}`)).toEqual([`0 ${text}`]);
  await waitFor("line in the file", () => readFileSync(logfile, "utf8").includes(text));
});

test("another living core is refused, the same core replaces its older connection", async (context) => {
  const gearmand = await startGearmand(context);
  const bridge = newBridge();
  const shim = connect(bridge);
  shim.hello({ module_args: moduleArgs(gearmand) });
  await ready(shim);
  const stranger = connect(bridge);
  stranger.hello({ pid: 99, module_args: moduleArgs(gearmand) });
  await waitFor("refusal", () => stranger.last("BYE")?.reason === 4);
  expect(stranger.last("FAULT")?.text.toString()).toContain("already serves the core with pid 4711");
  expect(shim.closed).toBe(false);
  const same = connect(bridge);
  same.hello({ module_args: moduleArgs(gearmand) });
  await ready(same);
  expect(shim.last("BYE")?.reason).toBe(4);
});

test("a change of settings at a reload: held results are delivered once and completed, none is repeated", async (context) => {
  const gearmand = await startGearmand(context);
  const client = sendTo(gearmand.port);
  const bridge = newBridge();
  const shim = connect(bridge);
  shim.hello({ module_args: moduleArgs(gearmand) });
  await ready(shim);
  for (const name of ["a", "b", "c"])
    await client.submitBackground({ function: Buffer.from("check_results"), data: resultFor(name) });
  await waitFor("three results", () => shim.all("RESULT").length === 3);
  shim.drop(); // without an answer

  const again = connect(bridge);
  again.hello({ module_args: moduleArgs(gearmand, " services=yes hosts=no") });
  await ready(again);
  await waitFor("the results again", () => again.all("RESULT").length === 3);
  again.send({ name: "RESULT_DONE", seq: 3n });
  await waitFor("an empty result queue", async () =>
    /^check_results\t0\t0\t1$/m.test(await adminStatus(gearmand.port)),
  );
  expect(again.all("RESULT")).toHaveLength(3);
});

test("another job server at a reload: results grabbed from the previous one are delivered and completed there", async (context) => {
  const former = await startGearmand(context);
  const next = await startGearmand(context);
  const bridge = newBridge();
  const shim = connect(bridge);
  shim.hello({ module_args: moduleArgs(former) });
  await ready(shim);
  const client = sendTo(former.port);
  await client.submitBackground({ function: Buffer.from("check_results"), data: resultFor("a") });
  await waitFor("the result", () => shim.all("RESULT").length === 1);
  shim.drop();
  const again = connect(bridge);
  again.hello({ module_args: moduleArgs(next) });
  await waitFor("the result again", () => again.all("RESULT").length === 1);
  again.send({ name: "RESULT_DONE", seq: 1n });
  await waitFor("an empty queue without worker", async () =>
    /^check_results\t0\t0\t0$/m.test(await adminStatus(former.port)),
  );
});

test("settings that no job server would accept: the previous ones stay in use, no connection is left open", async (context) => {
  const gearmand = await startGearmand(context);
  const bridge = newBridge();
  const shim = connect(bridge);
  shim.hello({ module_args: moduleArgs(gearmand) });
  await ready(shim);
  const again = connect(bridge);
  again.hello({ module_args: moduleArgs(gearmand, ` result_queue=${"q".repeat(600)}`) });
  await ready(again);
  expect(again.all("LOG").some((one) => one.text.includes("the former one stays in effect"))).toBe(true);
  again.send(check(1n));
  await waitFor("acknowledgement", () => again.last("EVENT_DONE")?.seq === 1n);
});

test("a passive result does not end the outstanding check of its object", async (context) => {
  const gearmand = await startGearmand(context);
  const client = sendTo(gearmand.port);
  const bridge = newBridge();
  const shim = connect(bridge);
  shim.hello({ module_args: moduleArgs(gearmand) });
  await ready(shim);
  shim.send(check(1n));
  await waitFor("acknowledgement", () => shim.last("EVENT_DONE")?.seq === 1n);
  const data = resultFor("svc-1", "passive");
  await client.submitBackground({ function: Buffer.from("check_results"), data });
  await waitFor("the passive result", () => shim.last("RESULT")?.check_type === 1);
  expect(bridge.describe()).toContain("checks under way: 1,");
  await client.submitBackground({ function: Buffer.from("check_results"), data: resultFor("svc-1") });
  await waitFor("the active result", () => shim.last("RESULT")?.check_type === 0);
  expect(bridge.describe()).toContain("checks under way: 0,");
});

test("with a window of 0 in the core, results stay on the job server", async (context) => {
  const gearmand = await startGearmand(context);
  const client = sendTo(gearmand.port);
  const shim = connect(newBridge());
  shim.hello({ module_args: moduleArgs(gearmand), window: 0 });
  await ready(shim);
  const { handle } = await client.submitBackground({
    function: Buffer.from("check_results"),
    data: resultFor("x"),
  });
  expect(await client.getStatus(handle)).toMatchObject({ known: true, running: false });
  shim.send({ name: "WINDOW", window: 10 });
  await waitFor("the result", () => shim.last("RESULT") !== undefined);
});

test("a shim that exceeds the window is disconnected", async () => {
  const bridge = newBridge();
  const shim = connect(bridge);
  shim.hello({ module_args: Buffer.from("server=127.0.0.1:1 encryption=no log_stats_interval=0") });
  shim.send(...Array.from({ length: 4097 }, (_, at) => check(BigInt(at + 1))));
  await waitFor("BYE", () => shim.last("BYE")?.reason === 3);
});

test("close ends connections without HELLO too, and accepts no new ones", async () => {
  const bridge = newBridge();
  const early = connect(bridge);
  await bridge.close();
  await waitFor("BYE", () => early.last("BYE")?.reason === 2);
  const late = connect(bridge);
  late.hello();
  await waitFor("closed", () => late.closed);
  expect(late.received).toEqual([]);
});

test("texts for the core's log are one line of UTF-8 each", async (context) => {
  const gearmand = await startGearmand(context);
  const shim = connect(newBridge());
  shim.hello({
    module_args: moduleArgs(gearmand),
    core_name: Buffer.from("näe\nmon\u001b[31m"),
    abi_class: Buffer.from([0x61, 0xff]),
  });
  await ready(shim);
  const line = shim.all("LOG").find((one) => one.text.includes("serves"));
  expect(line?.text.toString()).toContain("serves näe\\nmon\\x1b[31m 1.5.2 (pid 4711, layout a\ufffd)");
});

test("unexpected errors of the loader do not end the bridge", async () => {
  const bridge = newBridge({
    load: () => {
      throw new ConfigError("BAD_VALUE", "no good", { exitCode: 2 });
    },
  });
  const shim = connect(bridge);
  shim.hello();
  await waitFor("FAULT", () => shim.last("FAULT")?.text.toString() === "no good");
  expect(shim.closed).toBe(false);
});

test("log_stats_interval=2147484, above the limit of Node's timers, writes no line immediately", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const shim = connect(newBridge());
  const args = "server=127.0.0.1:1 encryption=no log_stats_interval=2147484";
  shim.hello({ module_args: Buffer.from(args) });
  await settle();
  expect(shim.last("SETTINGS")).toBeDefined();
  vi.advanceTimersByTime(2000);
  await settle();
  const texts = shim.received.map((one) => (one.name === "LOG" ? String(one.text) : one.name));
  expect(texts.filter((text) => text.includes("submission statistics"))).toEqual([]);
});
