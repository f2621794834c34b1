import { EventEmitter, once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** `up`: to the server behind the proxy, `down`: to the client. */
export type Direction = "up" | "down";

/** Handling of the bytes of one direction. */
export type Flow = "pass" | "stall" | "drop";

interface Pipe {
  readonly client: Socket;
  readonly server: Socket;
}

/**
 * A TCP proxy on 127.0.0.1 that fails on command. One per test; faults apply to open and later connections. Events:
 * `connection`, `held` when bytes were held back, `cut` after a planned cut.
 */
export class FaultProxy extends EventEmitter {
  readonly #target: { host: string; port: number };
  readonly #pipes = new Set<Pipe>();
  readonly #flow: Record<Direction, Flow> = { up: "pass", down: "pass" };
  readonly #cutAfter: Record<Direction, number> = {
    up: Number.POSITIVE_INFINITY,
    down: Number.POSITIVE_INFINITY,
  };
  readonly #heldBack: Record<Direction, [Socket, Buffer][]> = { up: [], down: [] };
  #server: Server | undefined;
  #port = 0;
  /** Number of connections. */
  accepted = 0;

  private constructor(target: { host: string; port: number }) {
    super();
    this.#target = target;
  }

  static async start(target: { host?: string; port: number }): Promise<FaultProxy> {
    const proxy = new FaultProxy({ host: target.host ?? "127.0.0.1", port: target.port });
    await proxy.restore();
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  get open(): number {
    return this.#pipes.size;
  }

  /** Passes one direction, holds it back (it continues in order with `pass`) or drops it silently. */
  setFlow(direction: Direction, flow: Flow): void {
    this.#flow[direction] = flow;
    if (flow !== "pass") return;
    for (const [to, bytes] of this.#heldBack[direction].splice(0)) if (to.writable) to.write(bytes);
  }

  /** Closes the connection that carries byte number `bytes`, counted from now, at both ends just after that byte. */
  cutAfter(direction: Direction, bytes: number): void {
    this.#cutAfter[direction] = bytes;
  }

  /** Resets all open connections: both ends get ECONNRESET. */
  cut(): void {
    for (const pipe of [...this.#pipes]) this.#reset(pipe);
  }

  /** Ends one direction of all open connections gracefully, the other one stays open. */
  halfClose(direction: Direction): void {
    for (const pipe of this.#pipes) (direction === "up" ? pipe.server : pipe.client).end();
  }

  /** Refuses new connections, as a host without the program does. Open ones stay. */
  async refuse(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      this.cut(); // close waits for the open ones
    });
  }

  /** The port stays the same. */
  async restore(): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
    server.listen(this.#port, "127.0.0.1");
    await once(server, "listening");
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    await this.refuse();
  }

  #accept(client: Socket): void {
    this.accepted++;
    const server = connect({ ...this.#target, allowHalfOpen: true });
    const pipe = { client, server };
    this.#pipes.add(pipe);
    this.#forward("up", pipe, client, server);
    this.#forward("down", pipe, server, client);
    this.emit("connection");
  }

  #forward(direction: Direction, pipe: Pipe, from: Socket, to: Socket): void {
    from.on("data", (bytes: Buffer) => this.#take(direction, pipe, to, bytes));
    from.on("end", () => to.end());
    from.on("error", () => this.#reset(pipe));
    from.on("close", () => {
      this.#pipes.delete(pipe);
      to.destroy();
    });
  }

  #take(direction: Direction, pipe: Pipe, to: Socket, bytes: Buffer): void {
    const left = this.#cutAfter[direction];
    const cut = bytes.length >= left;
    const kept = cut ? bytes.subarray(0, left) : bytes;
    this.#cutAfter[direction] = cut ? Number.POSITIVE_INFINITY : left - bytes.length;
    const flow = this.#flow[direction];
    if (flow === "stall") {
      this.#heldBack[direction].push([to, kept]);
      this.emit("held");
    }
    if (flow === "pass" && to.writable) to.write(kept, () => cut && this.#cutNow(pipe));
    else if (cut) this.#cutNow(pipe);
  }

  /** Without a reset, which could overtake the bytes just sent. */
  #cutNow(pipe: Pipe): void {
    this.#pipes.delete(pipe);
    pipe.client.destroy();
    pipe.server.destroy();
    this.emit("cut");
  }

  #reset(pipe: Pipe): void {
    this.#pipes.delete(pipe);
    pipe.client.resetAndDestroy();
    pipe.server.resetAndDestroy();
  }
}
