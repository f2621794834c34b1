import type { Packet } from "@mod-gearman/protocol";
import { ClientError } from "./errors.ts";
import type { ServerAddress } from "./server-address.ts";

/** Names of packets that answer a request, besides ERROR. */
export type AnswerName = "JOB_CREATED" | "STATUS_RES" | "STATUS_RES_UNIQUE";

/** What a request is made of. */
export interface RequestParts {
  readonly answer: AnswerName;
  readonly wire: Buffer;
  /** Whether to send it once more when the connection ended before the answer. */
  readonly resend: boolean;
  /** On the clock of the connection. */
  readonly deadlineMs: number;
  readonly resolve: (answer: Packet, server: ServerAddress) => void;
  readonly reject: (error: ClientError) => void;
}

/** One packet of a client that the server answers with exactly one packet. Settles once. Internal. */
export class Request {
  readonly answer: AnswerName;
  readonly resend: boolean;
  readonly deadlineMs: number;
  /** Bytes counted against the limit of the connection until the request is settled. */
  readonly heldBytes: number;
  readonly #resolve: RequestParts["resolve"];
  readonly #reject: RequestParts["reject"];
  #wire: Buffer;

  constructor(parts: RequestParts) {
    this.answer = parts.answer;
    this.resend = parts.resend;
    this.deadlineMs = parts.deadlineMs;
    this.heldBytes = parts.wire.length;
    this.#wire = parts.wire;
    this.#resolve = parts.resolve;
    this.#reject = parts.reject;
  }

  /** The packet; empty after `forgetWire`. */
  get wire(): Buffer {
    return this.#wire;
  }

  /** It has been sent and will not be sent again: let go of the bytes. */
  forgetWire(): void {
    if (!this.resend) this.#wire = Buffer.alloc(0);
  }

  /** Settle with the packet that came; false when this packet is no answer to it. */
  settle(packet: Packet, server: ServerAddress): boolean {
    if (packet.name === "ERROR") {
      const serverCode = packet.code.toString("latin1");
      const serverText = packet.text.toString("latin1");
      const details = { serverCode, serverText };
      this.fail(new ClientError("SERVER_ERROR", `job server answered ${serverCode}: ${serverText}`, details));
      return true;
    }
    if (packet.name !== this.answer) return false;
    this.#resolve(packet, server);
    return true;
  }

  fail(error: ClientError): void {
    this.#reject(error);
  }
}
