import { type Clock, omitUndefined, type ServerAddress } from "@mod-gearman/base";
import { ClientConnection, ClientError, type DuplexFactory } from "@mod-gearman/client";
import { MAX_ANSWER_BYTES } from "@mod-gearman/crypto";
import { AskError } from "./ask-error.ts";

interface BridgeLineOptions {
  /** In order of preference. */
  readonly servers: readonly ServerAddress[];
  /** That the bridge takes requests from. */
  readonly queue: Buffer;
  /** Of one request, milliseconds. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Default: TCP. */
  readonly duplex?: DuplexFactory | undefined;
}

/** The way of requests to the bridge and of its answers: foreground jobs of a queue. */
export class BridgeLine {
  readonly #options: BridgeLineOptions;
  readonly #client: ClientConnection;

  constructor(options: BridgeLineOptions) {
    const { servers, clock, duplex, timeoutMs } = options;
    this.#options = options;
    this.#client = new ClientConnection({
      ...omitUndefined({ servers, clock, duplex }),
      failWhenUnreachable: true,
      submitTimeoutMs: timeoutMs,
      closeTimeoutMs: 1,
    });
  }

  /** @throws AskError */
  async send(request: Buffer): Promise<Buffer> {
    const { queue, timeoutMs } = this.#options;
    const job = { function: queue, data: request, timeoutMs, maxDataBytes: 2 * MAX_ANSWER_BYTES };
    try {
      return (await this.#client.submitForeground(job)).data;
    } catch (error) {
      throw error instanceof ClientError ? askError(error, timeoutMs) : error;
    }
  }

  /** Puts another job into a queue, in the background. @throws AskError */
  async submit(queue: Buffer, data: Buffer): Promise<void> {
    try {
      await this.#client.submitBackground({ function: queue, data });
    } catch (error) {
      throw error instanceof ClientError ? new AskError("NO_SERVER", error.message, { cause: error }) : error;
    }
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}

function askError(cause: ClientError, timeoutMs: number): AskError {
  const { code, phase } = cause;
  if (code === "JOB_FAILED" || code === "JOB_EXCEPTION")
    return new AskError(
      "FAILED",
      "the bridge does not take the request as authentic: a wrong, unknown or forgotten ticket, or keys of another site; its log has the reason",
      { cause },
    );
  if (code === "TIMEOUT" && phase !== "connecting")
    return new AskError(
      "NO_ANSWER",
      `no bridge answered within ${timeoutMs / 1000} s: does the core run, and is enroll_dir set in the configuration of its module?`,
      { cause },
    );
  return new AskError("NO_SERVER", cause.message, { cause });
}
