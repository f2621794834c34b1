import type { Duplex } from "node:stream";
import { type Clock, type ServerAddress, systemClock } from "@mod-gearman/base";
import {
  type AdminReply,
  AdminReplyDecoder,
  type AdminReplyKind,
  ProtocolError,
} from "@mod-gearman/protocol";
import { closeStream, resetStream } from "../connection/close-stream.ts";
import { type DuplexFactory, dialTcp } from "../connection/dial.ts";
import { unheardEnd } from "../connection/dial-tls.ts";
import { ClientError } from "../connection/errors.ts";
import { isTlsError, tlsErrorOf } from "../connection/tls-error.ts";

export interface AdminQueryOptions {
  /** Longest duration of the whole query, connecting included, milliseconds ≥ 1. */
  readonly timeoutMs: number;
  readonly duplex?: DuplexFactory;
  readonly clock?: Clock;
  /** Largest accepted answer to one command. Default 16 MiB. */
  readonly maxReplyBytes?: number;
  /**
   * Number of required answers, ≥ 1; if time runs out or the connection ends after them, the query resolves with the
   * answers received. Default: all. Source: tools.md 1, T1: a server that does not answer `version`.
   */
  readonly requiredReplies?: number;
  /** Gets the lines of tables one by one; `lines` of the reply stays empty then. A view, valid until the call returns. */
  readonly onTableLine?: (line: Buffer) => void;
}

/** For tests that replace {@link AdminConnection.query}. */
export type AdminQuery = (
  server: ServerAddress,
  commands: readonly string[],
  options: AdminQueryOptions,
) => Promise<AdminReply[]>;

const TABLE = /^(?:status|workers|prioritystatus|show|queue +(?:list|peek))(?: |$)/i;
const MAX_REPLY_BYTES = 16 * 1024 * 1024;

/** Questions to the text port of a job server. Source: job-server.md 3, tools.md 1. */
// biome-ignore lint/complexity/noStaticOnlyClass: the name is part of the public contract
export class AdminConnection {
  /**
   * Sends `commands` in one write over a new connection, reads one answer to each and closes. Tables end with a
   * line `.`, other answers are one line; an `ERR …` line is a reply of kind `error`, not a rejection. Resolves with
   * fewer answers than commands only with `requiredReplies`.
   *
   * @param commands latin1, without line ends, for instance `["status", "version"]`
   * @throws ClientError BAD_ARGUMENT, CONNECT_FAILED (also where a server refuses us with TLS), CONNECTION_LOST (it closed before the last answer),
   * TIMEOUT, PROTOCOL (an answer without end)
   */
  static async query(
    server: ServerAddress,
    commands: readonly string[],
    options: AdminQueryOptions,
  ): Promise<AdminReply[]> {
    if (commands.some((command) => command.trim() === "" || /[\r\n]/.test(command)))
      throw new ClientError("BAD_ARGUMENT", "an admin command is one line that is not empty");
    if (commands.length === 0) return [];
    const clock = options.clock ?? systemClock;
    const attempt = new AbortController();
    const overdue = Promise.withResolvers<never>();
    overdue.promise.catch(() => {}); // it may reject after the query has settled
    const timer = clock.setTimeout(() => {
      const error = new ClientError("TIMEOUT", `no answer within ${options.timeoutMs} ms`);
      overdue.reject(error);
      attempt.abort(error);
    }, options.timeoutMs);
    let stream: Duplex | undefined;
    const replies: AdminReply[] = [];
    try {
      const dialling = dial(options.duplex ?? dialTcp(), server, attempt.signal);
      stream = await Promise.race([dialling, overdue.promise]);
      return await Promise.race([ask(stream, commands, replies, options), overdue.promise]);
    } catch (error) {
      if (replies.length < (options.requiredReplies ?? commands.length)) throw error;
      return replies;
    } finally {
      clock.clearTimeout(timer);
      await end(
        stream?.on("error", () => {}),
        attempt.signal.aborted,
      );
    }
  }
}

/** A command that got no answer in time must not be carried out later. */
function end(stream: Duplex | undefined, isOverdue: boolean): Promise<void> | undefined {
  if (stream === undefined || !isOverdue) return stream && closeStream(stream);
  resetStream(stream);
  return undefined;
}

async function dial(factory: DuplexFactory, server: ServerAddress, signal: AbortSignal): Promise<Duplex> {
  let stream: Duplex;
  try {
    stream = await factory(server, signal);
  } catch (error) {
    throw notConnected(error);
  }
  if (signal.aborted) void closeStream(stream.on("error", () => {})); // the query has timed out
  return stream;
}

function notConnected(error: unknown): ClientError {
  const reason = error instanceof Error ? error.message : String(error);
  return new ClientError("CONNECT_FAILED", reason, { cause: error });
}

function ask(
  stream: Duplex,
  commands: readonly string[],
  replies: AdminReply[],
  { maxReplyBytes = MAX_REPLY_BYTES, onTableLine }: AdminQueryOptions,
): Promise<AdminReply[]> {
  const decoder = new AdminReplyDecoder(commands.map(kindOf), maxReplyBytes, onTableLine);
  return new Promise((resolve, reject) => {
    const onEnd = () => {
      const refused = unheardEnd(stream);
      if (refused !== undefined) return reject(notConnected(refused));
      const text = `the job server closed the connection after ${replies.length} of ${commands.length} answers`;
      reject(new ClientError("CONNECTION_LOST", text));
    };
    stream.on("data", (chunk: Buffer) => {
      try {
        replies.push(...decoder.push(chunk));
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        reject(new ClientError("PROTOCOL", error.message, { cause: error }));
      }
      if (decoder.done) resolve(replies);
    });
    stream.on("end", onEnd).on("close", onEnd);
    stream.on("error", (error) => {
      const cause = tlsErrorOf(error);
      if (isTlsError(cause)) reject(notConnected(cause));
      else reject(new ClientError("CONNECTION_LOST", error.message, { cause: error }));
    });
    stream.write(Buffer.from(`${commands.join("\n")}\n`, "latin1"));
  });
}

function kindOf(command: string): AdminReplyKind {
  return TABLE.test(command.trim()) ? "table" : "line";
}
