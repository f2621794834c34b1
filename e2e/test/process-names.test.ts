import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, waitFor } from "@mod-gearman/testkit";
import { describe, expect, onTestFinished, test } from "vitest";

import { findProgram } from "../src/capabilities.ts";
import { command } from "../src/command.ts";
import { skipWithout } from "../src/needs.ts";
import { programs } from "../src/paths.ts";
import { listening, type Running, start } from "../src/processes.ts";

const CHECK_PROCS = "/usr/lib/nagios/plugins/check_procs";
const lines = (text: string): string[] => text.split("\n").map((line) => line.trim());

interface Named {
  readonly name: string;
  readonly main: string;
  /** With which it listens on the port. */
  readonly args: (port: number, folder: string) => string[];
  readonly secret: string;
}

const NAMED: readonly Named[] = [
  {
    name: "gearmand",
    main: programs.gearmand,
    args: (port, folder) => [
      ...[`--port=${port}`, "--listen=127.0.0.1", "--config-file=/dev/null", "--log-file=stderr"],
      `--pid-file=${folder}/pid`,
    ],
    secret: "--mysql-password=hush-hush",
  },
  {
    name: "mod_gearman_worker",
    main: programs.worker,
    args: (port) => ["--server=127.0.0.1:1", "--services=yes", `--prometheus_server=127.0.0.1:${port}`],
    secret: "--key=hush-hush",
  },
  {
    name: "mod_gearman_bridge",
    main: programs.bridge,
    args: (_, folder) => [`--bridge-socket=${folder}/bridge.sock`],
    secret: "--key=hush-hush",
  },
];

/** The program, started by its command as an installation has it: a link in a folder of PATH. */
async function started({ name, main, args, secret }: Named): Promise<Running & { path: string }> {
  const folder = mkdtempSync(join(tmpdir(), "e2e-names-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, name);
  symlinkSync(main, path);
  const port = await freePort();
  const running = start(path, [...args(port, folder), secret], {
    PATH: `${join(process.execPath, "..")}:${process.env.PATH}`,
  });
  onTestFinished(async () => {
    await running.stop();
  });
  const isNamed = (): boolean =>
    readFileSync(`/proc/${running.pid}/comm`, "latin1").trim() === name.slice(0, 15);
  await waitFor(`the name of ${name}`, isNamed, 20_000);
  if (name !== "mod_gearman_bridge") await listening(port);
  else await waitFor("the socket of the bridge", () => existsSync(join(folder, "bridge.sock")), 20_000);
  return { ...running, path };
}

describe.for(NAMED)("$name", (program) => {
  const { name } = program;
  const comm = name.slice(0, 15);

  test("is found by its name", async (context) => {
    const missing = ["ps", "pgrep", "pidof", "ss"].filter((tool) => findProgram(tool) === undefined);
    skipWithout(context, missing.length > 0 ? `no ${missing.join(", ")}` : undefined);
    const { pid, path } = await started(program);
    const id = String(pid);
    expect(await command("ps", ["-o", "comm=", "-p", id])).toBe(comm);
    const shown = await command("ps", ["-ww", "-o", "args=", "-p", id]);
    expect(shown.startsWith(`${path} --`)).toBe(true);
    expect(shown.endsWith("=***")).toBe(true);
    expect(lines(await command("ps", ["-ef"])).some((line) => line.includes(` ${path} --`))).toBe(true);
    expect(lines(await command("pgrep", ["-x", comm]))).toContain(id);
    expect(lines(await command("pgrep", ["-f", `^${path} `]))).toEqual([id]);
    expect((await command("pidof", [name])).split(" ")).toContain(id);
    if (name === "gearmand") expect(await command("ss", ["-Hltnp"])).toContain(`("${comm}",pid=${id},`);
    else expect(await command("ss", ["-Hlnp"])).toContain(`("${comm}",pid=${id},`);
  });

  test("is counted by check_procs", async (context) => {
    skipWithout(context, !existsSync(CHECK_PROCS) ? `no ${CHECK_PROCS}` : undefined);
    const { path } = await started(program);
    const counted = await command(CHECK_PROCS, ["-C", comm, "-c", "1:"]);
    expect(counted).toMatch(new RegExp(`^PROCS OK: [1-9]\\d* process(?:es)? with command name '${comm}'`));
    expect(await command(CHECK_PROCS, ["-a", path, "-c", "1:1"])).toContain("PROCS OK: 1 process with args");
  });
});

test("a plugin has no name and no arguments of its worker", async () => {
  const folder = mkdtempSync(join(tmpdir(), "e2e-names-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "check_name"), "#!/bin/sh\ncat /proc/$$/comm\n", { mode: 0o755 });
  const output = await command(process.execPath, [programs.worker, "testcmd", join(folder, "check_name")]);
  expect(output).toBe("check_name");
});
