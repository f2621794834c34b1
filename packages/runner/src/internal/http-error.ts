import { isShortage } from "../outcome.ts";

/** Why a request has no answer. */
export type HttpErrorCode = "TIMEOUT" | "FAILED" | "TOO_LARGE";

/** A request without an answer; `message` is what the original programs say, without method and URL. */
export class HttpError extends Error {
  override readonly name: string = "HttpError";
  readonly code: HttpErrorCode;
  constructor(code: HttpErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What Node adds to errors of sockets and TLS. */
type SocketError = NodeJS.ErrnoException & { address?: string; port?: number; reason?: string };

/** Turns what a socket failed with into the words of Go's `net`; a resource shortage stays what it is. */
export function toHttpError(cause: unknown, url: URL): Error {
  if (cause instanceof HttpError) return cause;
  const error = firstError(cause);
  if (isShortage(error.code)) return error;
  return new HttpError("FAILED", tlsText(error) ?? netText(error, url), { cause });
}

function firstError(cause: unknown): SocketError {
  if (cause instanceof AggregateError) return firstError(cause.errors[0]);
  return cause instanceof Error ? cause : new Error(String(cause));
}

const UNKNOWN_AUTHORITY = "x509: certificate signed by unknown authority";
const OUT_OF_DATE = "x509: certificate has expired or is not yet valid";
const CERTIFICATE_TEXTS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  CERT_HAS_EXPIRED: OUT_OF_DATE,
  CERT_NOT_YET_VALID: OUT_OF_DATE,
};

function tlsText({ code = "", message, reason }: SocketError): string | undefined {
  const certificate =
    code === "ERR_TLS_CERT_ALTNAME_INVALID" ? `x509: ${message}` : textOf(CERTIFICATE_TEXTS, code);
  if (certificate !== undefined) return `tls: failed to verify certificate: ${certificate}`;
  if (message.includes("wrong version number")) return "http: server gave HTTP response to HTTPS client";
  return reason === undefined ? undefined : `tls: ${reason}`;
}

const SYSTEM_TEXTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  EHOSTUNREACH: "no route to host",
  ENETUNREACH: "network is unreachable",
  ETIMEDOUT: "connection timed out",
  EACCES: "permission denied",
};

function netText({ code = "", message, address, port, syscall }: SocketError, url: URL): string {
  if (code === "ENOTFOUND") return `dial tcp: lookup ${url.hostname}: no such host`;
  if (code === "EAI_AGAIN") return `dial tcp: lookup ${url.hostname}: server misbehaving`;
  if (syscall === "connect") {
    const target = address?.includes(":") ? `[${address}]` : address;
    return `dial tcp ${target}:${port}: connect: ${textOf(SYSTEM_TEXTS, code) ?? code}`;
  }
  if (message === "socket hang up") return "EOF";
  return code === "ECONNRESET" ? "read: connection reset by peer" : message;
}

function textOf(texts: Readonly<Record<string, string>>, code: string): string | undefined {
  return Object.hasOwn(texts, code) ? texts[code] : undefined;
}
