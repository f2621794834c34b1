import type { TLSSocket } from "node:tls";

/** Prefix by the kind of a subject alternative name, as Node prints it. */
const KINDS: Readonly<Record<string, string>> = {
  DNS: "DNS",
  URI: "URI",
  email: "email",
  "IP Address": "IP",
};

/**
 * Names in the verified certificate of a peer: `CN:…` of its subject, and `DNS:…`, `URI:…`, `IP:…`, `email:…`. Empty without a
 * certificate.
 */
export function certificateNames(socket: Pick<TLSSocket, "authorized" | "getPeerCertificate">): string[] {
  if (!socket.authorized) return [];
  const { subject, subjectaltname = "" } = socket.getPeerCertificate();
  const common: unknown = subject?.CN;
  const names = (Array.isArray(common) ? common : [common]).filter((name) => typeof name === "string");
  return [...names.map((name) => `CN:${name}`), ...alternativeNames(subjectaltname)];
}

/** Values with commas or quotes are quoted as in JSON, so that none can pass for two. */
function alternativeNames(text: string): string[] {
  const found = text.matchAll(/([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/gy);
  return [...found].flatMap(([, kind = "", value = ""]) => {
    const prefix = KINDS[kind];
    if (prefix === undefined) return [];
    return [`${prefix}:${value.startsWith('"') ? String(JSON.parse(value)) : value}`];
  });
}
