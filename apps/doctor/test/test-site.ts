import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { systemClock } from "@mod-gearman/base";
import { ClientConnection, dialTcp, speaksTls } from "@mod-gearman/client";
import { nodeFiles } from "@mod-gearman/config";
import { createJobServer } from "@mod-gearman/server";
import { type TestContext, tmpFolder } from "@mod-gearman/testkit";
import { localMachine } from "../src/local-machine.ts";
import { program } from "../src/program.ts";
import type { Machine, World } from "../src/world.ts";
import { startTestWorker, type TestWorkerOptions } from "./test-worker.ts";

export const VERSION = "1.2.3";
export const KEY = "0123456789abcdef0123456789abcdef";
const QUEUES = ["host", "service", "eventhandler"];

export interface Ran {
  readonly code: number;
  readonly text: string;
  /** `area id` of each finding, sorted. */
  readonly found: readonly string[];
  readonly skipped: readonly string[];
  readonly json: {
    readonly findings: readonly { readonly what: string }[];
    readonly facts: readonly { readonly name: string; readonly text: string }[];
  };
}

/** A whole site in a folder, with a job server, a worker and one that stands for the core. Tests break parts of it. */
export class TestSite {
  readonly folder: string;
  readonly context: TestContext;
  /** Files by their path in the folder; `write` makes them. */
  readonly files = new Map<string, string | Buffer>();
  readonly modes = new Map<string, number>();
  /** Texts of /proc that replace those of this machine. */
  readonly proc = new Map<string, string>();
  /** Replaces parts of the machine. */
  machine: Partial<Machine> = {};
  worker: Partial<TestWorkerOptions> | undefined = {};
  /** Whether results are taken. */
  hasCore = true;
  nodeVersion = "24.1.0";
  /** Pages of the bridge. */
  fetch: World["fetch"] = () => Promise.reject(new Error("connect ECONNREFUSED"));
  port = 0;
  serverLines: string[] | undefined;
  readonly args: string[] = [];
  /** Queues with a job that waits. */
  readonly jobs: string[] = [];

  constructor(context: TestContext) {
    this.context = context;
    this.folder = tmpFolder(context);
    const elf = Buffer.concat([
      readFileSync("/proc/self/exe").subarray(0, 64),
      Buffer.from(`\0the core runs everything itself\0${VERSION}\0`),
    ]);
    this.files.set("lib/mod_gearman.o", elf);
    this.files.set("plugins/check_fine", "#!/bin/sh\necho fine\n");
    this.modes.set("plugins/check_fine", 0o755);
    this.files.set("etc/key", `${KEY}\n`);
    this.modes.set("etc/key", 0o600);
    this.files.set("etc/resource.cfg", `$USER1$=${this.path("plugins")}\n`);
    this.files.set("bin/naemon", "#!/bin/sh\necho 'Naemon Core 1.5.2'\n");
    this.modes.set("bin/naemon", 0o755);
    this.files.set("etc/naemon/naemon.cfg", this.coreLines().join("\n"));
    this.files.set(
      "var/objects.cache",
      [
        "define command {",
        "\tcommand_name\tfine",
        "\tcommand_line\t$USER1$/check_fine -H $HOSTADDRESS$",
        "\t}",
        "define command {",
        "\tcommand_name\tunused",
        "\tcommand_line\t$USER9$/not_there",
        "\t}",
        "define service {",
        "\tcheck_command\tfine!1!2",
        "\t}",
        "",
      ].join("\n"),
    );
    this.files.set(
      "var/naemon.log",
      `[1] mod_gearman: initialized version ${VERSION} (Naemon 1.5.2, layout x)\n`,
    );
    this.proc.set("meminfo", "MemAvailable:   16000000 kB\n");
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  coreLines(): string[] {
    return [
      `broker_module=${this.path("lib/mod_gearman.o")} config=${this.path("etc/module.conf")}`,
      "event_broker_options=-1",
      "execute_service_checks=1",
      `resource_file=${this.path("etc/resource.cfg")}`,
      `object_cache_file=${this.path("var/objects.cache")}`,
      `log_file=${this.path("var/naemon.log")}`,
      "",
    ];
  }

  /** Lines of the module's file, from the server's port on. */
  moduleLines = (): string[] => [...this.servers(), `keyfile=${this.path("etc/key")}`, ""];

  workerLines = (): string[] => [
    ...this.servers(),
    `keyfile=${this.path("etc/key")}`,
    "hosts=yes",
    "services=yes",
    "eventhandler=yes",
    "max-worker=10",
    `result_spool=${this.path("spool")}`,
    `pidfile=${this.path("worker.pid")}`,
    "",
  ];

  async run(): Promise<Ran> {
    await this.#start();
    this.files.set("etc/module.conf", this.files.get("etc/module.conf") ?? this.moduleLines().join("\n"));
    this.files.set("etc/worker.conf", this.files.get("etc/worker.conf") ?? this.workerLines().join("\n"));
    mkdirSync(this.path("spool"), { recursive: true });
    for (const [name, content] of this.files) this.#write(name, content);
    for (const [name, mode] of this.modes) if (this.files.has(name)) chmodSync(this.path(name), mode);
    let text = "";
    const code = await program(this.#world((latin1) => (text += latin1)));
    const json = JSON.parse(text);
    const found = json.findings
      .map(({ area, id }: { area: string; id: string }) => `${area} ${id}`)
      .toSorted();
    return { code, text, json, found, skipped: json.skipped.map(({ why }: { why: string }) => why) };
  }

  servers(): string[] {
    return this.serverLines ?? [`server=127.0.0.1:${this.port}`];
  }

  async #start(): Promise<void> {
    const { context } = this;
    const server = createJobServer({ listen: "127.0.0.1", port: 0 });
    const { port } = await server.listen();
    this.port = port;
    context.onTestFinished(() => server.close());
    const clientId = `test@mod_gearman_worker/${VERSION}`;
    await this.#submitJobs();
    if (this.worker !== undefined)
      await startTestWorker(context, { port, queues: QUEUES, key: KEY, clientId, ...this.worker });
    if (this.hasCore)
      await startTestWorker(context, {
        port,
        queues: ["check_results"],
        key: KEY,
        clientId: `core@mod_gearman_bridge/${VERSION}`,
        isStopped: true,
      });
  }

  async #submitJobs(): Promise<void> {
    const client = new ClientConnection({ servers: [{ host: "127.0.0.1", port: this.port }] });
    for (const queue of this.jobs)
      await client.submitBackground({
        function: Buffer.from(queue),
        unique: Buffer.from("u"),
        data: Buffer.from("x"),
      });
    await client.close();
  }

  #write(name: string, content: string | Buffer): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), content);
  }

  #world(stdout: (text: string) => void): World {
    const machine = localMachine();
    return {
      argv: [
        `--core-config=${this.path("etc/naemon/naemon.cfg")}`,
        `--worker-config=${this.path("etc/worker.conf")}`,
        "--timeout=20",
        "--json",
        ...this.args,
      ],
      files: { ...nodeFiles, userId: process.geteuid?.(), hostname: () => "testhost" },
      version: VERSION,
      runtime: "node",
      nodeVersion: this.nodeVersion,
      machine: {
        ...machine,
        proc: (path) => this.proc.get(path),
        procNames: (path) => this.#procNames(path),
        ...this.machine,
      },
      dial: dialTcp(),
      fetch: this.fetch,
      speaksTls,
      clock: systemClock,
      nowMicros: () => BigInt(Date.now()) * 1000n,
      random: () => crypto.randomUUID(),
      hostName: "testhost",
      workingFolder: this.folder,
      hasColours: false,
      stdout,
      stderr: () => undefined,
    };
  }

  #procNames(path: string): string[] {
    const start = path === "" ? "" : `${path}/`;
    const names = [...this.proc.keys()]
      .filter((key) => key.startsWith(start))
      .map((key) => key.slice(start.length));
    return [...new Set(names.map((name) => name.split("/", 1)[0] ?? ""))];
  }
}
