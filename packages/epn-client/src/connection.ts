import type { Socket } from "node:net";

/** What a connection serves, one run after the other. */
export interface ConnectionUser {
  data(chunk: Buffer): void;
  /** It is of no use any more; `connected`: it was made before. */
  lost(error: NodeJS.ErrnoException, connected: boolean): void;
}

/** The connections to one server that wait for a run, the one used last at the end. */
export type IdleConnections = Connection[];

/**
 * A connection to a server. It takes one request at a time; after a run that has ended in order it waits for the next one,
 * which saves both sides making another.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #idle: IdleConnections;
  #user: ConnectionUser | undefined;
  #isConnected = false;

  /** Takes one that waits, or makes one. */
  static take(idle: IdleConnections, connect: () => Socket): Connection {
    return idle.pop() ?? new Connection(connect(), idle);
  }

  private constructor(socket: Socket, idle: IdleConnections) {
    this.#socket = socket;
    this.#idle = idle;
    socket.once("connect", () => {
      this.#isConnected = true;
    });
    socket.on("data", (chunk: Buffer) => this.#onData(chunk));
    socket.on("error", (error) => this.#onLost(error));
    socket.on("close", () => this.#onLost(new Error("connection closed")));
  }

  /** Sends a request; `user` gets the answer. */
  request(line: string, user: ConnectionUser): void {
    this.#user = user;
    this.#socket.write(line, "latin1");
  }

  /** The answer was read to its end, and the server waits for another request. */
  release(): void {
    this.#user = undefined;
    this.#idle.push(this);
  }

  /** Closes it, which ends its plugin if that still runs. */
  destroy(): void {
    this.#user = undefined;
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    if (this.#user === undefined) this.#onLost(new Error("data without a request"));
    else this.#user.data(chunk);
  }

  #onLost(error: Error): void {
    const user = this.#user;
    this.#leaveIdle();
    this.destroy();
    user?.lost(error, this.#isConnected);
  }

  #leaveIdle(): void {
    const at = this.#idle.indexOf(this);
    if (at >= 0) this.#idle.splice(at, 1);
  }
}
