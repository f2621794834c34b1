import { printAddress, type ServerAddress } from "@mod-gearman/base";
import type { ClientError, ClientErrorCode } from "@mod-gearman/client";

/** The error names of libgearman, which scripts match. Source: tools.md 3.4, 5.3. */
const WORDS: Partial<Record<ClientErrorCode, string>> = {
  CONNECT_FAILED: "GEARMAN_COULD_NOT_CONNECT",
  CONNECTION_LOST: "GEARMAN_LOST_CONNECTION",
  TIMEOUT: "GEARMAN_TIMEOUT",
  SERVER_ERROR: "GEARMAN_SERVER_ERROR",
  PROTOCOL: "GEARMAN_INVALID_MAGIC",
  BAD_ARGUMENT: "GEARMAN_INVALID_ARGUMENT",
};

/** Why a server did not accept a job, one line: the error name of libgearman, the server, the reason. */
export function describeFailure(server: ServerAddress, error: ClientError): string {
  const word = WORDS[error.code] ?? `GEARMAN_${error.code}`;
  const address = printAddress(server);
  if (error.code === "CONNECT_FAILED")
    return `${word} Connection to ${address} failed${because(error.cause)}`;
  return `${word} ${address}: ${error.message.slice(error.code.length + 2)}`;
}

/** An AggregateError, for failed attempts on several addresses, has a code but no message. */
function because(cause: unknown): string {
  if (!(cause instanceof Error)) return "";
  const { code } = cause as { code?: unknown };
  const text = cause.message === "" ? String(code ?? cause.name) : cause.message;
  return `: ${text}`;
}
