import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { scratchFolder } from "./own-processes.ts";
import type { Sample } from "./samples.ts";

/** Loaded before the program: when that ends it writes to descriptor 3 what it has used. */
const REPORTER = `process.on("exit", () => {
  const { user, system } = process.cpuUsage();
  const used = { cpu: (user + system) / 1000, rss: process.resourceUsage().maxRSS / 1024 };
  require("node:fs").writeSync(3, JSON.stringify(used));
});`;
const reporter = join(scratchFolder(), "reporter.cjs");
writeFileSync(reporter, REPORTER);

/** How a program of Node.js is run as a whole. */
export interface WholeRun {
  readonly main: string;
  readonly args: readonly string[];
  readonly stdin?: number;
  /** Resolves when it shall end; it is then sent SIGTERM. By default it ends by itself. */
  readonly ready?: () => Promise<void>;
}

/**
 * From the start of the program to its end: time (without `ready` only), CPU time of all its threads, most memory.
 *
 * @throws Error when it does not end with 0
 */
export async function wholeRun({ main, args, stdin, ready }: WholeRun): Promise<Sample> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, ["--require", reporter, main, ...args], {
    stdio: [stdin ?? "ignore", "ignore", "inherit", "pipe"],
  });
  const used = new Promise<string>((resolve, reject) => {
    let text = "";
    child.stdio[3]?.on("data", (chunk) => {
      text += chunk;
    });
    child.stdio[3]?.on("close", () => resolve(text)).on("error", reject);
  });
  const ended = once(child, "exit") as Promise<[number | null]>;
  if (ready !== undefined) {
    await ready();
    child.kill("SIGTERM");
  }
  const [code] = await ended;
  const ms = performance.now() - startedAt;
  if (code !== 0) throw new Error(`${main} ended with ${code}`);
  const { cpu, rss } = JSON.parse(await used) as { cpu: number; rss: number };
  return { ...(ready === undefined ? { ms } : {}), "CPU, ms": cpu, "most RSS, MiB": rss };
}
