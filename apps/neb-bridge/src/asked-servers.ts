import { type Clock, connectionKey, type ServerAddress } from "@mod-gearman/base";
import type { AdminQuery } from "@mod-gearman/client";
import { PacedRead, type ServerPart } from "@mod-gearman/site-page";
import { askedServer } from "./asked-server.ts";

/** Until all commands are tried again at a server that had too many queues for them. */
const CROWDED_MS = 600_000;

/** The job servers that the page of the bridge shows, each read as often as its number of queues allows. */
export class AskedServers {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #query: AdminQuery | undefined;
  #reads = new Map<string, PacedRead<ServerPart>>();

  constructor(clock: Pick<Clock, "monotonicMs">, query?: AdminQuery) {
    this.#clock = clock;
    this.#query = query;
  }

  /** Those of the present configuration; others are forgotten. Never rejects. */
  parts(servers: readonly ServerAddress[]): Promise<ServerPart[]> {
    const reads = servers.map((server) => {
      const key = connectionKey(server);
      return [key, this.#reads.get(key) ?? this.#readOf(server)] as const;
    });
    this.#reads = new Map(reads);
    return Promise.all(reads.map(([, read]) => read.get()));
  }

  #readOf(server: ServerAddress): PacedRead<ServerPart> {
    let crowdedUntilMs = Number.NEGATIVE_INFINITY;
    return new PacedRead(async () => {
      const nowMs = this.#clock.monotonicMs();
      const wasCrowded = nowMs < crowdedUntilMs;
      const read = await askedServer(server, this.#query, wasCrowded);
      if (read.isCrowded !== true) crowdedUntilMs = Number.NEGATIVE_INFINITY;
      else if (!wasCrowded) crowdedUntilMs = nowMs + CROWDED_MS;
      return read;
    }, this.#clock);
  }
}
