import { printAddress, type ServerAddress } from "@mod-gearman/base";
import type { OutgoingResult } from "./outgoing-result.ts";
import type { Settings } from "./settings.ts";

/** Why a result was not taken; `code` is one of the client package. */
export type SubmitError = Error & { readonly code?: string };

/** What delivers results. */
export interface Submitter {
  readonly connected: boolean;
  /**
   * Calls `settled` once: with undefined when a server has the result. It may do so before it returns.
   */
  enqueueBackground(result: OutgoingResult, settled: (error: SubmitError | undefined) => void): void;
  close(): Promise<void>;
}

/** Makes a connection for results to one server; `onConnect` is not called before it has returned. */
export type SubmitterFactory = (
  server: ServerAddress,
  settings: Settings,
  onConnect: () => void,
) => Submitter;

/**
 * Connections to all job servers: a result goes to the server that gave the job, over the connection of its job where
 * it names that, or, while that server is away, to the first one of the list that is there. Nothing waits in here:
 * without a server a result is refused at once.
 */
export class ServerChoice implements Submitter {
  readonly #connect: SubmitterFactory;
  readonly #onConnect: () => void;
  #byName = new Map<string, Submitter>();

  constructor(connect: SubmitterFactory, settings: Settings, onConnect: () => void) {
    this.#connect = connect;
    this.#onConnect = onConnect;
    for (const server of settings.options.servers) this.#open(server, settings);
  }

  get connected(): boolean {
    return this.#first() !== undefined;
  }

  enqueueBackground(result: OutgoingResult, settled: (error: SubmitError | undefined) => void): void {
    const origin = this.#byName.get(result.origin);
    // a reload may have taken the server away while the connection still waits for the end of its job
    if (origin !== undefined && result.via?.submitBackground(result, settled) === true) return;
    const chosen = origin?.connected === true ? origin : this.#first();
    if (chosen === undefined) settled(new Error("no job server can be reached"));
    else chosen.enqueueBackground(result, settled);
  }

  /** Follows a new list of servers, in its order. `anew`: live connections are replaced too. */
  async reconfigure(settings: Settings, anew: boolean): Promise<void> {
    const old = this.#byName;
    this.#byName = new Map();
    for (const server of settings.options.servers) {
      const name = printAddress(server);
      const kept = anew ? undefined : old.get(name);
      if (kept === undefined) this.#open(server, settings);
      else this.#byName.set(name, kept);
    }
    const gone = [...old].filter(([name, submitter]) => this.#byName.get(name) !== submitter);
    await Promise.all(gone.map(([, submitter]) => submitter.close()));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#byName.values()].map((submitter) => submitter.close()));
  }

  #open(server: ServerAddress, settings: Settings): void {
    this.#byName.set(printAddress(server), this.#connect(server, settings, this.#onConnect));
  }

  #first(): Submitter | undefined {
    for (const submitter of this.#byName.values()) if (submitter.connected) return submitter;
    return undefined;
  }
}
