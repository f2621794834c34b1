import type { LoadDeps } from "@mod-gearman/config";
import { issueIdentity, printIdentityFile, printMasterFile } from "@mod-gearman/crypto";
import { loadModule, loadWorker } from "@mod-gearman/program";
import { describe, expect, test } from "vitest";
import { examineForms } from "../src/areas/forms.ts";
import type { Report } from "../src/finding.ts";

const master = { secret: Buffer.alloc(32, 1), epochs: [1] };
const FILES: Readonly<Record<string, Buffer>> = {
  "/master": printMasterFile(master),
  "/list": Buffer.from("worker w1 service\nworker w1 host\nend\n"),
  "/other": Buffer.from("worker w2 service\nend\n"),
  "/revoked": Buffer.from("worker w1 service\nworker w1 host\nrevoked w1\nend\n"),
  "/w1": identity("service", "host"),
  "/part": identity("service"),
};
const files: LoadDeps = {
  readFile: (path) => FILES[path] ?? Buffer.alloc(0),
  readDir: () => [],
  isDirectory: () => false,
};

function identity(...queues: string[]): Buffer {
  const names = queues.map((queue) => Buffer.from(queue));
  return printIdentityFile(issueIdentity(master, { kind: "worker", name: "w1", queues: names }));
}

const SEALED = "envelope_master_file=/master envelope_identities_file=/list";
const KEYS = "--envelope_identity_file=/w1";

function examined(line: string | undefined, words: string | undefined): Report {
  const loaded =
    line === undefined ? undefined : loadModule(`server=h key=x services=yes hosts=yes ${line}`, "/", files);
  const worker =
    words === undefined
      ? undefined
      : loadWorker(["--server=h", "--key=x", "--services=yes", "--hosts=yes", ...words.split(" ")], files);
  if (worker !== undefined && !("options" in worker)) throw new Error("no options");
  return examineForms({
    brokerLines: [],
    servers: [],
    module: loaded && { from: "m", loaded },
    worker: worker && { from: "w", loaded: worker },
  }).report;
}

test("the form of each hop, as of --check-config, is said", () => {
  const { facts, findings } = examined("", "--identifier=w");
  expect(facts.map(({ name }) => name)).toEqual(expect.arrayContaining(["module", "worker"]));
  expect(facts[0]?.text).toBe("jobs to workers: in the legacy form, under the shared key");
  expect(findings).toEqual([]);
});

test("without any configuration that is not looked at", () => {
  expect(examined(undefined, undefined).skipped).toHaveLength(1);
});

describe("what is less than the configuration means", () => {
  test.for<[found: string[], line: string, words: string]>([
    [[], `${SEALED} envelope=v2`, `--envelope=v2 ${KEYS}`],
    [[], `${SEALED} envelope=both envelope_queues=service`, `--envelope=both ${KEYS}`],
    [["nothing-sealed"], `${SEALED} envelope=both`, `--envelope=both ${KEYS}`],
    [["workers-not-listed"], "envelope_master_file=/master envelope=v2", `--envelope=v2 ${KEYS}`],
    [["worker-takes-legacy"], `${SEALED} envelope=v2`, `--envelope=both ${KEYS}`],
    [["worker-sealed-only"], `${SEALED} envelope=both envelope_queues=service`, `--envelope=v2 ${KEYS}`],
    [["worker-without-keys"], `${SEALED} envelope=v2`, "--envelope=v2 --envelope_identity_file=/part"],
    [["worker-without-keys"], `${SEALED} envelope=v2`, "--identifier=w"],
    [["worker-not-listed"], `${SEALED.replace("list", "other")} envelope=v2`, `--envelope=v2 ${KEYS}`],
    [["worker-revoked"], `${SEALED.replace("list", "revoked")} envelope=v2`, `--envelope=v2 ${KEYS}`],
  ])("%j: module %s, worker %s", ([found, line, words]) => {
    expect(examined(line, words).findings.map(({ id }) => id)).toEqual(found);
  });
});
