import { isIPv6 } from "node:net";
import { printAddress, type ServerAddress, TLS_SCHEME } from "@mod-gearman/base";
import { excerpt } from "./excerpt.ts";
import { toUtf8, trimSpace } from "./latin1.ts";

const DEFAULT_PORT = 4730;
const MAX_PORT = 65_535;

export interface ServerProblem {
  readonly kind: "duplicate" | "bad-address";
  readonly text: string;
}

export interface ServerListOptions {
  /** For entries without a port; default 4730. */
  readonly defaultPort?: number;
  /** Host of `:4730`; default `0.0.0.0`, as in the originals. */
  readonly emptyHost?: string;
  /** Servers already listed: the same address again is a duplicate. */
  readonly known?: readonly ServerAddress[];
}

/**
 * Addresses of a comma list: `host`, `host:port`, `:port`, `[v6]`, `[v6]:port`, or a bare v6 literal (two colons or
 * more), each also with `tls://` in front. Blanks around entries and empty entries are ignored. Source: worker.md 1.5, X55.
 *
 * @param text latin1; ASCII names are plain text
 */
export function parseServerList(
  text: string,
  options: ServerListOptions = {},
): { servers: ServerAddress[]; problems: ServerProblem[] } {
  const servers: ServerAddress[] = [];
  const problems: ServerProblem[] = [];
  const known = new Set((options.known ?? []).map(printAddress));
  for (const piece of text.split(",").map(trimSpace)) {
    if (piece === "") continue;
    const server = parseServer(piece, options);
    if (server === undefined) {
      problems.push({ kind: "bad-address", text: `not a server address: ${excerpt(piece)}` });
      continue;
    }
    const name = printAddress(server);
    if (known.has(name)) {
      problems.push({ kind: "duplicate", text: `duplicate definition of server: ${name}` });
      continue;
    }
    known.add(name);
    servers.push(server);
  }
  return { servers, problems };
}

function parseServer(piece: string, options: ServerListOptions): ServerAddress | undefined {
  const isTls = piece.startsWith(TLS_SCHEME);
  const split = splitHostPort(isTls ? piece.slice(TLS_SCHEME.length) : piece);
  if (split === undefined) return undefined;
  const port = split.port === undefined ? (options.defaultPort ?? DEFAULT_PORT) : parsePort(split.port);
  if (port === undefined) return undefined;
  const host = split.host === "" ? (options.emptyHost ?? "0.0.0.0") : toUtf8(split.host);
  return isTls ? { host, port, tls: {} } : { host, port };
}

function splitHostPort(piece: string): { host: string; port: string | undefined } | undefined {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(piece);
  if (bracketed?.[1] !== undefined) {
    return isIPv6(bracketed[1]) ? { host: bracketed[1], port: bracketed[2] } : undefined;
  }
  const [host = "", port, ...more] = piece.split(":");
  // at least two colons: the regular expression of isIPv6 takes 3 ms to compile
  if (more.length > 0 && isIPv6(piece)) return { host: piece, port: undefined };
  return more.length > 0 || /[\s[\]=]/.test(host) ? undefined : { host, port };
}

/** Digits only; `undefined` outside 1–65535. */
function parsePort(text: string): number | undefined {
  if (!/^[0-9]{1,5}$/.test(text)) return undefined;
  const port = Number(text);
  return port >= 1 && port <= MAX_PORT ? port : undefined;
}
