import type { ErrorPacket } from "@mod-gearman/protocol";
import { ClientError, type RequestPhase } from "./errors.ts";

/** Internal to the package. */
export function serverError(
  code: "SERVER_ERROR" | "JOB_NOT_FOUND",
  packet: Pick<ErrorPacket, "code" | "text">,
  phase?: RequestPhase,
): ClientError {
  const serverCode = packet.code.toString("latin1");
  const serverText = packet.text.toString("latin1");
  const text = `job server answered ${serverCode}: ${serverText}`;
  return new ClientError(code, text, { serverCode, serverText, phase });
}
