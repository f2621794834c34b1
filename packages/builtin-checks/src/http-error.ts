import { isResourceShortage } from "@mod-gearman/base";

export type HttpErrorCode = "TIMEOUT" | "FAILED" | "TOO_LARGE";

/** A request without an answer; `message` is the text of the original programs, without method and URL. */
export class HttpError extends Error {
  override readonly name: string = "HttpError";
  readonly code: HttpErrorCode;
  /** `message` without names and addresses: for a URL that must not be shown. */
  readonly reason: string;
  constructor(code: HttpErrorCode, message: string, options?: ErrorOptions & { readonly reason?: string }) {
    super(message, options);
    this.code = code;
    this.reason = options?.reason ?? message;
  }
}

/** Errors of sockets and TLS with the properties that Node adds. */
type SocketError = NodeJS.ErrnoException & { address?: string; port?: number; reason?: string };

/** Turns an error of a socket into the texts of Go's `net`; a resource shortage is returned unchanged. */
export function toHttpError(cause: unknown, url: URL): Error {
  if (cause instanceof HttpError) return cause;
  const error = firstError(cause);
  if (isResourceShortage(error.code)) return error;
  const { message, reason } = tlsText(error) ?? netText(error, url);
  return new HttpError("FAILED", message, { cause, reason });
}

/** A text to show, and the same without names and addresses. */
type Texts = Pick<HttpError, "message" | "reason">;

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

function tlsText({ code = "", message, reason }: SocketError): Texts | undefined {
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return { message: notVerified(`x509: ${message}`), reason: notVerified(WRONG_NAME) };
  const certificate = textOf(CERTIFICATE_TEXTS, code);
  if (certificate !== undefined) return unchanged(notVerified(certificate));
  if (message.includes("wrong version number"))
    return unchanged("http: server gave HTTP response to HTTPS client");
  return reason === undefined ? undefined : unchanged(`tls: ${reason}`);
}

const WRONG_NAME = "x509: certificate is valid for another name";

function notVerified(why: string): string {
  return `tls: failed to verify certificate: ${why}`;
}

const SYSTEM_TEXTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  EHOSTUNREACH: "no route to host",
  ENETUNREACH: "network is unreachable",
  ETIMEDOUT: "connection timed out",
  EACCES: "permission denied",
};

function netText({ code = "", message, address, port, syscall }: SocketError, url: URL): Texts {
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    const why = code === "ENOTFOUND" ? "no such host" : "server misbehaving";
    return { message: `dial tcp: lookup ${url.hostname}: ${why}`, reason: `dial tcp: lookup: ${why}` };
  }
  if (syscall === "connect") {
    const target = address?.includes(":") ? `[${address}]` : address;
    const why = textOf(SYSTEM_TEXTS, code) ?? code;
    return { message: `dial tcp ${target}:${port}: connect: ${why}`, reason: `dial tcp: connect: ${why}` };
  }
  if (message === "socket hang up") return unchanged("EOF");
  if (code === "ECONNRESET") return unchanged("read: connection reset by peer");
  return { message, reason: code === "" ? "request failed" : code };
}

function unchanged(message: string): Texts {
  return { message, reason: message };
}

function textOf(texts: Readonly<Record<string, string>>, code: string): string | undefined {
  return Object.hasOwn(texts, code) ? texts[code] : undefined;
}
