import type { Duplex } from "node:stream";
import type { LoadDeps, Loaded, WorkerOptions } from "@mod-gearman/config";
import { createEnvelope } from "@mod-gearman/crypto";
import { memoryLogger } from "@mod-gearman/observe";
import { parseCheckResult } from "@mod-gearman/payload";
import { loadWorker } from "@mod-gearman/program";
import type { Runner } from "@mod-gearman/runner";
import { ManualClock, RecordedService, settle } from "@mod-gearman/testkit";
import { onTestFinished } from "vitest";
import { type CgroupFiles, nodeCgroupFiles } from "../src/cgroup-files.ts";
import { connectionFactories } from "../src/connections.ts";
import type { Machine } from "../src/guards.ts";
import { openJournal } from "../src/job-journal.ts";
import type { ServeMetrics } from "../src/metrics.ts";
import { type RunWorld, run } from "../src/run.ts";
import type { ResultSpools } from "../src/spool-location.ts";
import { openWorkerJournal } from "../src/worker-journal.ts";
import type { WorkerSignal } from "../src/world.ts";
import { FakeEpn } from "./fake-epn.ts";
import { FakeRunner } from "./fake-runner.ts";
import { MiniJobServer } from "./mini-job-server.ts";

/** Of `sealJob` and `openResult`. */
export const KEY = "a key for tests, 32 bytes and on";
const envelope = createEnvelope({ mode: "on", password: Buffer.from(KEY) });
const NOW_MICROS = 1_700_000_100_000_000n;

export const noFiles: LoadDeps = {
  readFile: (path) => {
    throw Object.assign(new Error(`no ${path}`), { code: "ENOENT" });
  },
  readDir: () => [],
  isDirectory: () => false,
  hostname: () => "testhost",
};

/** Settings from arguments, as the program reads them. */
function load(args: readonly string[], files: Readonly<Record<string, Buffer>> = {}): Loaded<WorkerOptions> {
  const request = loadWorker(args, {
    ...noFiles,
    readFile: (path) => files[path] ?? noFiles.readFile(path),
  });
  if (!("options" in request)) throw new Error("these arguments ask for no worker");
  return request;
}

/** A job text as the broker module prints it, sealed. */
export function sealJob(fields: Record<string, string>, text = ""): Buffer {
  const lines = Object.entries(fields).map(([key, value]) => `${key}=${value}\n`);
  return envelope.seal(Buffer.from(text || lines.join(""), "latin1"));
}

/** A service check. */
export function serviceJob(commandLine: string, more: Record<string, string> = {}): Buffer {
  return sealJob({
    type: "service",
    result_queue: "check_results",
    target_queue: "service",
    host_name: "h1",
    service_description: "s1",
    core_time: "1700000099.500000",
    timeout: "60",
    command_line: commandLine,
    ...more,
  });
}

/** The result in a submitted payload. */
export const openResult = (data: Buffer) => parseCheckResult(envelope.open(data));
export const openText = (data: Buffer) => envelope.open(data).toString("latin1");

/** A worker in this process, with job servers `a:1`, `b:2` … in memory and a manual clock. */
export class WorkerWorld {
  readonly clock = new ManualClock();
  readonly logger = memoryLogger();
  readonly runner = new FakeRunner();
  readonly servers = { a: new MiniJobServer("A"), b: new MiniJobServer("B"), dup: new MiniJobServer("D") };
  readonly machine: Machine & { files: Record<string, string> } = {
    cpus: 2,
    files: {},
    readProc: (name) => this.machine.files[name],
  };
  /** Instances of embedded Perl, in order of creation. */
  readonly epns: FakeEpn[] = [];
  nowMicros = NOW_MICROS;
  /** By path, for options that name one. */
  files: Readonly<Record<string, Buffer>> = {};
  hostName = "testhost";
  /** The result spool of the worker. Default: none. */
  spools: ResultSpools = {
    locate: () => undefined,
    open: () => {
      throw new Error("no spool in this world");
    },
  };
  /** Folder of the journal. Default: no journal. */
  journalFolder: string | undefined;
  /** Used if `machine` shows a cgroup. */
  cgroups: CgroupFiles = nodeCgroupFiles;
  /** Paths and texts of `health_file`, in order; undefined: removed. */
  readonly healthTexts: [string, string | undefined][] = [];
  serveMetrics: ServeMetrics = () => Promise.reject(new Error("no metrics in this world"));
  writeKeys: RunWorld["writeKeys"] = () => Promise.reject(new Error("no key files in this world"));
  followLog: () => void = () => undefined;
  isReady = false;
  readonly service = new RecordedService();
  /** Called by the process before a defect ends it. */
  crash: () => void = () => undefined;
  /** Number of calls. */
  hidden = 0;
  /** Runs real plugins in place of `runner`. */
  realRunner: Runner | undefined;
  args: string[];
  #handler: ((signal: WorkerSignal) => void) | undefined;
  ended: Promise<number> | undefined;
  exitCode: number | undefined;

  constructor(...args: string[]) {
    this.args = ["--server=a:1", "--services=yes", `--key=${KEY}`, "--identifier=w1", ...args];
  }

  /** Resolves when the slots have settled. */
  async start(): Promise<this> {
    const duplex = (address: { host: string; port: number }): Promise<Duplex> =>
      this.servers[address.host as "a"].fake.connect(address);
    const { logger, clock, machine, hostName } = this;
    const outside: RunWorld = {
      ...connectionFactories({ clock, logger, duplex }),
      clock,
      logger,
      runner: this.realRunner ?? this.runner,
      hideMemory: () => {
        this.hidden += 1;
        return this.hidden > 1 ? "EINVAL" : undefined;
      },
      createEpn: (settings) => {
        const epn = new FakeEpn(settings);
        this.epns.push(epn);
        return epn;
      },
      perlScripts: { bundled: () => "/bundled.pl", isOurs: (path) => path.startsWith("/ours") },
      spools: this.spools,
      writeKeys: (path, content) => this.writeKeys(path, content),
      openJournal: () => {
        const { journalFolder: folder } = this;
        const { readProc } = machine;
        if (folder === undefined) return openJournal({ folder, readProc, logger });
        return openWorkerJournal(folder, { readProc, logger });
      },
      cgroups: this.cgroups,
      healthFiles: {
        replace: (path, text) => void this.healthTexts.push([path, text]),
        remove: (path) => void this.healthTexts.push([path, undefined]),
      },
      serveMetrics: (address, figures) => this.serveMetrics(address, figures),
      onCrash: (handler) => {
        this.crash = handler;
      },
      identity: () => ({ uid: 65_534, gid: 65_533, groups: [65_532] }),
      machine,
      version: "1.2.3",
      hostName,
      pid: 4711,
      nowMicros: () => this.nowMicros,
      onSignal: (handler) => {
        this.#handler = handler;
        return () => {
          this.#handler = undefined;
        };
      },
      reload: () => load(this.args, this.files),
      followLog: () => this.followLog(),
      service: this.service,
      ready: () => {
        this.isReady = true;
      },
    };
    this.ended = run(load(this.args, this.files).options, outside);
    this.ended.then(
      (code) => {
        this.exitCode = code;
      },
      () => undefined, // handled by readers of `ended`
    );
    await settle();
    return this;
  }

  async signal(signal: WorkerSignal): Promise<void> {
    this.#handler?.(signal);
    await settle();
  }

  /** Ends the worker. */
  async end(): Promise<void> {
    this.#handler?.("SIGTERM");
    this.#handler?.("SIGTERM");
    await this.clock.advance(60_000);
  }
}

/** A worker that ends with the test. */
export async function startWorker(...args: string[]): Promise<WorkerWorld> {
  const world = new WorkerWorld(...args);
  onTestFinished(() => world.end());
  return world.start();
}
