import { issueIdentity, printIdentityFile } from "@mod-gearman/crypto";
import { memoryLogger } from "@mod-gearman/observe";
import { loadWorker } from "@mod-gearman/program";
import { expect, test } from "vitest";
import { logWarnings, startWarnings } from "../src/config-warnings.ts";

const FILES = {
  readFile: () => Buffer.alloc(0),
  readDir: () => [],
  isDirectory: () => false,
};
const SCRIPTS = { bundled: () => "/bundled.pl", isOurs: () => true };
const WORLD = {
  perlScripts: SCRIPTS,
  files: FILES,
  identity: () => ({ uid: 65_534, gid: 65_534, groups: [65_534, 7] }),
};
const LIMITS = "Max open files            1024                 4096                 files\n";

test("limits that the machine cannot meet are warnings of the configuration, like those of its files", () => {
  const loaded = loadWorker(
    ["--server=s", "--services", "--encryption=no", "--max-worker=500", "--hostgroups={{ x }}"],
    FILES,
  );
  if (!("options" in loaded)) throw new Error("no options");
  const machine = { cpus: 1, readProc: () => LIMITS };
  const logger = memoryLogger();
  logWarnings(startWarnings(loaded, { ...WORLD, machine }), logger);
  expect(logger.lines).toEqual([
    "warn: hostgroups: '{{ x }}' looks like a template that was not filled in (command line)",
    "warn: current max worker setting (500) requires open files ulimit of at least 3060, current value is 1024.",
    "warn: Setting max worker limit to 160",
  ]);
});

test.for([
  ["v2", "jobs are taken sealed only (v2)"],
  ["both", "jobs are taken in the legacy form too, which anyone with the key can forge"],
] as const)("envelope=%s: which form each hop speaks", ([form, jobs]) => {
  const issued = issueIdentity(
    { secret: Buffer.alloc(32, 1), epochs: [1] },
    { kind: "worker", name: "w1", queues: [Buffer.from("service")] },
  );
  const words = ["--server=s", "--dupserver=d", "--services", "--hosts", "--encryption=no"];
  const loaded = loadWorker([...words, `--envelope=${form}`, "--envelope_identity_file=/keys"], {
    ...FILES,
    readFile: () => printIdentityFile(issued),
  });
  if (!("options" in loaded)) throw new Error("no options");
  const logger = memoryLogger();
  logWarnings(startWarnings(loaded, { ...WORLD, machine: { cpus: 1, readProc: () => "" } }), logger);
  expect(logger.lines).toEqual([
    `info: envelope: this is worker w1; ${jobs}, and results are in the form of their job`,
    "warn: no key for queue host: its sealed jobs will be refused",
    "warn: results for dup servers are in the legacy form",
    "warn: plugins run as the user of this worker, which reads /keys, and can read it too: see run_as",
  ]);
});

test.for([
  [{ mode: 0o600, uid: 0, gid: 0 }, false],
  [{ mode: 0o640, uid: 0, gid: 0 }, false],
  [{ mode: 0o640, uid: 0, gid: 7 }, true],
  [{ mode: 0o400, uid: 65_534, gid: 0 }, true],
] as const)("run_as, key file %o: %s", ([stats, isExposed]) => {
  const issued = issueIdentity(
    { secret: Buffer.alloc(32, 1), epochs: [1] },
    { kind: "worker", name: "w1", queues: [Buffer.from("service")] },
  );
  const files = { ...FILES, readFile: () => printIdentityFile(issued), statsOf: () => stats };
  const words = ["--server=s", "--services", "--encryption=no", "--envelope=v2", "--run_as=nobody"];
  const load = (path: string, env = {}) => {
    const loaded = loadWorker([...words, `--envelope_identity_file=${path}`], { ...files, env });
    if (!("options" in loaded)) throw new Error("no options");
    const world = { ...WORLD, files: { ...files, env }, machine: { cpus: 1, readProc: () => "" } };
    return startWarnings(loaded, world)
      .map(({ text }) => text)
      .filter((text) => text.startsWith("plugins run as"));
  };
  const text = "plugins run as nobody, who can read /keys: it is to belong to root, with mode 0600";
  expect(load("/keys")).toEqual(isExposed ? [text] : []);
  expect(load("/creds/keys", { CREDENTIALS_DIRECTORY: "/creds" })).toEqual([]);
});
