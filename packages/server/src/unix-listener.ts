import { chmodSync, chownSync, lstatSync, unlinkSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { codeOf, reasonOf } from "@mod-gearman/base";
import { JobServerError } from "./core/errors.ts";

/** A unix socket to listen on. */
export interface UnixAddress {
  readonly path: string;
  /** Permissions. Default 0660. */
  readonly mode?: number;
  /** Default: those of the process. */
  readonly owner?: { readonly userId: number; readonly groupId: number };
}

export interface UnixListenerOptions {
  readonly unix: UnixAddress;
  readonly backlog: number;
  /** `socket` is paused. */
  onSocket(socket: Socket): void;
  onListening(address: AddressInfo): void;
  onAcceptError(error: Error): void;
}

const MODE = 0o660;
const ALL = 0o777;
/** Of `sun_path`, without its NUL. Source: unix(7) */
const MAX_PATH_BYTES = 107;

/** A listening unix socket, removed when it is closed. */
export class UnixListener {
  readonly #options: UnixListenerOptions;
  #server: Server | undefined;
  #isClosed = false;

  constructor(options: UnixListenerOptions) {
    this.#options = options;
  }

  /** Port 0; undefined if it does not listen. */
  address(): AddressInfo | undefined {
    return this.#server === undefined
      ? undefined
      : { address: this.#options.unix.path, family: "unix", port: 0 };
  }

  /** @throws JobServerError ADDRESS_IN_USE, CANNOT_LISTEN, CLOSED */
  async listen(): Promise<void> {
    const { path } = this.#options.unix;
    if (Buffer.byteLength(path) > MAX_PATH_BYTES)
      throw new JobServerError(
        "CANNOT_LISTEN",
        `cannot listen on ${path}: longer than ${MAX_PATH_BYTES} bytes`,
      );
    await removeLeftover(path);
    if (this.#isClosed) throw new JobServerError("CLOSED", "closed while starting");
    const server = await this.#bind();
    try {
      this.#permit();
    } catch (cause) {
      server.close();
      throw new JobServerError("CANNOT_LISTEN", `cannot set the owner of ${path}: ${reasonOf(cause)}`, {
        cause,
      });
    }
    this.#server = server;
    server.on("error", this.#options.onAcceptError);
    server.on("connection", this.#options.onSocket);
    this.#options.onListening(this.address() as AddressInfo);
  }

  close(): void {
    this.#isClosed = true;
    this.#server?.close();
    this.#server = undefined;
  }

  #bind(): Promise<Server> {
    const { unix, backlog } = this.#options;
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
    return new Promise((resolve, reject) => {
      server.once("error", (cause) => {
        const text = `cannot listen on ${unix.path}: ${reasonOf(cause)}`;
        const code = codeOf(cause) === "EADDRINUSE" ? "ADDRESS_IN_USE" : "CANNOT_LISTEN";
        reject(new JobServerError(code, text, { cause }));
      });
      const before = process.umask(ALL); // it is created by this call: no one may connect before it has its mode
      try {
        server.listen({ path: unix.path, backlog }, () => {
          server.removeAllListeners("error");
          resolve(server);
        });
      } finally {
        process.umask(before);
      }
    });
  }

  #permit(): void {
    const { path, mode = MODE, owner } = this.#options.unix;
    if (owner !== undefined) chownSync(path, owner.userId, owner.groupId);
    chmodSync(path, mode);
  }
}

/** Removes the socket of a server that was killed. @throws JobServerError ADDRESS_IN_USE, CANNOT_LISTEN */
async function removeLeftover(path: string): Promise<void> {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (!stats.isSocket())
    throw new JobServerError(
      "CANNOT_LISTEN",
      `cannot listen on ${path}: there is something else than a socket`,
    );
  const problem = await new Promise<string | undefined>((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => resolve(undefined)).once("error", (error) => resolve(codeOf(error)));
    socket.once("connect", () => socket.destroy());
  });
  if (problem !== "ECONNREFUSED")
    throw new JobServerError("ADDRESS_IN_USE", `cannot listen on ${path}: another server listens there`);
  unlinkSync(path);
}
