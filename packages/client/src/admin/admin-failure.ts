import { ClientError } from "../connection/errors.ts";
import { isTlsError, type TlsErrorCode } from "../connection/tls-error.ts";

export type AdminFailure =
  /** No connection; `text` is that of the C library. `tls`: no TLS with a server that is there. */
  | { readonly kind: "unreachable"; readonly text: string; readonly tls?: TlsErrorCode }
  | { readonly kind: "unknown-name"; readonly text: string }
  | { readonly kind: "timeout" }
  /** The connection ended before the answer did, or the answer is not that of a job server. */
  | { readonly kind: "invalid" };

/** Errors of name resolution and of connecting, worded as by the C library. Source: tools.md 2.2, 3.3. */
const NAME_ERRORS: Readonly<Record<string, string>> = {
  ENOTFOUND: "Name or service not known",
  EAI_NONAME: "Name or service not known",
  EAI_AGAIN: "Temporary failure in name resolution",
  EAI_FAIL: "Non-recoverable failure in name resolution",
  EAI_NODATA: "No address associated with hostname",
};
const CONNECT_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "Connection refused",
  ECONNRESET: "Connection reset by peer",
  EHOSTUNREACH: "No route to host",
  ENETUNREACH: "Network is unreachable",
  ETIMEDOUT: "Connection timed out",
  EACCES: "Permission denied",
  EPERM: "Operation not permitted",
  EADDRNOTAVAIL: "Cannot assign requested address",
  EMFILE: "Too many open files",
};

/** Classifies an error of an admin query. @throws `error` itself if it is not a ClientError */
export function adminFailureOf(error: unknown): AdminFailure {
  if (!(error instanceof ClientError)) throw error;
  if (error.code === "TIMEOUT") return { kind: "timeout" };
  return error.code === "CONNECT_FAILED" ? connectFailure(error.cause) : { kind: "invalid" };
}

function connectFailure(cause: unknown): AdminFailure {
  // every address of a name was tried: the last one is reported, as in the originals
  const error: unknown = cause instanceof AggregateError ? cause.errors.at(-1) : cause;
  if (isTlsError(error)) return { kind: "unreachable", text: error.message, tls: error.code };
  const { code, syscall } = Object(error) as NodeJS.ErrnoException;
  // EINVAL: libuv cannot write the name in the characters of host names, and asks no resolver
  const name = NAME_ERRORS[syscall === "getaddrinfo" && code === "EINVAL" ? "ENOTFOUND" : (code ?? "")];
  if (name !== undefined) return { kind: "unknown-name", text: name };
  const message = error instanceof Error ? error.message : String(error);
  return { kind: "unreachable", text: CONNECT_ERRORS[code ?? ""] ?? message };
}
