import { oneLine } from "@mod-gearman/base";

/**
 * Why there is no TLS connection. FILES: our files cannot be read or used. NOT_TLS: the server speaks none.
 * UNKNOWN_AUTHORITY, EXPIRED, WRONG_NAME, BAD_CERTIFICATE: its certificate is refused. REFUSED: it refuses, or misses,
 * ours. HANDSHAKE: anything else.
 */
export type TlsErrorCode =
  | "FILES"
  | "NOT_TLS"
  | "UNKNOWN_AUTHORITY"
  | "EXPIRED"
  | "WRONG_NAME"
  | "BAD_CERTIFICATE"
  | "REFUSED"
  | "HANDSHAKE";

/** Its message is for users, one line, without anything of a key. */
export class TlsError extends Error {
  override readonly name: string = "TlsError";
  readonly code: TlsErrorCode;

  constructor(code: TlsErrorCode, text: string, options?: ErrorOptions) {
    super(`TLS: ${text}`, options);
    this.code = code;
  }
}

/** By its name: a part of a tool that is a bundle of its own has another class. */
export function isTlsError(error: unknown): error is TlsError {
  return error instanceof Error && error.name === "TlsError";
}

const MAX_TEXT = 300;
const NOT_TLS = ["NOT_TLS", "the server does not speak TLS"] as const;
const NO_AUTHORITY = [
  "UNKNOWN_AUTHORITY",
  "the server's certificate is of no authority in tls_ca_file",
] as const;
const OUR_CERTIFICATE = "the server refuses our certificate (tls_cert_file)";
const OLD_VERSION = ["HANDSHAKE", "the server knows only versions before TLS 1.2"] as const;

/** By code of Node and OpenSSL, without `ERR_SSL_` and `ERR_`, and without the version in front of `ALERT_`, which changed. */
const REASONS: Readonly<Record<string, readonly [code: TlsErrorCode, text: string]>> = {
  WRONG_VERSION_NUMBER: NOT_TLS,
  PACKET_LENGTH_TOO_LONG: NOT_TLS,
  HTTP_REQUEST: NOT_TLS,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: NO_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: NO_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: NO_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: NO_AUTHORITY,
  DEPTH_ZERO_SELF_SIGNED_CERT: [
    "UNKNOWN_AUTHORITY",
    "the server's certificate is signed by itself, and not in tls_ca_file",
  ],
  CERT_HAS_EXPIRED: ["EXPIRED", "the server's certificate, or that of its authority, has expired"],
  CERT_NOT_YET_VALID: ["EXPIRED", "the server's certificate is not valid yet"],
  INVALID_PURPOSE: ["BAD_CERTIFICATE", "the server's certificate is not one for servers"],
  ALERT_CERTIFICATE_REQUIRED: ["REFUSED", "the server wants a certificate of ours (tls_cert_file)"],
  ALERT_HANDSHAKE_FAILURE: [
    "HANDSHAKE",
    "the server broke the handshake off: it may want a certificate of ours (tls_cert_file), or has no cipher in common",
  ],
  ALERT_UNKNOWN_CA: ["REFUSED", `${OUR_CERTIFICATE}: its authority is unknown there`],
  ALERT_BAD_CERTIFICATE: ["REFUSED", OUR_CERTIFICATE],
  ALERT_CERTIFICATE_UNKNOWN: ["REFUSED", OUR_CERTIFICATE],
  ALERT_CERTIFICATE_EXPIRED: ["REFUSED", `${OUR_CERTIFICATE}: it has expired`],
  ALERT_CERTIFICATE_REVOKED: ["REFUSED", `${OUR_CERTIFICATE}: it is revoked`],
  ALERT_ACCESS_DENIED: ["REFUSED", OUR_CERTIFICATE],
  UNSUPPORTED_PROTOCOL: OLD_VERSION,
  ALERT_PROTOCOL_VERSION: OLD_VERSION,
  KEY_VALUES_MISMATCH: ["FILES", "tls_cert_file and tls_key_file do not belong together"],
  OSSL_BAD_DECRYPT: ["FILES", "the key of tls_key_file has a passphrase; programs need one without"],
};

/** What is behind an error of a TLS connection; other errors are returned as they are. */
export function tlsErrorOf(cause: unknown): unknown {
  if (!(cause instanceof Error) || isTlsError(cause)) return cause;
  const { code, reason } = cause as { readonly code?: unknown; readonly reason?: unknown };
  if (typeof code !== "string") return cause;
  const known = REASONS[nameOf(code)];
  if (known !== undefined) return new TlsError(...known, { cause });
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return new TlsError("WRONG_NAME", namesIn(cause), { cause });
  if (!/^ERR_(?:SSL|TLS|OSSL)_/.test(code)) return cause;
  return new TlsError("HANDSHAKE", oneLine(String(reason ?? cause.message), MAX_TEXT), { cause });
}

function nameOf(code: string): string {
  return code
    .replace(/^ERR_(?:SSL_|OSSL_X509_)?/, "")
    .replace(/^(?:SSL\/TLS|SSLV3|TLSV1|TLSV13)_ALERT_/, "ALERT_");
}

function namesIn(error: Error): string {
  const { host, cert } = error as {
    readonly host?: string;
    readonly cert?: { readonly subjectaltname?: string; readonly subject?: { readonly CN?: unknown } };
  };
  const names = cert?.subjectaltname ?? `CN:${String(cert?.subject?.CN)}`;
  return oneLine(
    `the server's certificate is not for ${host} but for ${names}: see tls_server_name`,
    MAX_TEXT,
  );
}
