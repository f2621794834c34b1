import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

/** Why a request is refused. */
export interface Refusal {
  readonly status: 401 | 403 | 421;
  readonly text: string;
}

/**
 * Whether the page may be reached under the name in `Host`. A page of an attacker whose name leads to this address after a
 * while (DNS rebinding) comes with that name: only addresses, `localhost` and names that the administrator gave are served.
 */
export function refusedHost(request: IncomingMessage, names: ReadonlySet<string>): Refusal | undefined {
  const name = hostName(request.headers.host);
  if (name !== undefined && (isIP(name) !== 0 || name === "localhost" || names.has(name))) return undefined;
  return {
    status: 421,
    text: "this name is not served here; add it to --admin-names, or use the address\n",
  };
}

/**
 * Whether an action comes from this page: browsers say where a request comes from, other programs need not. The token is a header that
 * no form and no foreign page can set, so this is the second lock on the same door.
 */
export function refusedOrigin(request: IncomingMessage, names: ReadonlySet<string>): Refusal | undefined {
  const { host, origin } = request.headers;
  const site = request.headers["sec-fetch-site"];
  const isOwn = site === undefined || site === "same-origin" || site === "none";
  if (isOwn && (origin === undefined || site !== undefined || isOwnOrigin(origin, host, names)))
    return undefined;
  return { status: 403, text: "an action must come from this page\n" };
}

function isOwnOrigin(origin: string, host: string | undefined, names: ReadonlySet<string>): boolean {
  const [, authority] = /^https?:\/\/([^/]+)$/.exec(origin) ?? [];
  if (authority === undefined) return false;
  return authority === host || names.has(hostName(authority) ?? "");
}

/** Whether `Authorization: Bearer TOKEN` is right. The time that it takes says nothing about the token. */
export function refusedToken(request: IncomingMessage, token: string): Refusal | undefined {
  const [, given = ""] = /^Bearer (\S{1,512})$/.exec(request.headers.authorization ?? "") ?? [];
  if (timingSafeEqual(digest(given), digest(token))) return undefined;
  return { status: 401, text: "the token is missing or wrong\n" };
}

/** Equal lengths, so that texts of any length can be compared. */
const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** The host without port, in small letters. */
function hostName(host: string | undefined): string | undefined {
  const [, v6, name] = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(host ?? "") ?? [];
  return (v6 ?? name)?.toLowerCase();
}
