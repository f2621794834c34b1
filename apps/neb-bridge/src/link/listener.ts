import { chmodSync, lstatSync, type Stats, unlinkSync } from "node:fs";
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
  /** True if the listening socket is still at its path. */
  isInPlace(): boolean;
  /** Stops listening and removes the socket, but not one of another bridge at its path; connections stay. */
  close(): Promise<void>;
}

/** The file at a path, links not followed; undefined if there is none. Never throws. */
export function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined; // a file in place of a folder, or a folder without access
  }
}

/** Tests whether a process listens on a socket: only a refusal proves that none does, a full queue is not an answer. */
export function probe(path: string): Promise<"answers" | "refuses" | "unclear"> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve("answers");
    });
    socket.once("error", ({ code }: NodeJS.ErrnoException) =>
      resolve(code === "ECONNREFUSED" ? "refuses" : "unclear"),
    );
  });
}

async function removeStale(path: string): Promise<void> {
  const found = lookAt(path);
  if (found === undefined) return;
  if (!found.isSocket()) throw new ListenError("NOT_A_SOCKET", `${path} exists and is not a socket`);
  if ((await probe(path)) !== "refuses")
    throw new ListenError("IN_USE", `another bridge already listens on ${path}`);
  unlinkSync(path);
}

/**
 * Listens on a unix socket that only its owner (and root) can connect to. A socket file of a dead bridge is replaced;
 * one on which a process listens is not. The umask determines the mode until it is restricted; main.ts sets it to 077.
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
    // Later errors are of single connections, for example without free descriptors; the shim retries.
    server.on("error", (cause) => {
      reject(new ListenError("CANNOT_LISTEN", `cannot listen on ${path}: ${cause.message}`, { cause }));
      onProblem(`cannot take a connection on ${path}: ${cause.message}`);
    });
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  const own = lstatSync(path);
  const isInPlace = (): boolean => {
    const found = lookAt(path);
    return found?.ino === own.ino && found.dev === own.dev;
  };
  return {
    isInPlace,
    close: async () => {
      // Closing a server unlinks its path, even if another socket is there now; left open, it ends with the process.
      if (isInPlace() || lookAt(path) === undefined) await new Promise((resolve) => server.close(resolve));
      else server.unref();
    },
  };
}
