import type { Duplex } from "node:stream";
import type { Clock } from "@mod-gearman/base";
import { encodePacket } from "@mod-gearman/protocol";
import { resetStream } from "./close-stream.ts";
import { type DuplexFactory, dialSafely } from "./dial.ts";
import { endText } from "./dial-tls.ts";
import { ClientError } from "./errors.ts";
import { tlsErrorOf } from "./tls-error.ts";

/** Longest wait for the first answer of a server that has accepted the connection. */
const FIRST_ANSWER_MS = 2000;
const QUESTION = encodePacket("REQ", { name: "ECHO_REQ", data: Buffer.from("here?") });
const ANSWER = encodePacket("RES", { name: "ECHO_RES", data: Buffer.from("here?") });

/**
 * Connects only to servers that answer: the kernel accepts connections for a process that hangs. Nothing else is sent
 * before the answer. Internal to the package.
 */
export function dialAnswering(dial: DuplexFactory, clock: Clock): DuplexFactory {
  return async (address, signal) => {
    const stream = await dialSafely(dial, address, signal);
    await firstAnswer(stream, signal, clock);
    return stream;
  };
}

function firstAnswer(stream: Duplex, signal: AbortSignal, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    const settle = (error?: Error): void => {
      clock.clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      stream.removeListener("data", onData).removeListener("close", onClose).removeListener("end", onClose);
      stream.removeListener("error", onError);
      if (error === undefined) {
        resolve();
        return;
      }
      stream.on("error", () => {}); // it is no longer used
      resetStream(stream);
      reject(error);
    };
    const onData = (chunk: Buffer): void => {
      parts.push(chunk);
      const bytes = Buffer.concat(parts);
      if (bytes.length < ANSWER.length) return;
      stream.pause();
      settle(bytes.equals(ANSWER) ? undefined : new ClientError("PROTOCOL", "no answer to an echo request"));
    };
    const onAbort = (): void => settle(signal.reason);
    const onClose = (): void => settle(new ClientError("CONNECT_FAILED", endText(stream)));
    const onError = (error: Error): void => settle(tlsErrorOf(error) as Error);
    const timer = clock.setTimeout(
      () => settle(new ClientError("TIMEOUT", `accepted, but no answer within ${FIRST_ANSWER_MS} ms`)),
      FIRST_ANSWER_MS,
    );
    signal.addEventListener("abort", onAbort, { once: true });
    stream.on("data", onData).on("close", onClose).on("end", onClose).on("error", onError);
    if (signal.aborted) onAbort();
    else stream.write(QUESTION);
  });
}
