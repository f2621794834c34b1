import { chmodSync, lstatSync, unlinkSync } from "node:fs";
import { createConnection, createServer, type Socket } from "node:net";

/** The socket path cannot be used. */
export class ListenError extends Error {
  override readonly name: string = "ListenError";
  readonly code: "IN_USE" | "NOT_A_SOCKET" | "CANNOT_LISTEN";

  constructor(code: ListenError["code"], detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.code = code;
  }
}

export interface CoreListener {
  /** Stops listening and removes the socket; connections live on. */
  close(): Promise<void>;
}

/** @returns whether some process accepts connections at `path` */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createConnection(path);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", () => resolve(false));
  });
}

async function removeStale(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw new ListenError("NOT_A_SOCKET", `${path} exists and is not a socket`);
  if (await answers(path)) throw new ListenError("IN_USE", `another bridge already listens on ${path}`);
  unlinkSync(path);
}

/**
 * Listens on a unix socket that only its owner (and root) can connect to. A socket file left by a dead
 * bridge is replaced; one that answers is not. The caller's umask decides on the rights in the moment before
 * they are narrowed; main.ts sets it to 077.
 *
 * @throws ListenError
 */
export async function listenForCore(
  path: string,
  onConnection: (socket: Socket) => void,
  onProblem: (text: string) => void,
): Promise<CoreListener> {
  await removeStale(path);
  const server = createServer(onConnection);
  await new Promise<void>((resolve, reject) => {
    // Later errors are those of single connections, for want of file descriptors; the shim tries again.
    server.on("error", (cause) => {
      reject(new ListenError("CANNOT_LISTEN", `cannot listen on ${path}: ${cause.message}`, { cause }));
      onProblem(`cannot take a connection on ${path}: ${cause.message}`);
    });
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  return {
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
