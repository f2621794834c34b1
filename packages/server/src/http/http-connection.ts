import type { Duplex } from "node:stream";
import { PacketType } from "@mod-gearman/protocol";
import type { Timer } from "../core/clock.ts";
import { Peer } from "../core/entities.ts";
import { BadRequest } from "../core/errors.ts";
import type { Guard } from "../core/guard.ts";
import { handleRequest } from "../handlers/dispatch.ts";
import { closeReasonOf, type Guest, type GuestHost, LINGER_MS, remoteOf } from "../handlers/guest.ts";
import { Request } from "../handlers/request.ts";
import { HttpProblem, type HttpRequest, HttpRequestDecoder } from "./http-request.ts";
import { type HttpAnswer, printAnswer } from "./http-response.ts";

const HEAD_TIMEOUT_MS = 10_000;
/** Without a byte of the body. */
const BODY_TIMEOUT_MS = 60_000;
/** For the client to read the answer. */
const ANSWER_TIMEOUT_MS = 300_000;
const EMPTY: Buffer = Buffer.alloc(0);
const OK = "200 OK";
const STATUS = {
  METHOD_NOT_ALLOWED: "405 METHOD_NOT_ALLOWED",
  LENGTH_REQUIRED: "411 LENGTH_REQUIRED",
  CONTENT_TOO_LARGE: "413 CONTENT_TOO_LARGE",
} as const;
const METHODS = "GET, HEAD, POST, PUT";

/** One request over HTTP: a client that submits one job, and waits for its result unless it is a background job. */
export class HttpConnection implements Guest {
  readonly peer: Peer;
  readonly name: string;
  readonly #duplex: Duplex;
  readonly #host: GuestHost;
  readonly #decoder: HttpRequestDecoder;
  #request: HttpRequest | undefined;
  #handle = "";
  readonly #data: Buffer[] = []; // of WORK_DATA
  #dataBytes = 0;
  #isAnswered = false;
  #hasLeft = false;
  #timer: Timer | undefined;

  readonly #guard: Guard | undefined;

  /** @param entered its rights, undefined: all; and whether it came by a unix socket */
  constructor(
    id: number,
    duplex: Duplex,
    host: GuestHost,
    entered: { readonly guard?: Guard | undefined; readonly isUnix?: boolean } = {},
  ) {
    this.#guard = entered.guard;
    const { address, port } = remoteOf(duplex, entered.isUnix);
    this.name = `${address}:${port}`;
    this.#duplex = duplex;
    this.#host = host;
    this.#decoder = new HttpRequestDecoder(host.maxPacketBytes, () => {
      duplex.write("HTTP/1.1 100 Continue\r\n\r\n");
    });
    this.peer = new Peer({
      ...{ id, address, exceptions: false },
      send: (type, head, data) => this.#onPacket(type, head, data),
    });
  }

  open(): void {
    this.#limit(HEAD_TIMEOUT_MS);
    this.#duplex
      .on("end", () => this.end()) // the client does not wait for the result
      .on("error", () => this.destroy())
      .on("close", () => this.#onClose())
      .on("data", (chunk: Buffer) => this.#onChunk(chunk))
      .resume();
  }

  end(): void {
    this.#leave();
    if (this.#duplex.destroyed || this.#duplex.writableEnded) return;
    this.#limit(LINGER_MS);
    this.#duplex.end(() => this.destroy());
  }

  destroy(): void {
    this.#leave();
    this.#duplex.destroy();
  }

  #onChunk(chunk: Buffer): void {
    if (this.#hasLeft || this.#isAnswered || this.#request !== undefined) return; // one request for each connection
    try {
      const request = this.#decoder.push(chunk);
      if (request !== undefined) this.#serve(request);
      else if (this.#decoder.hasHead) this.#limit(BODY_TIMEOUT_MS);
    } catch (error) {
      this.#refuse(error);
    }
  }

  #serve(request: HttpRequest): void {
    this.#stopTimer();
    this.#request = request;
    const isHead = request.method === "HEAD";
    if (request.function === "") {
      this.#answer({ status: isHead ? OK : "404 NOT_FOUND", body: EMPTY });
      return;
    }
    const submit = new Request();
    const names = [request.function, request.unique].map((name) => Buffer.from(`${name}\0`, "latin1"));
    const body = Buffer.concat([...names, request.body]);
    submit.load(typeOf(request), body, 0, body.length);
    handleRequest(submit, true, {
      peer: this.peer,
      queues: this.#host.queues,
      commits: this.#host.commits,
      answerLater: () => (type, head) => this.#onPacket(type, head),
      guard: this.#guard,
      onDenied: (what, name) => this.#host.onDenied(this, what, name),
      onRefused: (code, text) => this.#host.onRefused(this, code, text),
      pursue: () => undefined, // submits have no steps
      spend: () => undefined,
    });
  }

  #refuse(error: unknown): void {
    if (error instanceof HttpProblem && error.code !== "MALFORMED") {
      const { code, isHttp11 } = error;
      const allow = code === "METHOD_NOT_ALLOWED" ? { allow: METHODS } : {};
      this.#host.onRefused(this, code, "HTTP request");
      this.#print({ status: STATUS[code], ...allow, body: EMPTY }, { isHttp11, isHead: false });
      return;
    }
    this.#closeBecause(error instanceof HttpProblem ? new BadRequest("BAD_HTTP") : error);
  }

  /** A packet for this peer; its body is `head` and `data`, a view that is valid only now. */
  #onPacket(type: number, head: string, data: Buffer = EMPTY): void {
    if (this.#hasLeft || this.#isAnswered) return;
    if (type === PacketType.JOB_CREATED) {
      this.#handle = head;
      if (this.#request?.isBackground === true) this.#finish("JOB_CREATED", EMPTY);
      return;
    }
    const body = head === "" ? data : Buffer.concat([Buffer.from(head, "latin1"), data]);
    if (type === PacketType.ERROR) {
      const [error = ""] = body.toString("latin1").split("\0");
      this.#answer({ status: "503 SERVICE_UNAVAILABLE", error, body: EMPTY });
    } else if (type === PacketType.WORK_DATA) {
      this.#collect(dataOf(body));
    } else if (type === PacketType.WORK_COMPLETE) {
      this.#finish("WORK_COMPLETE", Buffer.concat([...this.#data, dataOf(body)]));
    } else if (type === PacketType.WORK_FAIL) {
      this.#finish("WORK_FAIL", EMPTY);
    }
  }

  #collect(data: Buffer): void {
    this.#dataBytes += data.length;
    if (this.#dataBytes > this.#host.maxOutputBytes) this.#closeBecause(new BadRequest("OUTPUT_FULL"));
    else this.#data.push(Buffer.from(data));
  }

  #finish(command: string, body: Buffer): void {
    this.#answer({ status: OK, handle: this.#handle, command, body });
  }

  #answer(answer: HttpAnswer): void {
    const isHead = this.#request?.method === "HEAD";
    this.#print(answer, { isHttp11: this.#request?.isHttp11 === true, isHead });
  }

  /** The queues still use this peer when a packet comes: it leaves later. */
  #print(answer: HttpAnswer, to: { readonly isHttp11: boolean; readonly isHead: boolean }): void {
    this.#isAnswered = true;
    this.#limit(ANSWER_TIMEOUT_MS);
    const bytes = printAnswer(answer, to, this.#host.version);
    this.#duplex.write(bytes, () => this.#host.flusher.afterwards(() => this.end()));
  }

  #closeBecause(error: unknown): void {
    if (this.#hasLeft || this.#isAnswered) return;
    this.#isAnswered = true;
    const reason = closeReasonOf(error);
    this.#host.flusher.afterwards(() => {
      if (this.#hasLeft) return;
      this.#leave();
      this.#host.onClosing(this, reason, error);
      this.destroy();
    });
  }

  #limit(ms: number): void {
    this.#stopTimer();
    this.#timer = this.#host.clock.setTimeout(() => this.destroy(), ms);
  }

  #stopTimer(): void {
    if (this.#timer !== undefined) this.#host.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#host.onLeft(this);
  }

  #onClose(): void {
    this.#leave();
    this.#stopTimer();
    this.#host.onClosed(this);
  }
}

function typeOf({ priority, isBackground }: HttpRequest): number {
  if (priority === "high") return isBackground ? PacketType.SUBMIT_JOB_HIGH_BG : PacketType.SUBMIT_JOB_HIGH;
  if (priority === "low") return isBackground ? PacketType.SUBMIT_JOB_LOW_BG : PacketType.SUBMIT_JOB_LOW;
  return isBackground ? PacketType.SUBMIT_JOB_BG : PacketType.SUBMIT_JOB;
}

/** The data after the handle. */
function dataOf(body: Buffer): Buffer {
  const at = body.indexOf(0);
  return at === -1 ? EMPTY : body.subarray(at + 1);
}
