// @module-tag slow
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { AdminConnection } from "@mod-gearman/client";
import { createEnvelope } from "@mod-gearman/crypto";
import { parseCheckResult, parseKeyValues } from "@mod-gearman/payload";
import {
  freePort,
  JobPeer,
  type RunningGearmand,
  startGearmand,
  type TestContext,
  waitFor,
} from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { check } from "./check-process.ts";
import { type MakeReplies, startScriptedWorker } from "./scripted-worker.ts";

const WORKER = fileURLToPath(new URL("../../worker/dist/main.js", import.meta.url));
const KEY = "a key for the tests";
const OTHER_KEY = "another key for tests";

const server = (gearmand: RunningGearmand) => `127.0.0.1:${gearmand.port}`;

async function queues(gearmand: RunningGearmand): Promise<string[]> {
  const at = { host: "127.0.0.1", port: gearmand.port };
  const [status] = await AdminConnection.query(at, ["status"], { timeoutMs: 5000 });
  return status?.kind === "table" ? status.lines.map((line) => line.toString()).sort() : [];
}

/** The built worker, ready on the queue `service`. */
async function startWorker(context: TestContext, gearmand: RunningGearmand, crypto: readonly string[]) {
  if (!existsSync(WORKER)) throw new Error("the worker is not built: pnpm build");
  const args = [`--server=${server(gearmand)}`, "--services=yes", "--identifier=w1", ...crypto];
  const child = spawn(process.execPath, [WORKER, ...args], { stdio: "ignore" });
  context.onTestFinished(() => {
    child.kill("SIGKILL");
  });
  await waitFor("the worker", async () =>
    (await queues(gearmand)).some((line) => /^service\t.*\t[1-9]/.test(line)),
  );
}

function selfTest(context: TestContext, gearmand: RunningGearmand, ...args: string[]) {
  return check(context, ["-H", server(gearmand), "--self-test", "-q", "service", ...args]);
}

describe("with our worker", () => {
  test.for<[string, string[], string[], number, RegExp]>([
    [
      "right key",
      [`--key=${KEY}`],
      [`--key=${KEY}`],
      0,
      /^check_gearman OK - self test of queue service passed in \d+\.\d{3}s, worker: Mod-Gearman Worker @ w1 \(legacy form, worker not verified\)\|'self_test_time'=\d+\.\d{3}s;;;0 \n$/,
    ],
    [
      "no encryption on either side",
      ["--encryption=no"],
      [],
      0,
      /^check_gearman OK - self test of queue service passed/,
    ],
    [
      "wrong key",
      [`--key=${KEY}`],
      [`--key=${OTHER_KEY}`],
      2,
      /could not read the job: its key or its encryption setting/,
    ],
    [
      "only the worker encrypts",
      [`--key=${KEY}`],
      [],
      2,
      /could not read the job: its key or its encryption setting/,
    ],
    [
      "only this side encrypts",
      ["--encryption=no"],
      [`--key=${KEY}`],
      2,
      /could not read the job: its key or its/,
    ],
  ])("%s", async ([, workerArgs, args, exitCode, text], context) => {
    const gearmand = await startGearmand(context);
    await startWorker(context, gearmand, workerArgs);
    const finished = await selfTest(context, gearmand, ...args);
    expect(finished.stdout).toMatch(text);
    expect(finished).toMatchObject({ exitCode, stderr: "" });
  });

  test("leaves no queue on the server, also with concurrent runs", async (context) => {
    const gearmand = await startGearmand(context);
    await startWorker(context, gearmand, [`--key=${KEY}`]);
    const before = await queues(gearmand);
    const finished = await Promise.all([1, 2].map(() => selfTest(context, gearmand, `--key=${KEY}`)));
    expect(finished.map(({ exitCode, stdout }) => [exitCode, stdout.slice(0, 16)])).toEqual(
      Array.from({ length: 2 }, () => [0, "check_gearman OK"]),
    );
    await selfTest(context, gearmand, `--key=${KEY}`);
    expect(await queues(gearmand)).toEqual(before);
  });
});

/** Sends a result with the fields of the job, some changed, sealed with `key`; then completes the job. */
function resultOf(change: (fields: Map<string, string>) => void, key: string | null = KEY): MakeReplies {
  const open = createEnvelope({ mode: "on", password: Buffer.from(KEY) });
  const seal =
    key === null
      ? createEnvelope({ mode: "off" })
      : createEnvelope({ mode: "on", password: Buffer.from(key) });
  return (data, submit) => {
    const job = parseKeyValues(open.open(data), "first-empty");
    const text = (name: string) => job.get(name)?.toString("latin1") ?? "";
    const fields = new Map([
      ["type", "active"],
      ["host_name", text("host_name")],
      ["service_description", text("service_description")],
      ["return_code", "0"],
      ["source", "scripted"],
      ["output", text("command_line").replace("/bin/echo ", "")],
    ]);
    change(fields);
    const lines = [...fields].map(([name, value]) => `${name}=${value}\n`);
    submit(Buffer.from(text("result_queue")), seal.seal(Buffer.from(`${lines.join("")}\n\n\n`, "latin1")));
    return [["WORK_COMPLETE", Buffer.alloc(0)]];
  };
}

describe("other failures", () => {
  test.for<[string, MakeReplies | undefined, string]>([
    [
      "no worker takes the job",
      undefined,
      "the job was accepted, but no worker of queue service took it within 1s",
    ],
    ["a worker does not finish", () => [], "a worker took the job, but did not finish it within 1s"],
    [
      "WORK_FAIL",
      () => [["WORK_FAIL", Buffer.alloc(0)]],
      "the worker could not read the job: its key or its encryption setting differs from the one here, " +
        "or it takes sealed jobs only (envelope=v2)",
    ],
    [
      "no result",
      () => [["WORK_COMPLETE", Buffer.alloc(0)]],
      "the worker took the job, but no result came: it could not read the job (its key or its encryption setting " +
        "differs from the one here, or it takes sealed jobs only (envelope=v2)), or it sends results to another server",
    ],
    [
      "a result of another key",
      resultOf(() => undefined, OTHER_KEY),
      "the result cannot be decrypted: the worker uses another key for results",
    ],
    [
      "a clear result",
      resultOf(() => undefined, null),
      "the worker sent its result without encryption, although the job was encrypted",
    ],
    [
      "a bad return code",
      resultOf((fields) => fields.set("return_code", "2").set("output", "echo|is not allowed")),
      "scripted ran the job, but it ended with code 2: echo/is not allowed",
    ],
    [
      "another text",
      resultOf((fields) => fields.set("output", "something else")),
      "scripted sent a result with another text than the job printed: something else",
    ],
  ])("%s", async ([, replies, text], context) => {
    const gearmand = await startGearmand(context);
    await startScriptedWorker(context, { port: gearmand.port, queue: "service" }, replies);
    const finished = await selfTest(context, gearmand, `--key=${KEY}`, "-t", "1");
    expect(finished).toEqual({ exitCode: 2, stdout: `check_gearman CRITICAL - ${text}\n`, stderr: "" });
  });

  test("success with the same script", async (context) => {
    const gearmand = await startGearmand(context);
    await startScriptedWorker(
      context,
      { port: gearmand.port, queue: "service" },
      resultOf(() => undefined),
    );
    expect(await selfTest(context, gearmand, `--key=${KEY}`, "-t", "5")).toMatchObject({ exitCode: 0 });
  });

  test("no worker on the queue", async (context) => {
    const gearmand = await startGearmand(context);
    expect(await selfTest(context, gearmand, `--key=${KEY}`)).toMatchObject({
      exitCode: 2,
      stdout: "check_gearman CRITICAL - no worker takes jobs of queue service\n",
    });
  });

  test("no server", async (context) => {
    const args = ["-H", `127.0.0.1:${await freePort()}`, "--self-test", "-q", "service"];
    const { exitCode, stdout } = await check(context, args);
    expect(exitCode).toBe(2);
    expect(stdout).toMatch(
      /^check_gearman CRITICAL - failed to connect to address 127\.0\.0\.1 and port \d+: Conn/,
    );
  });

  test("leftovers in the result queue: invalid ones are removed, the result of another self test is kept", async (context) => {
    const gearmand = await startGearmand(context);
    await startScriptedWorker(
      context,
      { port: gearmand.port, queue: "service" },
      resultOf(() => undefined),
    );
    const peer = await JobPeer.connect(gearmand.port);
    context.onTestFinished(() => peer.close());
    const others = `service_description=self test ${Math.trunc(Date.now() / 1000)}-00112233`;
    const sealed = createEnvelope({ mode: "on", password: Buffer.from(KEY) });
    await peer.submit("results", Buffer.from("rubbish"));
    await peer.submit("results", sealed.seal(Buffer.from(`host_name=h\n${others}\noutput=x\n`)));
    const finished = await selfTest(
      context,
      gearmand,
      `--key=${KEY}`,
      "--result-queue",
      "results",
      "-t",
      "5",
    );
    expect(finished.exitCode).toBe(0);
    expect((await queues(gearmand)).filter((line) => line.startsWith("results"))).toEqual([
      "results\t1\t0\t0",
    ]);
  });
});

test("the job is a service check that any worker can run", async (context) => {
  const gearmand = await startGearmand(context);
  const worker = await startScriptedWorker(context, { port: gearmand.port, queue: "service" }, () => [
    ["WORK_FAIL", Buffer.alloc(0)],
  ]);
  await selfTest(context, gearmand);
  const text = createEnvelope({ mode: "off" })
    .open((await worker.firstJob).data)
    .toString("latin1");
  expect(text).toMatch(
    /^type=service\nresult_queue=check_gearman_self_test_.+\ntarget_queue=service\nhost_name=check_gearman\nservice_description=self test \d+-[0-9a-f-]+\ncore_time=\d+\.\d{6}\ntimeout=10\ncommand_line=\/bin\/echo [0-9a-f-]+\n\n\n$/,
  );
  expect(() => parseCheckResult(Buffer.from(text))).toThrow("MISSING_OUTPUT");
});
