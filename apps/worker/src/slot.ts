import { crc32 } from "node:zlib";
import { connectionKey, type ServerAddress, serverOfKey } from "@mod-gearman/base";
import type { AssignedJob } from "@mod-gearman/client";
import type { DirectSubmit } from "@mod-gearman/delivery";
import { ANSWER, type Assignment, type HandleJob, type JobEnd } from "./job.ts";
import type { JobMemory } from "./job-memory.ts";

/** An assigned job as far as a slot uses it. */
export type SlotJob = Assignment & Pick<AssignedJob, "function" | "abandon">;

/** One slot's connection to one job server; it begins paused. */
export interface GrabConnection extends DirectSubmit {
  readonly connected: boolean;
  /** The server has answered NO_JOB and sent no NOOP since. */
  readonly asleep: boolean;
  /** Requests for a job that the server has not answered: a job may still come. */
  readonly outstandingGrabs: number;
  /** Announces and withdraws queues; the queue of a running job is withdrawn after its answer. */
  setFunctions(functions: Buffer[]): void;
  /** Requests no further jobs; a requested one may still come, and a NOOP of the server is remembered. */
  pause(): void;
  /** Requests a job unless asleep. */
  resume(): void;
  /** Sends the answers given so far, then closes. A job without an answer goes back to the server. */
  close(): Promise<void>;
}

interface GrabEvents {
  onJob(job: SlotJob): void;
  /** There may be jobs: connected, or NOOP received. */
  onReady(): void;
  /** No job, or the connection was lost. */
  onNothing(): void;
  /** The connection was lost: its last jobs may be handed out again. */
  onLost(): void;
}

/** Makes a connection; no event may be called before it has returned. */
export type GrabConnectionFactory = (
  server: ServerAddress,
  functions: Buffer[],
  events: GrabEvents,
) => GrabConnection;

export interface SlotOptions {
  readonly id: number;
  readonly servers: readonly ServerAddress[];
  readonly functions: Buffer[];
  readonly connect: GrabConnectionFactory;
  readonly handle: HandleJob;
  readonly memory: JobMemory;
  /** Milliseconds. */
  now(): number;
  /** The machine is short of a resource; the job was returned to its server. */
  onShortage(): void;
  onBackgroundEnd(): void;
  /** The slot has closed all connections. */
  onClosed(slot: Slot): void;
}

interface Running {
  readonly job: SlotJob;
  readonly server: string;
  readonly startedMs: number;
  /** Its job is answered, its plugin is still running. */
  isBackground: boolean;
}

/**
 * Executes one job at a time, from any of the job servers, with its own connection to each. Only one connection
 * requests a job at a time, so that no job waits in a slot behind another one (D10). Source: worker.md 2.1, 2.2.
 */
export class Slot {
  readonly #options: SlotOptions;
  readonly #connections = new Map<string, GrabConnection>();
  /** In the order of the settings. */
  #names: string[] = [];
  /** By name. */
  #servers: ReadonlyMap<string, ServerAddress>;
  #functions: Buffer[];
  /** Server whose answer to a request is pending; no other one is asked until it has come. */
  #asking: string | undefined;
  /** Server of the last job: the next request goes to the following one, so that none starves. */
  #lastServer: string | undefined;
  #running: Running | undefined;
  #isPaused = false;
  #isRetiring = false;
  #isClosed = false;

  constructor(options: SlotOptions) {
    this.#options = options;
    this.#functions = options.functions;
    this.#servers = byName(options.servers);
    for (const name of this.#servers.keys()) this.#add(name);
    this.#ask();
  }

  get busy(): boolean {
    return this.#running !== undefined;
  }

  /** Start of the current job on the clock of `now`; undefined without a job. */
  get busySinceMs(): number | undefined {
    return this.#running?.startedMs;
  }

  get connected(): boolean {
    return [...this.#connections.values()].some((connection) => connection.connected);
  }

  /** For the dump. */
  describe(): string {
    const servers = [...this.#connections].map(
      ([key, { connected }]) => `${serverOfKey(key)} ${connected ? "up" : "down"}`,
    );
    const job = this.#running === undefined ? "idle" : `runs ${this.#running.job.handle.toString("latin1")}`;
    return `slot ${this.#options.id}: ${job}, ${servers.join(", ")}`;
  }

  /** Follows new settings on the live connections; a running job is not disturbed. */
  reconfigure(servers: readonly ServerAddress[], functions: Buffer[]): void {
    this.#functions = functions;
    this.#servers = byName(servers);
    for (const [name, connection] of [...this.#connections]) {
      if (this.#servers.has(name)) connection.setFunctions(functions);
      else if (this.#running?.server !== name) this.#drop(name); // else closed after its answer
    }
    for (const name of this.#servers.keys()) if (!this.#connections.has(name)) this.#add(name);
    this.#ask();
  }

  /** No further jobs until `resume`. */
  pause(): void {
    this.#isPaused = true;
    this.#stopAsking();
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#asking === undefined) this.#ask();
    else this.#connections.get(this.#asking)?.resume();
  }

  /** Takes no further job, withdraws its queues and closes as soon as the current job is answered. */
  retire(): void {
    if (this.#isRetiring) return;
    this.#isRetiring = true;
    this.#stopAsking();
    for (const connection of this.#connections.values()) connection.setFunctions([]);
    if (this.#running === undefined) this.#closeAll();
  }

  /**
   * Answers the current job now and takes the next one while its plugin runs on. Such a job is not run again if the
   * worker dies. Source: worker.md 5.4.
   *
   * @returns the job's handle
   */
  background(): Buffer | undefined {
    const running = this.#running;
    if (running === undefined) return undefined;
    this.#running = undefined;
    running.isBackground = true;
    running.job.complete(ANSWER);
    this.#afterJob(running.server);
    return running.job.handle;
  }

  /** Closes without answering the current job, which the server then hands to another worker. */
  abort(): void {
    this.#isRetiring = true;
    this.#running?.job.abandon();
    this.#closeAll();
  }

  #add(name: string): void {
    const server = this.#servers.get(name);
    if (server === undefined || this.#isRetiring) return;
    const connection = this.#options.connect(server, this.#functions, {
      onJob: (job) => {
        // a closing connection cannot send an answer: the server hands the job to another worker
        if (this.#connections.get(name) === connection) this.#onJob(name, job);
        else job.abandon();
      },
      onReady: () => this.#ask(),
      onNothing: () => this.#onNothing(name),
      onLost: () => this.#options.memory.lost(this.#options.id),
    });
    this.#connections.set(name, connection);
    this.#names = [...this.#connections.keys()];
  }

  #drop(name: string): void {
    const connection = this.#connections.get(name);
    this.#connections.delete(name);
    this.#names = [...this.#connections.keys()];
    if (this.#asking === name) this.#asking = undefined;
    connection?.close().catch(() => undefined); // closed in the background
  }

  /** Requests a job from the next server that may have one, unless a request is pending or a job runs. */
  #ask(): void {
    if (this.#asking !== undefined || this.#running !== undefined || this.#isPaused || this.#isRetiring)
      return;
    const names = this.#names;
    const first = this.#lastServer === undefined ? 0 : names.indexOf(this.#lastServer) + 1;
    for (let step = 0; step < names.length; step++) {
      const name = names[(first + step) % names.length] ?? "";
      const connection = this.#connections.get(name);
      if (connection === undefined || !connection.connected || connection.asleep) continue;
      this.#asking = name;
      connection.resume();
      return;
    }
  }

  /** A pending request may still be answered with a job: until then its server stays the asked one. */
  #stopAsking(): void {
    const connection = this.#asking === undefined ? undefined : this.#connections.get(this.#asking);
    connection?.pause();
    if ((connection?.outstandingGrabs ?? 0) === 0) this.#asking = undefined;
  }

  #onNothing(name: string): void {
    if (this.#asking !== name) return;
    this.#asking = undefined;
    this.#lastServer = name;
    this.#connections.get(name)?.pause();
    this.#ask();
  }

  #onJob(name: string, job: SlotJob): void {
    if (this.#asking === name) this.#asking = undefined;
    this.#lastServer = name;
    this.#connections.get(name)?.pause();
    const { id, memory, handle, now } = this.#options;
    const running: Running = { job, server: name, startedMs: now(), isBackground: false };
    if (this.#running !== undefined) {
      this.#giveBack(running); // one job at a time, even if a server sends more
      return;
    }
    this.#running = running;
    const known = memory.recall(name, job);
    if (known === "new") {
      const crc = crc32(job.data);
      const ended = memory.remember(id, name, job, crc);
      const origin = { server: name, via: this.#connections.get(name), queue: job.function, crc };
      handle(job, origin, (end) => {
        ended(end);
        this.#onEnd(running, end);
      });
    } else if (known === "answered") this.#onRepetition(running, known);
    else known.onEnd((end) => this.#onRepetition(running, end));
  }

  /** A job that was run before, here or for another slot, has ended: only answer it. */
  #onRepetition(running: Running, end: JobEnd): void {
    if (end === "answered") running.job.complete(ANSWER);
    this.#onEnd(running, end);
  }

  #onEnd(ended: Running, end: JobEnd): void {
    if (ended.isBackground) {
      this.#options.onBackgroundEnd();
      return;
    }
    this.#running = undefined;
    if (end !== "answered") this.#giveBack(ended);
    if (end === "shortage" && !this.#isRetiring) this.#options.onShortage();
    this.#afterJob(ended.server);
  }

  #afterJob(server: string): void {
    if (!this.#servers.has(server)) this.#drop(server);
    if (this.#isRetiring) this.#closeAll();
    else this.#ask();
  }

  /** The server takes an unanswered job back when the connection it came over is closed. */
  #giveBack({ job, server }: Running): void {
    job.abandon();
    this.#drop(server);
    this.#add(server);
  }

  #closeAll(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const closing = [...this.#connections.values()].map((connection) => connection.close());
    this.#connections.clear();
    this.#names = [];
    void Promise.allSettled(closing).then(() => this.#options.onClosed(this));
  }
}

function byName(servers: readonly ServerAddress[]): ReadonlyMap<string, ServerAddress> {
  return new Map(servers.map((server) => [connectionKey(server), server]));
}
