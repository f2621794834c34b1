import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import type { Duplex } from "node:stream";
import { duplexPair } from "./duplex-pair.ts";
import { FakeConnection, type FakeScript } from "./fake-connection.ts";

/**
 * A job server that does only what its script says. In memory by `connect`, which has the type `DuplexFactory` of
 * `@mod-gearman/client`, or on TCP by `listen`.
 */
export class FakeJobServer {
  /** All connections so far, oldest first, closed ones included. */
  readonly connections: FakeConnection[] = [];
  /** Addresses of all connection attempts, `host:port`, failed ones included. */
  readonly attempts: string[] = [];
  /** Behaviour of `connect`: accept, reject with ECONNREFUSED, or do not answer. */
  mode: "accept" | "refuse" | "silent" = "accept";
  readonly #script: FakeScript;
  readonly #waiting: ((connection: FakeConnection) => void)[] = [];
  #taken = 0;
  #server: Server | undefined;

  constructor(script: FakeScript = {}) {
    this.#script = script;
  }

  /** In-memory connection attempt, to be used as duplex factory. */
  readonly connect = (address: { host: string; port: number }): Promise<Duplex> => {
    this.attempts.push(`${address.host}:${address.port}`);
    if (this.mode === "silent") return new Promise(() => {});
    if (this.mode === "refuse")
      return Promise.reject(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }));
    const [near, far] = duplexPair();
    this.accept(far);
    return Promise.resolve(near);
  };

  /** `stream` is the server's end. */
  accept(stream: Duplex): FakeConnection {
    const connection = new FakeConnection(stream, this.#script);
    this.connections.push(connection);
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) {
      this.#taken++;
      waiting(connection);
    }
    return connection;
  }

  /** The next connection that was not returned by `connection()` yet; waits for it. */
  connection(): Promise<FakeConnection> {
    const connection = this.connections[this.#taken];
    if (connection === undefined) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#taken++;
    return Promise.resolve(connection);
  }

  /** A free port of 127.0.0.1. */
  async listen(): Promise<{ host: string; port: number }> {
    const server = createServer((socket) => {
      this.accept(socket);
    });
    this.#server = server;
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
  }

  /** Ends the listener, if any, and all connections. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const connection of this.connections) connection.end();
    if (server === undefined) return;
    server.close();
    for (const connection of this.connections) connection.destroy();
    await once(server, "close");
  }
}
