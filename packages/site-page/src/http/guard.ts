import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

/** Why a request is refused. */
export interface Refusal {
  readonly status: 421;
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

/** The host without port, in small letters. */
function hostName(host: string | undefined): string | undefined {
  const [, v6, name] = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(host ?? "") ?? [];
  return (v6 ?? name)?.toLowerCase();
}
