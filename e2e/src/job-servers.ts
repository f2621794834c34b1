import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { findProgram } from "./capabilities.ts";
import { programs } from "./paths.ts";
import { freePort, listening, type Running, start } from "./processes.ts";

export type JobServerKind = "the real gearmand" | "our job server";

/** A job server that can be killed and restarted on its port. */
export interface JobServer {
  readonly port: number;
  readonly running: Running;
  kill(): Promise<void>;
  /** SIGTERM; it can be restarted. @returns its exit code */
  end(): Promise<number | null>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

interface Launch {
  readonly kind: JobServerKind;
  readonly port: number;
  readonly folder: string;
  readonly more: readonly string[];
  readonly env: Record<string, string>;
}

function launch({ kind, port, folder, more, env }: Launch): Running {
  const args = [
    ...more,
    `--port=${port}`,
    "--listen=127.0.0.1",
    "--log-file=stderr",
    "--verbose=INFO",
    "--config-file=/dev/null",
  ];
  const pidFile = `--pid-file=${join(folder, "pid")}`; // the original removes and rewrites any file there
  if (kind === "our job server") return start(process.execPath, [programs.gearmand, ...args, pidFile], env);
  return start(findProgram("gearmand") ?? "gearmand", [...args, pidFile, "-u", "root"], env);
}

/** Starts a job server on a free loopback port. @param more further options @param env further environment */
export async function startJobServer(
  kind: JobServerKind,
  more: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<JobServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "e2e-gearmand-"));
  const as: Launch = { kind, port, folder, more, env };
  const state = { running: launch(as) };
  const stop = async (): Promise<void> => {
    await state.running.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await listening(port);
  } catch (cause) {
    await stop();
    throw new Error(`${kind} did not start: ${state.running.output()}`, { cause });
  }
  return {
    port,
    get running() {
      return state.running;
    },
    kill: () => state.running.kill(),
    end: () => state.running.stop(),
    restart: async () => {
      state.running = launch(as);
      await listening(port);
    },
    stop,
  };
}
