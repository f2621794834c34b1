import { type Clock, isSameServer, printAddress, type ServerAddress, type Timer } from "@mod-gearman/base";
import { ClientConnection, type ConnectionLogger, type Liveness } from "@mod-gearman/client";
import type { OutstandingCheck } from "./check-row.ts";

/** How long a connection that was made only for a request stays open without one. */
const IDLE_MS = 60_000;
/** Longest wait for an answer; the connection for submits may have no limit of its own. */
const ANSWER_MS = 10_000;

interface LookupOptions {
  readonly clock: Clock;
  readonly logger?: ConnectionLogger;
  readonly liveness?: Liveness;
}
type StatusClient = Pick<ClientConnection, "connected" | "server" | "getStatus" | "getStatusUnique">;

interface Extra {
  readonly client: ClientConnection;
  asking: number;
  timer: Timer | undefined;
}

/**
 * Asks job servers about jobs, each about its own jobs, as no other server knows them. A server that jobs
 * are put on is asked over that connection, any other over one of its own, made when it is needed.
 */
export class JobLookup {
  readonly #clientOf: (server: ServerAddress) => StatusClient | undefined;
  readonly #options: LookupOptions;
  readonly #extras = new Map<string, Extra>();
  #closed = false;

  /** @param clientOf the connection over which jobs are put on that server; undefined when none are */
  constructor(clientOf: (server: ServerAddress) => StatusClient | undefined, options: LookupOptions) {
    this.#clientOf = clientOf;
    this.#options = options;
  }

  /** True if the server that accepted the job still has it. Rejects if that server cannot be asked within 10 s. */
  async isKnown({ id, server }: OutstandingCheck): Promise<boolean> {
    const answer = await this.#inTime(
      this.#with(server, (client) =>
        "unique" in id ? client.getStatusUnique(id.unique) : client.getStatus(id.handle),
      ),
    );
    // The connection may have changed to another server before the request was sent.
    if (!isSameServer(answer.server, server)) throw new Error(`answered by ${printAddress(answer.server)}`);
    return answer.known;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const extras = [...this.#extras.values()];
    this.#extras.clear();
    for (const { timer } of extras) if (timer !== undefined) this.#options.clock.clearTimeout(timer);
    await Promise.all(extras.map(({ client }) => client.close()));
  }

  async #inTime<T>(answer: Promise<T>): Promise<T> {
    const { clock } = this.#options;
    const late = Promise.withResolvers<never>();
    const timer = clock.setTimeout(
      () => late.reject(new Error(`no answer within ${ANSWER_MS} ms`)),
      ANSWER_MS,
    );
    try {
      return await Promise.race([answer, late.promise]);
    } finally {
      clock.clearTimeout(timer);
    }
  }

  async #with<T>(server: ServerAddress, ask: (client: StatusClient) => Promise<T>): Promise<T> {
    const client = this.#clientOf(server);
    if (client !== undefined) {
      if (!client.connected) throw new Error("not connected");
      return ask(client);
    }
    if (this.#closed) throw new Error("closed");
    const extra = this.#extraFor(server);
    extra.asking += 1;
    try {
      return await ask(extra.client);
    } finally {
      extra.asking -= 1;
      this.#closeWhenIdle(printAddress(server), extra);
    }
  }

  #extraFor(server: ServerAddress): Extra {
    const key = printAddress(server);
    const found = this.#extras.get(key);
    if (found !== undefined) return found;
    const client = new ClientConnection({
      ...this.#options,
      servers: [server],
      submitTimeoutMs: ANSWER_MS,
      failWhenUnreachable: true,
    });
    const extra: Extra = { client, asking: 0, timer: undefined };
    this.#extras.set(key, extra);
    return extra;
  }

  #closeWhenIdle(key: string, extra: Extra): void {
    const { clock } = this.#options;
    if (extra.timer !== undefined) clock.clearTimeout(extra.timer);
    extra.timer = undefined;
    if (extra.asking > 0 || this.#closed) return;
    extra.timer = clock.setTimeout(() => {
      this.#extras.delete(key);
      void extra.client.close();
    }, IDLE_MS);
  }
}
