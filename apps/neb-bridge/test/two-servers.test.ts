// @module-tag slow
import { createEnvelope } from "@mod-gearman/crypto";
import { parseJob, printWorkerResult } from "@mod-gearman/payload";
import { startGearmand, waitFor } from "@mod-gearman/testkit";
import { expect, test } from "vitest";

import type { Bridge } from "../src/bridge.ts";
import { connect, newBridge, sendTo, takeJobs } from "./bridge-setup.ts";
import type { FakeShim } from "./fake-shim.ts";
import { checkEvent } from "./live-bridge.ts";

const MOVED = /^checks of a lost job server: (\d+) put on a job server again, 0 given back to the core$/;
const envelope = createEnvelope({ mode: "off" });

function serve(ports: readonly number[]): { bridge: Bridge; shim: FakeShim } {
  const bridge = newBridge();
  const shim = connect(bridge);
  const servers = ports.map((port) => `127.0.0.1:${port}`).join(",");
  shim.hello({ module_args: Buffer.from(`server=${servers} encryption=no log_stats_interval=0`) });
  return { bridge, shim };
}

const states = (shim: FakeShim): string =>
  shim
    .all("STATE")
    .map(({ ready }) => ready)
    .join(" ");

/** What a worker sends for a job. */
function resultOf(data: Buffer): Buffer {
  const { hostName, serviceDescription, coreTime } = parseJob(envelope.open(data));
  const now = BigInt(Date.now()) * 1000n;
  return envelope.seal(
    printWorkerResult({
      type: "active",
      hostName: hostName ?? Buffer.alloc(0),
      ...(serviceDescription === undefined ? {} : { serviceDescription }),
      ...(coreTime === undefined ? {} : { coreStartTime: coreTime }),
      startTime: now,
      finishTime: now,
      returnCode: 0,
      source: Buffer.from("test"),
      output: Buffer.from("OK"),
    }),
  );
}

test("a server that hangs with a check: the other one runs it, one result is applied, the late one dropped", async (context) => {
  const one = await startGearmand(context);
  const other = await startGearmand(context);
  const { bridge, shim } = serve([one.port, other.port]);
  await waitFor("STATE ready", () => shim.last("STATE")?.ready === 1);
  const first = takeJobs(one.port, "service", 1000);
  shim.send(checkEvent(1n));
  await waitFor("the job on the first server", () => first.length === 1);
  await one.freeze(true);
  shim.send(checkEvent(2n)); // sent to a server that does not answer
  const second = takeJobs(other.port, "service", 1000);
  await waitFor("both jobs on the second server", () => second.length === 2, 10_000);
  await waitFor("acknowledgement", () => shim.last("EVENT_DONE")?.seq === 2n);
  expect(states(shim)).toBe("0 1"); // the first one before any server was connected
  const again = second.find(({ data }) => data.equals(first[0]?.data ?? Buffer.alloc(0)));
  expect(again).toBeDefined();
  const answer = { function: Buffer.from("check_results"), data: resultOf(again?.data ?? Buffer.alloc(0)) };
  await sendTo(other.port).submitBackground(answer);
  await waitFor("the result", () => shim.all("RESULT").length === 1);
  shim.send({ name: "RESULT_DONE", seq: 1n });
  await one.freeze(false);
  await sendTo(one.port).submitBackground(answer); // the worker that had it on the first server
  await waitFor("the drop", () => bridge.describe().includes("second results dropped: 1"), 15_000);
  expect(shim.all("RESULT")).toHaveLength(1);
  expect(shim.all("CHECK_LOST")).toHaveLength(0);
}, 40_000);

test("kill -9 of the first of two: no check is held, what it had runs on the other one", async (context) => {
  const one = await startGearmand(context);
  const other = await startGearmand(context);
  const { shim } = serve([one.port, other.port]);
  await waitFor("STATE ready", () => shim.last("STATE")?.ready === 1);
  for (let seq = 1n; seq <= 100n; seq++) shim.send(checkEvent(seq));
  await waitFor("acknowledgement", () => shim.last("EVENT_DONE")?.seq === 100n);
  await one.kill();
  for (let seq = 101n; seq <= 200n; seq++) shim.send(checkEvent(seq));
  const jobs = takeJobs(other.port, "service", 1000);
  const names = () =>
    new Set(jobs.map(({ data }) => parseJob(envelope.open(data)).serviceDescription?.toString()));
  await waitFor("all checks", () => names().size === 200);
  expect(jobs).toHaveLength(200);
  const lines = shim.all("LOG").map(({ text }) => text.toString());
  expect(lines.filter((line) => line.startsWith("lost job server"))).toHaveLength(1);
  /** Of one line, or of several if it takes longer. */
  const moved = (): number =>
    shim.all("LOG").reduce((sum, { text }) => sum + Number(MOVED.exec(text.toString())?.[1] ?? 0), 0);
  await waitFor("the total", () => moved() === 100);
  expect(states(shim)).toBe("0 1"); // the first one before any server was connected
  expect(shim.all("CHECK_LOST")).toHaveLength(0);
});
