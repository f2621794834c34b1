import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, waitFor } from "@mod-gearman/testkit";
import { describe, expect, onTestFinished, test } from "vitest";

import { startJobServer } from "../src/job-servers.ts";
import { programs } from "../src/paths.ts";
import { listening, type Running, start } from "../src/processes.ts";
import { waitForStatus } from "../src/status-file.ts";
import { all, ownBridge, startTestCore } from "../src/test-core.ts";
import { moduleConf, startWorker } from "../src/workers.ts";

/** Prints each datagram as `pid of its sender|text`, lines joined by `|`. Node.js has no such sockets. */
const MANAGER = `
use Socket;
$| = 1;
my $name = shift;
socket(my $socket, AF_UNIX, SOCK_DGRAM, 0) or die;
bind($socket, pack_sockaddr_un($name)) or die "bind: $!";
print "listening\\n";
while (defined recv($socket, my $text, 4096, 0)) { $text =~ s/\\n/|/g; print "$text\\n"; }
`;

interface Manager {
  readonly env: Record<string, string>;
  readonly folder: string;
  /** Texts so far. */
  texts(): string[];
  heard(text: RegExp, after?: number): Promise<void>;
}

/** A service manager with a watchdog of two seconds. */
async function startManager(): Promise<Manager> {
  const folder = mkdtempSync(join(tmpdir(), "e2e-service-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const socket = join(folder, "notify");
  const receiver = spawn("perl", ["-e", MANAGER, socket], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void receiver.kill("SIGKILL"));
  let output = "";
  receiver.stdout.on("data", (data: Buffer) => {
    output += data;
  });
  await once(receiver.stdout, "data");
  const texts = (): string[] => output.trimEnd().split("\n").slice(1);
  return {
    env: { NOTIFY_SOCKET: socket, WATCHDOG_USEC: "2000000" },
    folder,
    texts,
    heard: async (text, after = 0) => {
      await waitFor(
        `${text}`,
        () =>
          texts()
            .slice(after)
            .some((one) => text.test(one)),
        20_000,
      );
    },
  };
}

interface Service {
  readonly name: string;
  readonly start: (manager: Manager, port: number) => Running;
  readonly first: RegExp;
}

const SERVICES: readonly Service[] = [
  {
    name: "gearmand",
    start: ({ env, folder }, port) => {
      const files = ["--config-file=/dev/null", "--log-file=stderr", `--pid-file=${folder}/pid`];
      const store = ["--queue-type=libsqlite3", `--libsqlite3-db=${folder}/queue`];
      const args = [programs.gearmand, `--port=${port}`, "--listen=127.0.0.1", ...files, ...store];
      return start(process.execPath, args, env);
    },
    first: /^STATUS=Reading the stored queue$/,
  },
  {
    name: "mod_gearman_worker",
    start: ({ env, folder }, port) => {
      const args = ["--server=127.0.0.1:1", "--services=yes", "--encryption=no", `--pidfile=${folder}/pid`];
      const metrics = `--prometheus_server=127.0.0.1:${port}`;
      return start(process.execPath, [programs.worker, ...args, metrics], env);
    },
    first: /^READY=1\|STATUS=no job server connected, 0 of \d+ workers busy/,
  },
  {
    name: "mod_gearman_bridge",
    start: ({ env, folder }) =>
      start(process.execPath, [programs.bridge, `--bridge-socket=${folder}/bridge.sock`], env),
    first: /^READY=1\|STATUS=core: away, job server: away/,
  },
];

describe.for(SERVICES)("$name", ({ name, start: begin, first }) => {
  test("tells the service manager how it is doing", async () => {
    const manager = await startManager();
    const port = await freePort();
    const running = begin(manager, port);
    onTestFinished(async () => {
      await running.stop();
    });
    await manager.heard(/^READY=1/);
    expect(manager.texts()[0]).toMatch(first);
    if (name !== "mod_gearman_bridge") await listening(port, 1); // it listens before it says so
    await manager.heard(/^WATCHDOG=1/);

    const before = manager.texts().length;
    process.kill(running.pid, "SIGHUP");
    await manager.heard(/^RELOADING=1\|MONOTONIC_USEC=\d+$/, before);
    await manager.heard(/^READY=1/, before);
    await manager.heard(/^WATCHDOG=1/, manager.texts().length);

    process.kill(running.pid, "SIGSTOP");
    const stopped = manager.texts().length;
    process.kill(running.pid, "SIGCONT");
    await manager.heard(/^WATCHDOG=1/, stopped);

    await running.stop();
    await manager.heard(/^STOPPING=1/);
    expect(manager.texts().filter((text) => text.startsWith("READY=1"))).toHaveLength(2);
    expect(running.output()).not.toContain("service manager");
  });
});

test("no plugin and no bridge of a core inherits the socket", async () => {
  const manager = await startManager();
  const gearmand = await startJobServer("our job server");
  onTestFinished(() => gearmand.stop());
  const seen = join(manager.folder, "seen");
  const plugin = join(manager.folder, "check_env");
  writeFileSync(plugin, `#!/bin/sh\nenv >${seen}\necho ran\n`, { mode: 0o755 });
  const worker = startWorker(gearmand.port, [], manager.env);
  onTestFinished(async () => {
    await worker.stop();
  });
  const { statusFile } = startTestCore(plugin, ownBridge, moduleConf(gearmand.port));
  await waitForStatus(statusFile, "checks", (status) => all(status, (text) => text === "ran"));
  expect(readFileSync(seen, "latin1")).not.toMatch(/NOTIFY_SOCKET|WATCHDOG_/);
  expect(readFileSync(seen, "latin1")).toContain("PATH=");
});
