import type { Socket } from "node:net";

/** One at a time. */
export interface ConnectionUser {
  data(chunk: Buffer): void;
  /** The connection is lost; `connected`: it had been established. */
  lost(error: NodeJS.ErrnoException, connected: boolean): void;
}

/** Idle connections to one server, most recently used last. */
export type IdleConnections = Connection[];

/**
 * A connection to a server, for one request at a time. After an orderly run it is kept for the next one, which saves a new
 * connection.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #idle: IdleConnections;
  #user: ConnectionUser | undefined;
  #isConnected = false;

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

  request(line: string, user: ConnectionUser): void {
    this.#user = user;
    this.#socket.write(line, "latin1");
  }

  /** To be called when the answer has been read and the server waits for another request. */
  release(): void {
    this.#user = undefined;
    this.#idle.push(this);
  }

  /** Closes it, which ends its plugin if it is still running. */
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
