import { type ChildProcess, spawn } from "node:child_process";
import { closeSync } from "node:fs";
import { Socket } from "node:net";
import { constants } from "node:os";
import type { Readable } from "node:stream";
import type { PluginCommand } from "@mod-gearman/addon";
import { omitUndefined, signalGroup, signalRest } from "@mod-gearman/base";
import type { Logger } from "@mod-gearman/observe";
import { type BaseEnv, type NodeCommand, toNodeCommand } from "./node-command.ts";
import { type PipeEnds, PipePool } from "./pipe-pool.ts";
import type { ProcessListener, RunningProcess, Spawner } from "./spawner.ts";
import { toSpawnError } from "./system-error.ts";

export interface NodeSpawnerOptions {
  /** Environment that plugins inherit; its PATH is searched. */
  readonly env: BaseEnv;
  readonly logger: Pick<Logger, "warn">;
  /** Where FIFOs are made. Default: the temp folder of the system. */
  readonly pipeFolder?: string;
}

/**
 * Spawner on `node:child_process`. Known limit: Node reports a process killed by a real-time signal (32–64) as exit code 0,
 * because its signal table has no names for them.
 */
export class NodeSpawner implements Spawner {
  readonly #env: BaseEnv;
  readonly #pool: PipePool;

  constructor(options: NodeSpawnerOptions) {
    this.#env = { ...options.env };
    this.#pool = new PipePool({
      ...omitUndefined({ folder: options.pipeFolder }),
      onUnavailable: (reason) =>
        options.logger.warn(
          "cannot make pipes, plugins get sockets instead and those that open /dev/stdout or /dev/stderr " +
            `will fail: ${reason}`,
        ),
    });
  }

  async start(
    request: Pick<PluginCommand, "argv" | "env">,
    listener: ProcessListener,
  ): Promise<RunningProcess> {
    try {
      const command = toNodeCommand(request, this.#env);
      const pipes = await this.#pool.takePair();
      const child = await spawnChild(command, pipes);
      return new ProcessGroup(child, streamsOf(child, pipes), listener);
    } catch (error) {
      throw toSpawnError(error);
    }
  }

  close(): void {
    this.#pool.close();
  }
}

type PipePair = readonly [PipeEnds, PipeEnds] | undefined;

/** Spawns, then closes the write ends in this process; on failure the read ends too. */
async function spawnChild(command: NodeCommand, pipes: PipePair): Promise<ChildProcess> {
  try {
    const child = spawn(command.file, command.args, {
      argv0: command.argv0,
      env: command.env,
      detached: true,
      stdio: ["ignore", pipes?.[0].writeFd ?? "pipe", pipes?.[1].writeFd ?? "pipe"],
    });
    if (child.pid !== undefined) {
      child.on("error", () => undefined); // only failed signals can follow, which kill() reports itself
      return child;
    }
    throw await new Promise<Error>((resolve) => child.once("error", resolve));
  } catch (error) {
    for (const pipe of pipes ?? []) closeSync(pipe.readFd);
    throw error;
  } finally {
    for (const pipe of pipes ?? []) closeSync(pipe.writeFd);
  }
}

function streamsOf(child: ChildProcess, pipes: PipePair): { stdout: Readable; stderr: Readable } {
  if (pipes === undefined) return child as { stdout: Readable; stderr: Readable };
  const [stdout, stderr] = pipes.map(
    ({ readFd }) => new Socket({ fd: readFd, readable: true, writable: false }),
  );
  return { stdout, stderr } as { stdout: Readable; stderr: Readable };
}

class ProcessGroup implements RunningProcess {
  readonly pid: number;
  readonly #streams: readonly Readable[];
  readonly #listener: ProcessListener;
  #openStreams = 2;
  #released = false;
  #isReaped = false;

  constructor(
    child: ChildProcess,
    streams: { stdout: Readable; stderr: Readable },
    listener: ProcessListener,
  ) {
    this.pid = child.pid as number;
    this.#listener = listener;
    this.#streams = [streams.stdout, streams.stderr];
    this.#watch("stdout", streams.stdout);
    this.#watch("stderr", streams.stderr);
    child.once("exit", (code, signal) => {
      this.#isReaped = true;
      listener.exit(signal === null ? { code: code ?? 0 } : { signal: constants.signals[signal] });
    });
  }

  kill(signal: number): boolean {
    return this.#isReaped ? signalRest(this.pid, signal) : signalGroup(this.pid, signal);
  }

  release(): void {
    this.#released = true;
    for (const stream of this.#streams) stream.destroy();
  }

  #watch(name: "stdout" | "stderr", stream: Readable): void {
    stream.on("data", (chunk: Buffer) => {
      if (!this.#released) this.#listener.data(name, chunk);
    });
    stream.on("error", () => undefined); // "close" follows and ends the stream
    stream.once("close", () => {
      this.#openStreams--;
      if (this.#openStreams === 0 && !this.#released) this.#listener.end();
    });
  }
}
