// @module-tag slow
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { issueIdentity, printIdentityFile, printMasterFile } from "@mod-gearman/crypto";
import { startGearmand, type TestContext, tmpFolder, waitFor } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { check, connect, KEY, moduleArgs, newBridge, ready } from "./bridge-setup.ts";

/*
 * Each form of the bridge with each form of the worker, which runs as a process of its own.
 */

const WORKER = fileURLToPath(new URL("../../worker/src/main.ts", import.meta.url));
const master = { secret: Buffer.alloc(32, 1), epochs: [1] };

interface Files {
  readonly masterFile: string;
  readonly identity: string;
  readonly list: string;
}

function makeFiles(context: TestContext): Files {
  const folder = tmpFolder(context);
  const files = {
    masterFile: join(folder, "master"),
    identity: join(folder, "w1"),
    list: join(folder, "identities"),
  };
  const issued = issueIdentity(master, { kind: "worker", name: "w1", queues: [Buffer.from("service")] });
  writeFileSync(files.masterFile, printMasterFile(master), { mode: 0o600 });
  writeFileSync(files.identity, printIdentityFile(issued), { mode: 0o600 });
  writeFileSync(files.list, "worker w1 service\n");
  return files;
}

/** @returns its log so far */
function startWorker(context: TestContext, args: readonly string[]): () => string {
  const command = ["--conditions=source", WORKER, ...args];
  const child = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      log += chunk;
    });
  const ended = once(child, "close");
  context.onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  return () => log;
}

const RUN = "from the plugin";

test.for<[bridge: string, worker: string, outcome: string | RegExp]>([
  ["legacy", "legacy", RUN],
  ["legacy", "both", RUN],
  ["legacy", "v2", /refused a job of queue service .*\(NOT_SEALED_V2\)/],
  ["both", "legacy", /decrypt error, invalid data package received/],
  ["both", "both", RUN],
  ["both", "v2", RUN],
  ["v2", "legacy", /decrypt error, invalid data package received/],
  ["v2", "both", RUN],
  ["v2", "v2", RUN],
])("bridge %s, worker %s: %s", async ([bridge, worker, outcome], context) => {
  const { masterFile, identity, list } = makeFiles(context);
  const gearmand = await startGearmand(context);
  const log = startWorker(context, [
    ...[`--server=127.0.0.1:${gearmand.port}`, `--key=${KEY}`, "--services=yes", "--identifier=w1"],
    ...["--max-worker=1", `--envelope=${worker}`, `--envelope_identity_file=${identity}`],
  ]);
  const shim = connect(newBridge());
  const more = ` envelope=${bridge} envelope_queues=serv* envelope_master_file=${masterFile} envelope_identities_file=${list}`;
  shim.hello({ module_args: moduleArgs(gearmand, more) });
  await ready(shim);
  shim.send({ ...check(1n), command_line: Buffer.from(`/bin/echo ${RUN}`) });
  if (typeof outcome !== "string") {
    await waitFor("the refusal", () => outcome.test(log()));
    expect(shim.all("RESULT")).toEqual([]);
    return;
  }
  await waitFor("the result", () => shim.last("RESULT") !== undefined);
  expect(shim.last("RESULT")?.output.toString()).toContain(outcome);
  expect(log()).not.toContain("refused");
});
