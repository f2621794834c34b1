import type { GearmandOptions, Loaded } from "@mod-gearman/config";
import { BadListener, type ListenerText, parseListener } from "./listener-text.ts";

/** How each way in verifies its peers, one line each, for `--check-config`. Payloads are not looked at here: they are end to end. */
export function hopsOf({ options, sources }: Pick<Loaded<GearmandOptions>, "options" | "sources">): string[] {
  const { listener, port, ssl, sslCaFile, sslRequireClientCert, protocol, httpPort } = options;
  const isMain = listener.length === 0 || sources.has("listen") || sources.has("port");
  const tls = { isTls: ssl, ca: sslCaFile, requiresClientCertificate: sslRequireClientCert };
  return [
    ...(isMain ? [`port ${port}: ${peersOf(tls)}`] : []),
    ...(protocol === "http" ? [`port ${httpPort}, http: ${peersOf({ ...tls, isTls: false })}`] : []),
    ...listener.flatMap((text) => hopOf(parsed(text), sslCaFile)),
  ];
}

function hopOf(way: ListenerText | undefined, sharedCa: string | undefined): string[] {
  if (way === undefined) return [];
  const { unix, host, port, ca = sharedCa } = way;
  if (unix !== undefined) return [`${unix.path}: those who may open the socket`];
  return [`${host === undefined ? "port " : `${host}:`}${port}: ${peersOf({ ...way, ca })}`];
}

function peersOf({
  isTls,
  ca,
  requiresClientCertificate,
}: Partial<Pick<ListenerText, "isTls" | "ca" | "requiresClientCertificate">>): string {
  if (isTls !== true) return "TCP without TLS, peers are not verified";
  if (ca === undefined) return "TLS, peers are not verified";
  if (requiresClientCertificate === true) return "TLS, only peers with a certificate of the authorities";
  return "TLS, peers with a certificate of the authorities are verified, others are not";
}

/** Undefined for what a start refuses. */
function parsed(text: string): ListenerText | undefined {
  try {
    return parseListener(text);
  } catch (error) {
    if (error instanceof BadListener) return undefined;
    throw error;
  }
}
