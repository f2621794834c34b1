import { printAddress, type ServerAddress } from "@mod-gearman/base";
import type { ClientError, ClientErrorCode } from "@mod-gearman/client";

/** The words of libgearman that scripts look for. Source: tools.md 3.4, 5.3. */
const WORDS: Partial<Record<ClientErrorCode, string>> = {
  CONNECT_FAILED: "GEARMAN_COULD_NOT_CONNECT",
  CONNECTION_LOST: "GEARMAN_LOST_CONNECTION",
  TIMEOUT: "GEARMAN_TIMEOUT",
  SERVER_ERROR: "GEARMAN_SERVER_ERROR",
  PROTOCOL: "GEARMAN_INVALID_MAGIC",
  BAD_ARGUMENT: "GEARMAN_INVALID_ARGUMENT",
};

/** Why a server did not take a job, one line: the word libgearman has for it, the server, what happened. */
export function describeFailure(server: ServerAddress, error: ClientError): string {
  const word = WORDS[error.code] ?? `GEARMAN_${error.code}`;
  const address = printAddress(server);
  if (error.code === "CONNECT_FAILED")
    return `${word} Connection to ${address} failed${because(error.cause)}`;
  return `${word} ${address}: ${error.message.slice(error.code.length + 2)}`;
}

/** Failed attempts on several addresses come as an AggregateError, which has a code but no message. */
function because(cause: unknown): string {
  if (!(cause instanceof Error)) return "";
  const { code } = cause as { code?: unknown };
  const text = cause.message === "" ? String(code ?? cause.name) : cause.message;
  return `: ${text}`;
}
