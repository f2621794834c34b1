import type { LoadDeps } from "@mod-gearman/config";
import { issueIdentity, printIdentityFile, printMasterFile } from "@mod-gearman/crypto";
import { expect, test } from "vitest";
import {
  checkHops,
  loadCheckGearman,
  loadModule,
  loadWorker,
  moduleHops,
  runSender,
  workerHops,
} from "../src/index.ts";
import { memoryFiles } from "./memory-files.ts";

const master = { secret: Buffer.alloc(32, 1), epochs: [1] };
const issue = (kind: "worker" | "sender", name: string): string =>
  printIdentityFile(issueIdentity(master, { kind, name, queues: [Buffer.from("service")] })).toString();
const deps: LoadDeps = memoryFiles({
  "/master": printMasterFile(master).toString(),
  "/w1": issue("worker", "w1"),
  "/app": issue("sender", "app"),
  "/list": "worker w1 service\nend\n",
});
const SERVERS = "job servers: TCP without TLS, not verified";

function worker(...words: string[]): string[] {
  const loaded = loadWorker(["--server=h", "--services=yes", ...words], deps);
  if (!("options" in loaded)) throw new Error("no options");
  return workerHops(loaded.options);
}
const module = (line: string): string[] => moduleHops(loadModule(`server=h ${line}`, "/", deps).options);

test("worker: who made a job is verified in v2 only", () => {
  expect(worker("--encryption=no")).toEqual([
    "jobs: in the legacy form, in clear text; who made them is not verified, whoever has the key can forge them",
    "results: in the legacy form, in clear text; the module cannot verify this worker",
    SERVERS,
  ]);
  const v2 = worker("--key=x", "--envelope=v2", "--envelope_identity_file=/w1", "--dupserver=d");
  expect(v2).toEqual([
    "jobs: sealed (v2), of the module or another worker of their queue; others are refused",
    "results of sealed jobs: sealed (v2); the module verifies this worker as w1",
    "results to dup servers: in the legacy form, under the shared key",
    SERVERS,
  ]);
  expect(worker("--key=x", "--envelope=both", "--envelope_identity_file=/w1").join("\n")).toMatch(
    /or in the legacy form, under the shared key: of these who made them is not verified[\s\S]*the module cannot verify this worker/,
  );
});

test("module: each hop, by form", () => {
  const files = "key=x envelope_master_file=/master envelope_identities_file=/list";
  expect(module("key=x")).toEqual([
    "jobs to workers: in the legacy form, under the shared key",
    "results: in the legacy form, under the shared key; no worker or sender is verified, whoever has the key can forge them",
    SERVERS,
  ]);
  expect(module(`${files} envelope=both envelope_queues=service`)).toEqual([
    "jobs to workers: sealed (v2) in service, others in the legacy form, under the shared key",
    "results of sealed jobs: sealed (v2), of workers that are listed",
    "passive results: sealed (v2) of listed senders, others in the legacy form, under the shared key, whose senders are not verified",
    "results of other jobs: in the legacy form, under the shared key, no worker is verified",
    SERVERS,
  ]);
  expect(module(`${files} envelope=v2 perfdata=yes`)).toContain(
    "performance data and exports: in the legacy form, under the shared key",
  );
  const unlisted = module("key=x envelope_master_file=/master envelope=v2");
  expect(unlisted).toContain("results of sealed jobs: sealed (v2), of any worker with keys of this site");
  expect(unlisted).toContain("passive results: refused, as there is no list");
  expect(module(`${files} envelope=v2`).join("\n")).not.toMatch(/not verified(?!$)|no worker/);
});

test("check_gearman: only a sealed self test verifies the worker", () => {
  const check = (...words: string[]): string[] => {
    const loaded = loadCheckGearman(["-H", "h", ...words], deps);
    if (!("options" in loaded)) throw new Error("no options");
    return checkHops(loaded.options);
  };
  expect(check()).toEqual([SERVERS]);
  expect(check("--self-test", "--key=x")[0]).toBe(
    "self test: in the legacy form, under the shared key; the worker cannot be verified",
  );
  const files = ["--envelope_master_file=/master", "--envelope_identities_file=/list"];
  expect(check("--self-test", ...files)[0]).toBe("self test: sealed (v2); the worker has to be listed");
});

test.for([
  ["--key=x", "results: in the legacy form, under the shared key; the module cannot verify this sender"],
  ["--encryption=no", "results: in the legacy form, in clear text; the module cannot verify this sender"],
  ["--sender_identity_file=/app", "results: sealed (v2); the module verifies this sender as app"],
] as const)("a sender with %s, in --check-config", async ([word, text]) => {
  const printed: string[] = [];
  const world = {
    argv: ["--server=h", "--host=h", word, "--check-config"],
    files: deps,
    print: (line: string) => void printed.push(line),
    printError: () => undefined,
    version: "1",
    runtime: "node",
  };
  await runSender("send_gearman", world, () => Promise.resolve(9));
  expect(printed.join("")).toContain(`Hops:\n  ${text}\n  ${SERVERS}\n`);
});
