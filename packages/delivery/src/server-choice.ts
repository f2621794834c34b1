import { connectionKey, type ServerAddress } from "@mod-gearman/base";
import type { OutgoingResult } from "./outgoing-result.ts";
import type { RouterSettings } from "./router-settings.ts";
import type { OnSettled, Submitter } from "./submitter.ts";

/** Opens a connection for results to one server; `onConnect` is never called before it has returned. */
export type SubmitterFactory = (
  server: ServerAddress,
  settings: RouterSettings,
  onConnect: () => void,
) => Submitter;

/**
 * Connections to all job servers. A result goes to the server that assigned the job, over the connection of
 * its job if it names one; while that server is not connected, to the first connected server of the list.
 * Nothing is queued here: without a server a result is refused immediately.
 */
export class ServerChoice implements Submitter {
  readonly #connect: SubmitterFactory;
  readonly #onConnect: () => void;
  #byName = new Map<string, Submitter>();

  constructor(connect: SubmitterFactory, settings: RouterSettings, onConnect: () => void) {
    this.#connect = connect;
    this.#onConnect = onConnect;
    for (const server of settings.servers) this.#open(server, settings);
  }

  get connected(): boolean {
    return this.#first() !== undefined;
  }

  enqueueBackground(result: OutgoingResult, settled: OnSettled): void {
    const origin = this.#byName.get(result.origin);
    // a reload may have removed the server while the slot's connection still waits for the end of its job
    if (origin !== undefined && result.via?.submitBackground(result, settled) === true) return;
    const chosen = origin?.connected === true ? origin : this.#first();
    if (chosen === undefined) settled(new Error("no job server can be reached"));
    else chosen.enqueueBackground(result, settled);
  }

  /** Follows a new list of servers, in its order. @param replaceAll replace live connections too */
  async reconfigure(settings: RouterSettings, replaceAll: boolean): Promise<void> {
    const old = this.#byName;
    this.#byName = new Map();
    for (const server of settings.servers) {
      const name = connectionKey(server);
      const kept = replaceAll ? undefined : old.get(name);
      if (kept === undefined) this.#open(server, settings);
      else this.#byName.set(name, kept);
    }
    const gone = [...old].filter(([name, submitter]) => this.#byName.get(name) !== submitter);
    await Promise.all(gone.map(([, submitter]) => submitter.close()));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#byName.values()].map((submitter) => submitter.close()));
  }

  #open(server: ServerAddress, settings: RouterSettings): void {
    this.#byName.set(connectionKey(server), this.#connect(server, settings, this.#onConnect));
  }

  #first(): Submitter | undefined {
    for (const submitter of this.#byName.values()) if (submitter.connected) return submitter;
    return undefined;
  }
}
