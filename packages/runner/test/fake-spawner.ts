import type { PluginCommand } from "@mod-gearman/addon";
import type { ProcessListener, RunningProcess, Spawner } from "../src/index.ts";

type Started = Pick<PluginCommand, "argv" | "env">;

/** A process controlled by the test. */
export class FakeProcess implements RunningProcess {
  readonly pid = 4711;
  readonly signals: number[] = [];
  readonly request: Started;
  readonly listener: ProcessListener;
  groupAlive = true;
  released = false;

  constructor(request: Started, listener: ProcessListener) {
    this.request = request;
    this.listener = listener;
  }

  kill(signal: number): boolean {
    if (signal !== 0 && this.groupAlive) this.signals.push(signal);
    return this.groupAlive;
  }

  release(): void {
    this.released = true;
  }
}

/** Returns one FakeProcess per start, or fails with `error`. */
export class FakeSpawner implements Spawner {
  readonly processes: FakeProcess[] = [];
  error: Error | undefined;
  closed = false;

  async start(request: Started, listener: ProcessListener): Promise<RunningProcess> {
    if (this.error !== undefined) throw this.error;
    const process = new FakeProcess(request, listener);
    this.processes.push(process);
    return process;
  }

  close(): void {
    this.closed = true;
  }
}
