import { createServer } from "node:net";
import { closedAddress, type TestContext } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { AREAS } from "../src/finding.ts";
import { localMachine } from "../src/local-machine.ts";
import { KEY, TestSite, VERSION } from "./test-site.ts";

interface Broken {
  readonly name: string;
  /** `area id` of what must be found. */
  readonly finds: readonly string[];
  /** Breaks a healthy site before it starts. */
  readonly breaks: (site: TestSite, context: TestContext) => void | Promise<void>;
}

const module = (site: TestSite, ...lines: string[]) => {
  const usual = site.moduleLines;
  site.moduleLines = () => [...usual(), ...lines];
};
const worker = (site: TestSite, ...lines: string[]) => {
  const usual = site.workerLines;
  site.workerLines = () => [...usual(), ...lines];
};
const core = (site: TestSite, change: (lines: string[]) => string[]) =>
  site.files.set("etc/naemon/naemon.cfg", change(site.coreLines()).join("\n"));
const instead = (from: RegExp, to: string) => (lines: string[]) =>
  lines.map((line) => line.replace(from, to));

/** A process of the suite on this machine. */
function running(
  site: TestSite,
  name: string,
  more: { files?: number; limit?: number; processes?: number } = {},
): void {
  const { files = 10, limit = 65_536, processes = 30_000 } = more;
  site.proc.set("77/comm", `${name}\n`);
  site.proc.set(
    "77/limits",
    `Max processes             ${processes} 1 x\nMax open files            ${limit} 1 x\n`,
  );
  site.proc.set("77/status", "VmRSS:     1000 kB\n");
  for (let fd = 0; fd < files; fd++) site.proc.set(`77/fd/${fd}`, "");
}

/** Listens on a free port. */
async function listener(context: TestContext, greet: string | undefined): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    if (greet !== undefined) socket.end(greet);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  context.onTestFinished(() => void server.close());
  return (server.address() as { port: number }).port;
}

const sites: readonly Broken[] = [
  // configuration
  {
    name: "a misspelt option",
    finds: ["configuration module-advice"],
    breaks: (site) => module(site, "sevrices=yes"),
  },
  {
    name: "a worker without queues",
    finds: ["configuration worker-unusable"],
    breaks: (site) => {
      site.workerLines = () => [...site.servers(), `keyfile=${site.path("etc/key")}`, ""];
    },
  },
  {
    name: "a module without server",
    finds: ["configuration module-unusable"],
    breaks: (site) => {
      site.moduleLines = () => [`keyfile=${site.path("etc/key")}`, ""];
    },
  },
  {
    name: "encryption on one side only",
    finds: ["configuration encryption-differs", "key encryption-off"],
    breaks: (site) => worker(site, "encryption=no"),
  },
  {
    name: "module and worker at different servers",
    finds: ["configuration no-common-server", "network server-unreachable"],
    breaks: async (site) => {
      const address = await closedAddress();
      site.workerLines = () => [
        `server=${address}`,
        "services=yes",
        `keyfile=${site.path("etc/key")}`,
        `result_spool=${site.path("spool")}`,
        "",
      ];
    },
  },
  // key
  {
    name: "different keys",
    finds: ["key keys-differ"],
    breaks: (site) => {
      site.modes.set("etc/worker.conf", 0o600);
      const usual = site.workerLines;
      site.workerLines = () => [
        ...usual().filter((line) => !line.startsWith("keyfile")),
        `key=${KEY.replace("0", "1")}`,
      ];
    },
  },
  {
    name: "no key file",
    finds: ["key key-unusable"],
    breaks: (site) => {
      const usual = site.workerLines;
      site.workerLines = () => usual().map((line) => line.replace(/etc\/key$/, "etc/none"));
    },
  },
  {
    name: "a key that every user may read",
    finds: ["key key-advice", "key key-advice"],
    breaks: (site) => site.modes.set("etc/key", 0o644),
  },
  {
    name: "the key of the sample files",
    finds: ["key key-advice", "key key-advice"],
    breaks: (site) => {
      site.files.set("etc/key", "should_be_changed\n");
      site.worker = { key: "should_be_changed" };
    },
  },
  {
    name: "a running worker with another key",
    finds: ["check worker-key", "check worker-key"],
    breaks: (site) => {
      site.worker = { key: "another key that nobody expected" };
    },
  },
  // core
  {
    name: "no broker_module line",
    finds: ["core module-not-loaded"],
    breaks: (site) => {
      core(site, instead(/^broker_module=.*/, "#"));
      site.args.push(`--module-config=${site.path("etc/module.conf")}`);
    },
  },
  {
    name: "broker options that leave checks out",
    finds: ["core broker-options"],
    breaks: (site) => core(site, instead(/options=-1/, "options=1")),
  },
  {
    name: "two modules",
    finds: ["core module-loaded-twice"],
    breaks: (site) =>
      core(site, (lines) => [...lines, "broker_module=/usr/lib/mod_gearman/mod_gearman_naemon.o config=/x"]),
  },
  {
    name: "a module's file that is not there",
    finds: ["core module-file"],
    breaks: (site) => void site.files.delete("lib/mod_gearman.o"),
  },
  {
    name: "a module for another processor",
    finds: ["core module-file"],
    breaks: (site) => {
      const file = Buffer.from(site.files.get("lib/mod_gearman.o") as Buffer);
      file.writeUInt16LE(file.readUInt16LE(18) ^ 1, 18);
      site.files.set("lib/mod_gearman.o", file);
    },
  },
  {
    name: "a core whose layout is not known",
    finds: ["core module-passive"],
    breaks: (site) =>
      site.files.set(
        "var/naemon.log",
        "[1] mod_gearman: ERROR - no layout fits; nothing is taken over, the core runs everything itself\n",
      ),
  },
  // network
  {
    name: "a server that does not run",
    finds: ["network server-unreachable"],
    breaks: async (site) => {
      const address = await closedAddress();
      site.args.push(`--host=${address}`);
    },
  },
  {
    name: "an unknown server name",
    finds: ["network server-unknown-name"],
    breaks: (site) => void site.args.push("--host=no-such-name.invalid:4730"),
  },
  {
    name: "a server that hangs",
    finds: ["network server-silent"],
    breaks: async (site, context) => {
      site.args.push(`--host=127.0.0.1:${await listener(context, undefined)}`, "--timeout=10");
    },
  },
  {
    name: "another program on the port",
    finds: ["network not-a-job-server"],
    breaks: async (site, context) => {
      site.args.push(`--host=127.0.0.1:${await listener(context, "HTTP/1.1 400 Bad Request\r\n\r\n")}`);
    },
  },
  // version
  {
    name: "an old Node.js",
    finds: ["version node-old"],
    breaks: (site) => {
      site.nodeVersion = "20.19.0";
    },
  },
  {
    name: "a worker of another version",
    finds: ["version versions-differ"],
    breaks: (site) => {
      site.worker = { clientId: "w2@mod_gearman_worker/0.0.9" };
    },
  },
  {
    name: "a module of another version",
    finds: ["version module-version"],
    breaks: (site) => {
      const file = site.files.get("lib/mod_gearman.o") as Buffer;
      site.files.set(
        "lib/mod_gearman.o",
        Buffer.from(file.toString("latin1").replace(VERSION, "0.0.9"), "latin1"),
      );
    },
  },
  {
    name: "a core that is too old",
    finds: ["version core-old"],
    breaks: (site) => site.files.set("bin/naemon", "#!/bin/sh\necho 'Nagios Core 3.5.1'\n"),
  },
  {
    name: "the classic module",
    finds: ["version classic-module"],
    breaks: (site) => {
      const file = site.files.get("lib/mod_gearman.o") as Buffer;
      site.files.set("lib/mod_gearman.o", file.subarray(0, 64));
    },
  },
  // limits
  {
    name: "too few open files for the worker",
    finds: ["limits descriptors-of-worker"],
    breaks: (site) => running(site, "mod_gearman_wor", { limit: 64 }),
  },
  {
    name: "too few processes for the worker",
    finds: ["limits processes-of-worker"],
    breaks: (site) => running(site, "mod_gearman_wor", { processes: 20 }),
  },
  {
    name: "too little memory",
    finds: ["limits memory-of-plugins"],
    breaks: (site) => site.proc.set("meminfo", "MemAvailable:   20000 kB\n"),
  },
  {
    name: "a program that has used its open files",
    finds: ["limits descriptors-used"],
    breaks: (site) => running(site, "mod_gearman_bri", { files: 60, limit: 64 }),
  },
  {
    name: "a job server with too few open files",
    finds: ["limits descriptors-of-server"],
    breaks: (site) => running(site, "gearmand", { limit: 64 }),
  },
  // plugins
  {
    name: "a plugin that the worker does not have",
    finds: ["plugins plugin-missing"],
    breaks: (site) => void site.files.delete("plugins/check_fine"),
  },
  {
    name: "a plugin that may not be executed",
    finds: ["plugins plugin-not-executable"],
    breaks: (site) => site.modes.set("plugins/check_fine", 0o644),
  },
  {
    name: "a plugin whose interpreter is missing",
    finds: ["plugins plugin-without-interpreter"],
    breaks: (site) => site.files.set("plugins/check_fine", "#!/usr/bin/no-such-perl -w\n"),
  },
  {
    name: "a plugin with line ends of Windows",
    finds: ["plugins plugin-without-interpreter"],
    breaks: (site) => site.files.set("plugins/check_fine", "#!/bin/sh\r\necho fine\r\n"),
  },
  {
    name: "an undefined macro",
    finds: ["plugins macro-undefined"],
    breaks: (site) => site.files.set("etc/resource.cfg", "# none\n"),
  },
  // queues
  {
    name: "a queue without worker",
    finds: ["queues queue-without-worker"],
    breaks: (site) => module(site, "hosts=yes", "services=yes", "eventhandler=yes", "hostgroups=dmz"),
  },
  {
    name: "a worker for a group that is not used",
    finds: ["queues worker-without-queue"],
    breaks: (site) => worker(site, "hostgroups=dmzz"),
  },
  {
    name: "a core that is away",
    finds: ["queues results-not-taken"],
    breaks: (site) => {
      site.hasCore = false;
    },
  },
  {
    name: "workers that take no jobs",
    finds: ["check no-answer", "check no-answer", "queues queue-stalled"],
    breaks: (site) => {
      site.worker = { isStopped: true };
      site.jobs.push("service");
      site.args.push("--timeout=4"); // on a busy machine the server needs some of it for its answers
    },
  },
  {
    name: "jobs left in a queue without owner",
    finds: ["queues jobs-left"],
    breaks: (site) => void site.jobs.push("hostgroup_old"),
  },
  // spool
  {
    name: "a spool that is no folder",
    finds: ["spool spool-unusable"],
    breaks: (site) => {
      worker(site, `result_spool=${site.path("etc/key")}`);
    },
  },
  {
    name: "damaged results",
    finds: ["spool spool-damaged"],
    breaks: (site) => site.files.set("spool/0000000000000001.spool.damaged", "x"),
  },
  {
    name: "results that wait for an hour",
    finds: ["spool spool-waiting"],
    breaks: (site) => {
      site.files.set("spool/0000000000000001.spool", Buffer.alloc(500));
      const { facts } = localMachine();
      site.machine = {
        facts: (path) => {
          const found = facts(path);
          return found === undefined ? undefined : { ...found, modifiedMs: found.modifiedMs - 3_600_000 };
        },
      };
    },
  },
  {
    name: "a spool on a full disk",
    finds: ["spool spool-disk-full"],
    breaks: (site) => {
      site.machine = { space: () => ({ freeBytes: 1000, used: 0.999 }) };
    },
  },
  // clock
  {
    name: "a clock 90 seconds off",
    finds: ["clock clock-differs"],
    breaks: (site) => {
      site.worker = { clockMicros: 90_000_000n };
    },
  },
];

test("a healthy site: nothing is found, and nothing is left out", async (context) => {
  const site = new TestSite(context);
  running(site, "mod_gearman_wor");
  const { found, skipped, code } = await site.run();
  expect(found).toEqual([]);
  expect(skipped).toEqual([]);
  expect(code).toBe(0);
});

describe.concurrent("broken sites", () => {
  test.for(sites)("$name", async ({ finds, breaks }, context) => {
    const site = new TestSite(context);
    await breaks(site, context);
    const { found, code, text } = await site.run();
    expect(found).toEqual(finds.toSorted());
    expect(code).toBeGreaterThan(0);
    expect(text).not.toContain(KEY);
  });
});

test("at least three of each kind are built", () => {
  const counts = AREAS.filter((area) => !/^(?:clock|check|forms)$/.test(area)).map(
    (area) => sites.filter(({ finds }) => finds.some((one) => one.startsWith(`${area} `))).length,
  );
  expect(Math.min(...counts)).toBeGreaterThanOrEqual(3);
});
