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

function launch(kind: JobServerKind, port: number, folder: string, more: readonly string[] = []): Running {
  const args = [
    ...more,
    `--port=${port}`,
    "--listen=127.0.0.1",
    "--log-file=stderr",
    "--verbose=INFO",
    "--config-file=/dev/null",
  ];
  const pidFile = `--pid-file=${join(folder, "pid")}`; // the original removes and rewrites any file there
  if (kind === "our job server") return start(process.execPath, [programs.gearmand, ...args, pidFile]);
  return start(findProgram("gearmand") ?? "gearmand", [...args, pidFile, "-u", "root"]);
}

/** Starts a job server on a free loopback port. @param args further options */
export async function startJobServer(kind: JobServerKind, args: readonly string[] = []): Promise<JobServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "e2e-gearmand-"));
  const state = { running: launch(kind, port, folder, args) };
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
      state.running = launch(kind, port, folder, args);
      await listening(port);
    },
    stop,
  };
}
