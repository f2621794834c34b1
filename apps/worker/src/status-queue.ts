import { connectionKey, type ServerAddress } from "@mod-gearman/base";
import type { Assignment } from "./job.ts";

/** A connection that takes every job of one queue. */
export interface StatusConnection {
  readonly connected: boolean;
  setFunctions(functions: Buffer[]): void;
  close(): Promise<void>;
}

export type StatusConnectionFactory = (
  server: ServerAddress,
  functions: Buffer[],
  events: { onJob(job: Assignment): void; onConnect(): void },
) => StatusConnection;

/** Answers every job on `worker_<id>`, on all servers, at once. Source: worker.md 8.1. */
export class StatusQueue {
  readonly #connect: StatusConnectionFactory;
  readonly #answer: (data: Buffer) => Buffer;
  readonly #onConnect: () => void;
  readonly #connections = new Map<string, StatusConnection>();

  /** @param options.answer returns the answer to a job with that payload */
  constructor(options: {
    connect: StatusConnectionFactory;
    answer: (data: Buffer) => Buffer;
    onConnect: () => void;
  }) {
    this.#connect = options.connect;
    this.#answer = options.answer;
    this.#onConnect = options.onConnect;
  }

  /** True if at least one server is connected. */
  get connected(): boolean {
    return [...this.#connections.values()].some((connection) => connection.connected);
  }

  /** Live connections are kept. */
  reconfigure(servers: readonly ServerAddress[], queue: Buffer): void {
    const byName = new Map(servers.map((server) => [connectionKey(server), server]));
    for (const [name, connection] of [...this.#connections]) {
      if (byName.has(name)) connection.setFunctions([queue]);
      else this.#drop(name);
    }
    for (const [name, server] of byName) {
      if (!this.#connections.has(name)) this.#connections.set(name, this.#open(server, queue));
    }
  }

  close(): void {
    for (const [name, connection] of [...this.#connections]) {
      connection.setFunctions([]);
      this.#drop(name);
    }
  }

  #open(server: ServerAddress, queue: Buffer): StatusConnection {
    return this.#connect(server, [queue], {
      onJob: (job) => job.complete(this.#answer(job.data)),
      onConnect: this.#onConnect,
    });
  }

  #drop(name: string): void {
    this.#connections
      .get(name)
      ?.close()
      .catch(() => undefined); // closed in the background
    this.#connections.delete(name);
  }
}
