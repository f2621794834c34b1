import { findProgram } from "./capabilities.ts";
import { programs } from "./paths.ts";
import { freePort, listening, type Running, start } from "./processes.ts";

export type JobServerKind = "gearmand 1.1.20" | "our job server";

/** A job server that can be killed and started again on its port. */
export interface JobServer {
  readonly port: number;
  readonly running: Running;
  kill(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

function launch(kind: JobServerKind, port: number): Running {
  const args = [`--port=${port}`, "--listen=127.0.0.1", "--log-file=stderr", "--verbose=INFO"];
  if (kind === "our job server")
    return start(process.execPath, [programs.gearmand, ...args, "--pid-file=/dev/null"]);
  return start(findProgram("gearmand") ?? "gearmand", [...args, "--pid-file=/dev/null", "-u", "root"]);
}

/** Starts a job server on a free loopback port. */
export async function startJobServer(kind: JobServerKind): Promise<JobServer> {
  const port = await freePort();
  const state = { running: launch(kind, port) };
  await listening(port);
  return {
    port,
    get running() {
      return state.running;
    },
    kill: () => state.running.kill(),
    restart: async () => {
      state.running = launch(kind, port);
      await listening(port);
    },
    stop: async () => {
      await state.running.stop();
    },
  };
}
