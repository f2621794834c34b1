import * as tls from "node:tls";
import { createSecureContext, type SecureContext, type SecureVersion } from "node:tls";

/** What a connection may use and how it knows the server. */
export interface TlsSettings {
  readonly minVersion: SecureVersion;
  readonly maxVersion?: SecureVersion;
  /** PEM; replaces the authorities of the system. */
  readonly ca?: Buffer;
  /** PEM certificate and key of the client. */
  readonly clientCertificate?: { readonly cert: Buffer; readonly key: Buffer };
}

// Old NSClient++ speaks TLS 1.0 with CBC ciphers, which OpenSSL refuses from security level 1 on.
const CIPHERS = "DEFAULT:@SECLEVEL=0";

/** Contexts without files of a call, by versions: loading the authorities takes milliseconds each time. */
const shared = new Map<string, SecureContext>();

/** @throws Error of OpenSSL for PEM texts that are none */
export function tlsContext(settings: TlsSettings): SecureContext {
  if (settings.ca !== undefined || settings.clientCertificate !== undefined) return newContext(settings);
  const key = `${settings.minVersion} ${settings.maxVersion}`;
  const context = shared.get(key) ?? newContext(settings);
  shared.set(key, context);
  return context;
}

function newContext({ minVersion, maxVersion, ca, clientCertificate }: TlsSettings): SecureContext {
  return createSecureContext({
    minVersion,
    ...(maxVersion === undefined ? {} : { maxVersion }),
    ...(minVersion === "TLSv1.3" ? {} : { ciphers: CIPHERS }),
    ca: ca ?? authorities(),
    ...clientCertificate,
  });
}

/** Those of the system on top of those that come with Node, as administrators add theirs to the system. */
function authorities(): string[] {
  const extra = typeof tls.getCACertificates === "function" ? tls.getCACertificates("system") : [];
  return [...tls.rootCertificates, ...extra];
}
