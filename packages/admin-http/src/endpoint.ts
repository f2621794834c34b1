import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { parseListenAddress } from "./address.ts";

const REQUEST_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 60_000; // also of a peer that does not read its answer
/** Looks for requests that take too long this often. */
const LOOK_EVERY_MS = 1000;
const MAX_CONNECTIONS = 32;
const MAX_HEADER_BYTES = 16_384;
const READING = ["GET", "HEAD"];

/** What is served at one path. */
export interface AdminRoute {
  /** Default: GET and HEAD. */
  readonly methods?: readonly string[];
  /** An error is answered with 500. */
  serve(request: IncomingMessage, response: ServerResponse): void | Promise<void>;
}

/** By path, without a query. */
export type AdminRoutes = Readonly<Record<string, AdminRoute>>;

/** Pages that are being served. */
export interface AdminEndpoint {
  /** As in the options. */
  readonly address: string;
  /** The host in use; undefined: all addresses. */
  readonly host: string | undefined;
  /** The port in use, also for an address with port 0. */
  readonly port: number;
  close(): void;
}

/**
 * Serves pages of a program over HTTP; resolves when it listens. `node:http` is loaded here, so that programs without
 * such pages do not need its 8 MiB.
 *
 * @param address `HOST:PORT`, `[V6]:PORT`, `*:PORT`, `:PORT` or `PORT`
 * @param bareHost host for the last two; undefined: all addresses
 * @throws RangeError if it is not an address; the system's error, e.g. EADDRINUSE
 */
export async function serveAdmin(
  address: string,
  routes: AdminRoutes,
  bareHost?: string,
): Promise<AdminEndpoint> {
  const { createServer } = await import("node:http");
  const options = { maxHeaderSize: MAX_HEADER_BYTES, connectionsCheckingInterval: LOOK_EVERY_MS };
  const server = createServer(options, (request, response) => void answer(routes, request, response));
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.timeout = IDLE_TIMEOUT_MS;
  makeRoom(server);
  const { host, port } = parseListenAddress(address, bareHost);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  server.removeAllListeners("error").on("error", () => undefined); // errors of single connections
  return {
    address,
    host,
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/**
 * A new connection beyond the limit takes the place of the oldest one that is not being answered, or of the oldest of all: peers that
 * send or read slowly keep no other one out.
 */
function makeRoom(server: Server): void {
  // in the order in which they became what they are
  const idle = new Set<Socket>();
  const answered = new Set<Socket>();
  server.on("connection", (socket) => {
    if (idle.size + answered.size >= MAX_CONNECTIONS) {
      const [oldest = [...answered][0]] = idle;
      oldest?.destroy();
    }
    idle.add(socket);
    socket.on("close", () => {
      idle.delete(socket);
      answered.delete(socket);
    });
  });
  server.on("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
    idle.delete(socket);
    answered.add(socket);
    response.on("close", () => {
      if (answered.delete(socket) && !socket.destroyed) idle.add(socket);
    });
  });
}

/** Answers with a text as a whole. */
export function reply(response: ServerResponse, status: number, contentType: string, text: string): void {
  response.writeHead(status, {
    "content-type": contentType,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  response.end(text);
}

async function answer(
  routes: AdminRoutes,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [path = ""] = (request.url ?? "").split("?");
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (route === undefined) {
    reply(response, 404, "text/plain", `see ${Object.keys(routes).join(", ")}\n`);
    return;
  }
  const { methods = READING } = route;
  if (!methods.includes(request.method ?? "")) {
    reply(response, 405, "text/plain", `${methods[0]} only\n`);
    return;
  }
  try {
    await route.serve(request, response);
  } catch (error) {
    if (response.headersSent) response.destroy();
    else reply(response, 500, "text/plain", `${error}\n`);
  }
}
