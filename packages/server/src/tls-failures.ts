import type { X509Certificate } from "node:crypto";
import { oneLine } from "@mod-gearman/base";

const MAX_TEXT = 300;

/** Codes of OpenSSL and Node that an administrator meets, without `ERR_SSL_` and `ERR_`, and without the version in front of `ALERT_`. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNRESET: "the peer has gone",
  TLS_HANDSHAKE_TIMEOUT: "not complete in time",
  WRONG_VERSION_NUMBER: "the peer does not speak TLS",
  HTTP_REQUEST: "the peer does not speak TLS",
  PACKET_LENGTH_TOO_LONG: "the peer does not speak TLS",
  UNSUPPORTED_PROTOCOL: "the peer knows only versions before TLS 1.2",
  NO_SHARED_CIPHER: "the peer has no cipher in common",
  ALERT_UNKNOWN_CA: "the peer does not know the authority of our certificate",
  ALERT_BAD_CERTIFICATE: "the peer refuses our certificate",
  ALERT_CERTIFICATE_UNKNOWN: "the peer refuses our certificate",
  ALERT_CERTIFICATE_EXPIRED: "the peer says that our certificate has expired",
  OSSL_BAD_DECRYPT: "the key is encrypted; a server needs one without a passphrase",
  KEY_VALUES_MISMATCH: "certificate and key do not belong together",
};

/** Why a handshake failed, or certificates cannot be used. */
export function handshakeFailure(error: Error): string {
  const { code, reason } = error as { readonly code?: string; readonly reason?: string };
  const plain = code?.replace(/^ERR_(?:SSL_|OSSL_X509_)?/, "") ?? "";
  const name = plain.replace(/^(?:SSL\/TLS|SSLV3|TLSV1|TLSV13)_ALERT_/, "ALERT_"); // OpenSSL 3.5 has other names
  return REASONS[name] ?? oneLine(reason ?? error.message, MAX_TEXT);
}

const CERTIFICATE_REASONS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "has expired",
  CERT_NOT_YET_VALID: "is not valid yet",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "is of an unknown authority",
  UNABLE_TO_GET_ISSUER_CERT: "is of an unknown authority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "is of an unknown authority",
  SELF_SIGNED_CERT_IN_CHAIN: "is of an unknown authority",
  DEPTH_ZERO_SELF_SIGNED_CERT: "is signed by itself",
  INVALID_PURPOSE: "is not one for clients",
};

/** Why the certificate of a client is refused. @param code of the verification */
export function refusedCertificate(code: unknown, { subject }: X509Certificate): string {
  const reason = CERTIFICATE_REASONS[String(code)] ?? `is refused (${String(code)})`;
  return `its certificate ${reason} (${oneLine(subject.replaceAll("\n", ", "), MAX_TEXT)})`;
}
