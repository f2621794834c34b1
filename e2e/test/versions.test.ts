import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { freePort } from "@mod-gearman/testkit";
import { expect, onTestFinished, test } from "vitest";

import { command } from "../src/command.ts";
import { startJobServer } from "../src/job-servers.ts";
import { programs, root } from "../src/paths.ts";
import { waitForStatus } from "../src/status-file.ts";
import { all, ownBridge, startTestCore } from "../src/test-core.ts";
import { moduleConf, startWorker } from "../src/workers.ts";

const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
const tool = (app: string): string => join(root, "apps", app, "dist/main.js");

/** Standard output, also of a program that fails. */
function output(main: string, ...args: string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], (_, stdout) => resolve(stdout));
  });
}

/** The value of the label `version` in the metrics that a program serves, that of Node.js apart. */
async function versionInMetrics(port: number): Promise<string | undefined> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return /^(?!nodejs_)\w+\{.*\bversion="([^"]*)"/m.exec(text)?.[1];
}

const STARTS: readonly (readonly [string, string, string])[] = [
  ["gearmand", programs.gearmand, `\ngearmand ${version} - `],
  [
    "mod_gearman_worker",
    programs.worker,
    `mod_gearman_worker - version ${version} (Build: ${version}, node `,
  ],
  ["mod_gearman_bridge", programs.bridge, `mod_gearman_bridge: version ${version}\n`],
  ["gearman_top", tool("gearman-top"), `gearman_top: version ${version}\n`],
  ["check_gearman", tool("check-gearman"), `check_gearman: version ${version} running on node `],
  ["send_gearman", tool("send-gearman"), `send_gearman: version ${version} running on node `],
  ["send_multi", tool("send-multi"), `send_multi: version ${version} running on node `],
];

/** Programs of apps/ without a row above. */
const others = readdirSync(join(root, "apps")).flatMap((app) => {
  const { bin } = JSON.parse(readFileSync(join(root, "apps", app, "package.json"), "utf8")) as {
    bin: object;
  };
  return Object.keys(bin)
    .filter((command) => !STARTS.some(([name]) => name === command))
    .map((command) => [command, tool(app), `${command}: version ${version}`] as const);
});

test.each([...STARTS, ...others])("%s --version says the version of the suite", async (_, main, text) => {
  expect((await output(main, "--version")).slice(0, text.length)).toBe(text);
});

test("logs, status answers and metrics say the version of the suite", async () => {
  const ports = { gearmand: await freePort(), worker: await freePort(), bridge: await freePort() };
  const gearmand = await startJobServer("our job server", [`--admin-listen=127.0.0.1:${ports.gearmand}`]);
  onTestFinished(() => gearmand.stop());
  const worker = startWorker(gearmand.port, [`--prometheus_server=127.0.0.1:${ports.worker}`]);
  onTestFinished(async () => {
    await worker.stop();
  });
  const conf = `${moduleConf(gearmand.port)}prometheus_server=127.0.0.1:${ports.bridge}\n`;
  const { folder, statusFile } = startTestCore("/bin/echo ran", ownBridge, conf);
  await waitForStatus(statusFile, "checks", (status) => all(status, (text) => text === "ran"));

  const log = readFileSync(join(folder, "core.log"), "latin1");
  expect(log).toContain(`initialized version ${version} (`);
  expect(log).toContain(`bridge ${version} serves `);

  const ask = (...args: string[]): Promise<string> =>
    output(tool("check-gearman"), `--host=127.0.0.1:${gearmand.port}`, ...args);
  expect(await ask()).toContain(`Version: ${version}`);
  expect(await ask("--queue=worker_e2e-worker", "--send=check")).toContain(`Version: ${version}|worker=`);
  expect(await ask("--queue=check_results", "--send=check")).toContain(`Version: ${version}|worker=`);

  const workers = await command("gearadmin", [`--host=127.0.0.1`, `--port=${gearmand.port}`, "--workers"]);
  expect(workers).toMatch(
    new RegExp(`^\\d+ 127\\.0\\.0\\.1 e2e-worker@mod_gearman_worker/${version} : `, "m"),
  );
  expect(workers).toContain(`@mod_gearman_bridge/${version} : check_results`);

  for (const port of Object.values(ports)) expect(await versionInMetrics(port)).toBe(version);
});
