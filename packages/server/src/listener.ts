import { lookup } from "node:dns/promises";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { ServerClock } from "./core/clock.ts";
import { JobServerError } from "./core/errors.ts";

export interface ListenerOptions {
  /** Addresses or names; empty: all addresses. */
  readonly listen: readonly string[];
  readonly port: number;
  readonly backlog: number;
  readonly bindTimeoutMs: number;
  readonly keepAliveIdleMs?: number | undefined;
  readonly prepareSocket?: ((fd: number) => void) | undefined;
  readonly clock: ServerClock;
  /** `socket` is paused. */
  onSocket(socket: Socket): void;
  onListening(address: AddressInfo): void;
  /** An address is retried or skipped. */
  onProblem(text: string): void;
  onAcceptError(error: Error): void;
}

interface Address {
  /** Undefined: all addresses. */
  readonly host: string | undefined;
  readonly family: number;
}

/** Listening sockets on every address of a name. Source: job-server.md 4 `--listen`, Bind. */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #servers: Server[] = [];
  readonly #hosts = new Set<string | undefined>(); // with a server
  #isClosed = false;
  #cutWait: (() => void) | undefined;

  constructor(options: ListenerOptions) {
    this.#options = options;
  }

  /** Address of the first socket; undefined if it does not listen. */
  address(): AddressInfo | undefined {
    return (this.#servers[0]?.address() as AddressInfo | null | undefined) ?? undefined;
  }

  /**
   * Listens on all addresses or, if that fails, on none; an address that this machine does not have is
   * skipped if the name has another one.
   *
   * @throws JobServerError UNKNOWN_HOST, ADDRESS_IN_USE, CANNOT_LISTEN, CLOSED
   */
  async listen(): Promise<AddressInfo> {
    try {
      const { listen } = this.#options;
      for (const name of listen.length === 0 ? [undefined] : listen) await this.#bindName(name);
      if (this.#isClosed) throw new JobServerError("CLOSED", "closed while starting");
      const bound = this.address();
      if (bound === undefined) throw new JobServerError("UNKNOWN_HOST", "no address to listen on");
      return bound;
    } catch (error) {
      this.#closeSockets();
      throw error;
    }
  }

  /** Accepts no further connections; open ones are not affected. */
  close(): void {
    this.#isClosed = true;
    this.#cutWait?.();
    this.#closeSockets();
  }

  #closeSockets(): void {
    for (const server of this.#servers.splice(0)) server.close();
  }

  /** @param name undefined: all addresses */
  async #bindName(name: string | undefined): Promise<void> {
    const problems: JobServerError[] = [];
    const addresses = await addressesOf(name);
    for (const address of addresses) {
      if (this.#hosts.has(address.host)) continue; // two names for one address
      try {
        await this.#bindPatiently(address);
        this.#hosts.add(address.host);
      } catch (error) {
        if (!(error instanceof JobServerError) || error.code !== "CANNOT_LISTEN") throw error;
        problems.push(error);
      }
    }
    if (problems.length > 0 && problems.length === addresses.length) throw problems[0];
    for (const problem of problems) this.#options.onProblem(problem.message);
  }

  /** While the address is in use, waits 1, 2, 4, 6, 9, … seconds between attempts, as gearmand does. */
  async #bindPatiently(address: Address): Promise<void> {
    const { bindTimeoutMs } = this.#options;
    let waitedMs = 0;
    for (let attempt = 1; ; attempt++) {
      if (this.#isClosed) throw new JobServerError("CLOSED", "closed while starting");
      const error = await this.#bind(address);
      if (error === undefined) return;
      const where = `${address.host ?? "*"}:${this.#options.port}`;
      if (error.code !== "EADDRINUSE")
        throw new JobServerError("CANNOT_LISTEN", `cannot listen on ${where}: ${error.message}`, {
          cause: error,
        });
      if (waitedMs >= bindTimeoutMs)
        throw new JobServerError("ADDRESS_IN_USE", `Timeout occurred when calling bind() for ${where}`, {
          cause: error,
        });
      const waitMs = (Math.floor((attempt * attempt) / 3) + 1) * 1000;
      this.#options.onProblem(`${where} is in use, next attempt in ${waitMs / 1000} s`);
      await this.#wait(waitMs);
      waitedMs += waitMs;
    }
  }

  /** @returns the error, undefined if it listens */
  #bind({ host, family }: Address): Promise<NodeJS.ErrnoException | undefined> {
    const { backlog, keepAliveIdleMs, onSocket } = this.#options;
    const server = createServer({
      pauseOnConnect: true,
      allowHalfOpen: true, // otherwise Node does not write answers to requests before the peer's end
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveIdleMs ?? 0,
    });
    // with port 0 all addresses share the port of the first one
    const port = this.address()?.port ?? this.#options.port;
    return new Promise((resolve) => {
      server.once("error", resolve);
      server.listen({ port, backlog, host, ipv6Only: family === 6 }, () => {
        server.off("error", resolve);
        server.on("error", this.#options.onAcceptError);
        if (this.#isClosed) server.close();
        else this.#adopt(server, onSocket);
        resolve(undefined);
      });
    });
  }

  #adopt(server: Server, onSocket: (socket: Socket) => void): void {
    const { prepareSocket } = this.#options;
    if (prepareSocket !== undefined) server.on("connection", (socket) => prepare(socket, prepareSocket));
    server.on("connection", onSocket);
    this.#servers.push(server);
    this.#options.onListening(server.address() as AddressInfo);
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#options.clock.setTimeout(resolve, ms);
      this.#cutWait = () => {
        this.#options.clock.clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** The descriptor of a socket: not documented, and checked before use. */
function prepare(socket: Socket, act: (fd: number) => void): void {
  const { fd } = (socket as unknown as { readonly _handle?: { readonly fd?: unknown } | null })._handle ?? {};
  if (typeof fd === "number" && fd >= 0) act(fd);
}

async function addressesOf(name: string | undefined): Promise<Address[]> {
  if (name === undefined) return [{ host: undefined, family: 0 }];
  try {
    const found = await lookup(name, { all: true });
    return found.map(({ address, family }) => ({ host: address, family }));
  } catch (cause) {
    throw new JobServerError("UNKNOWN_HOST", `no address for ${name}`, { cause });
  }
}
