import { createHash } from "node:crypto";
import * as tls from "node:tls";
import { createSecureContext, type SecureContext, type SecureVersion } from "node:tls";
import { omitUndefined } from "@mod-gearman/base";

export interface TlsSettings {
  readonly minVersion: SecureVersion;
  readonly maxVersion?: SecureVersion | undefined;
  /** PEM; replaces the authorities of the system. */
  readonly ca?: Buffer | undefined;
  /** PEM certificate and key of the client. */
  readonly clientCertificate?: { readonly cert: Buffer; readonly key: Buffer } | undefined;
}

// Old NSClient++ speaks TLS 1.0 with CBC ciphers, which OpenSSL refuses from security level 1 on.
const CIPHERS = "DEFAULT:@SECLEVEL=0";

/**
 * The contexts used last, by all their settings: loading the authorities takes some hundredths of a second
 * each time. A context has no state of connections.
 */
const known = new Map<string, SecureContext>();
const MAX_KNOWN = 64;

/** @throws Error of OpenSSL for texts that are not PEM */
export function tlsContext(settings: TlsSettings): SecureContext {
  const key = keyOf(settings);
  const context = known.get(key) ?? newContext(settings);
  known.delete(key);
  known.set(key, context);
  const [oldest] = known.keys();
  if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest);
  return context;
}

function keyOf({ minVersion, maxVersion, ca, clientCertificate }: TlsSettings): string {
  const digests = [ca, clientCertificate?.cert, clientCertificate?.key].map((pem) =>
    pem === undefined ? "" : createHash("sha256").update(pem).digest("base64"),
  );
  return [minVersion, maxVersion, ...digests].join(" ");
}

function newContext({ minVersion, maxVersion, ca, clientCertificate }: TlsSettings): SecureContext {
  return createSecureContext({
    ...omitUndefined({ minVersion, maxVersion, ciphers: minVersion === "TLSv1.3" ? undefined : CIPHERS }),
    ca: ca ?? authorities(),
    ...clientCertificate,
  });
}

/** Those of the system in addition to those of Node: administrators add theirs to the system. */
function authorities(): string[] {
  const extra = typeof tls.getCACertificates === "function" ? tls.getCACertificates("system") : [];
  return [...tls.rootCertificates, ...extra];
}
