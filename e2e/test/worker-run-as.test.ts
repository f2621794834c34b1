import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "@mod-gearman/testkit";
import { expect, onTestFinished, type TestContext, test } from "vitest";
import { PACKET } from "../src/gearman-wire.ts";
import { honestJob, identityFileOfW1 } from "../src/job-attacks.ts";
import { type JobServer, startJobServer } from "../src/job-servers.ts";
import { skipWithout } from "../src/needs.ts";
import { programs } from "../src/paths.ts";
import { type Running, start } from "../src/processes.ts";
import { RawPeer } from "../src/raw-peer.ts";
import { compile, openFolder } from "../src/worker-faults.ts";

/* What a plugin of a worker in version 2 of the envelope gets of its keys: docs/security.md, hardening. */

const PLUGIN_USER = 64_321;
const AS_PLUGIN = ["setpriv", `--reuid=${PLUGIN_USER}`, `--regid=${PLUGIN_USER}`, "--clear-groups"];

interface Stage {
  readonly server: JobServer;
  readonly folder: string;
  readonly keyFile: string;
  readonly credential: string;
  readonly reader: string;
}

async function stage(context: TestContext, owner: number): Promise<Stage> {
  skipWithout(context, process.getuid?.() === 0 ? undefined : "another user needs root");
  const server = await startJobServer("our job server");
  onTestFinished(() => server.stop());
  const folder = openFolder();
  const [credentials, out] = ["credentials", "out"].map((name) => join(folder, name)) as [string, string];
  for (const path of [credentials, out]) mkdirSync(path);
  const [keyFile, credential] = [join(folder, "w1.key"), join(credentials, "credential")];
  for (const path of [keyFile, credential]) {
    writeFileSync(path, identityFileOfW1, { mode: 0o600 });
    chownSync(path, owner, owner);
  }
  chmodSync(credential, 0o400);
  chownSync(credentials, owner, owner);
  chmodSync(credentials, 0o500);
  chownSync(out, PLUGIN_USER, PLUGIN_USER);
  return { server, folder, keyFile, credential, reader: await compile("reads-secrets.c", folder) };
}

function startSealed(
  { server, folder, credential }: Stage,
  under: readonly string[],
  more: readonly string[],
): Running {
  const [file = "", ...args] = [
    ...under,
    process.execPath,
    programs.worker,
    ...[`--server=127.0.0.1:${server.port}`, "--services=yes", "--encryption=no", "--identifier=w1"],
    ...["--envelope=v2", `--envelope_identity_file=${credential}`, "--max-worker=1", "--load_cpu_multi=0"],
    ...["--mem_limit=0", ...more],
  ];
  const worker = start(file, args, { NODE_PATH: "", CREDENTIALS_DIRECTORY: join(folder, "credentials") });
  onTestFinished(() => worker.kill());
  return worker;
}

/** Runs a command by a sealed job, and reads what it prints. */
async function outputOf(stage: Stage, command: string): Promise<string> {
  const path = join(stage.folder, "out", "found");
  const script = join(stage.folder, "run.sh");
  writeFileSync(script, `#!/bin/sh\n{ id -u; ${command}; } >${path}.part 2>&1\nmv ${path}.part ${path}\n`, {
    mode: 0o755,
  });
  const peer = await RawPeer.connect(stage.server.port);
  await peer.submit(PACKET.SUBMIT_JOB_BG, "service", "secrets", honestJob.sealed(script));
  await waitFor("the plugin", () => existsSync(path));
  peer.close();
  return readFileSync(path, "utf8");
}

const attempts = ({ reader, keyFile, credential }: Stage, pid: number): string =>
  `${reader} ${pid} ${keyFile} ${credential}`;
const found = (user: number, what: Record<string, "got" | "refused">): string =>
  `${user}\n${Object.entries(what)
    .map((row) => row.join(" "))
    .join("\n")}\n`;

test("run_as, worker started as root: a plugin reads no key file, credential, memory, and stops nothing", async (context) => {
  const scene = await stage(context, 0);
  const worker = startSealed(
    scene,
    [],
    [`--run_as=${PLUGIN_USER}:${PLUGIN_USER}`, "--enable_embedded_perl=yes"],
  );
  await worker.said("starting with");
  expect(worker.output()).toContain("enable_embedded_perl has no effect together with run_as");
  expect(worker.output()).not.toMatch(/plugins run as (?:the user|64321)/);
  const all = {
    "w1.key": "refused",
    credential: "refused",
    memory: "refused",
    environment: "refused",
  } as const;
  expect(await outputOf(scene, attempts(scene, worker.pid))).toBe(
    found(PLUGIN_USER, { ...all, trace: "refused", signal: "refused" }),
  );
  // the same program gets all of it as root: the attempts are real
  const asRoot = spawnSync(scene.reader, [String(worker.pid), scene.keyFile, scene.credential], {
    encoding: "utf8",
  });
  expect(asRoot.stdout).toContain("w1.key got\ncredential got\nmemory got\nenvironment got\n");
});

test("without run_as a plugin reads the key file, and no memory; the worker says so", async (context) => {
  const scene = await stage(context, PLUGIN_USER);
  const worker = startSealed(scene, AS_PLUGIN, []);
  await worker.said("starting with");
  expect(worker.output()).toContain("plugins run as the user of this worker");
  const read = { "w1.key": "got", credential: "got", memory: "refused", environment: "refused" } as const;
  expect(await outputOf(scene, attempts(scene, worker.pid))).toBe(
    found(PLUGIN_USER, { ...read, trace: "refused", signal: "got" }),
  );
  // PR_SET_DUMPABLE is 0: the files of the process belong to root
  expect(statSync(`/proc/${worker.pid}/environ`).uid).toBe(0);
});

test("a worker with keys leaves no core dump", async (context) => {
  const scene = await stage(context, PLUGIN_USER);
  const inDumps = join(scene.folder, "out");
  const dies = (program: string): string =>
    spawnSync("bash", ["-c", `cd ${inDumps} && ulimit -c unlimited && ${program}; exit 0`], {
      encoding: "utf8",
    }).stderr;
  const isPossible = dies("sh -c 'kill -SEGV $$'").includes("core dumped");
  skipWithout(context, isPossible ? undefined : "this machine makes no core dumps");
  const pidFile = join(inDumps, "pid");
  const under = [
    "bash",
    "-c",
    `cd ${inDumps}; ulimit -c unlimited; "$@" & echo $! >${pidFile}; wait $!`,
    "bash",
    ...AS_PLUGIN,
  ];
  const worker = startSealed(scene, under, []);
  await worker.said("starting with");
  process.kill(Number(readFileSync(pidFile, "utf8")), "SIGSEGV");
  await worker.said("Segmentation fault");
  expect(worker.output()).not.toContain("core dumped");
});
