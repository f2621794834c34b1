import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type Frame, isTextLine, MixedDecoder, type TextLine } from "@mod-gearman/protocol";
import { answerCommand } from "./admin/command.ts";
import type { AdminContext } from "./admin/context.ts";
import type { Timer } from "./core/clock.ts";
import { Peer, type Send } from "./core/entities.ts";
import type { CloseReason } from "./core/errors.ts";
import type { Guard } from "./core/guard.ts";
import { READ_BYTES } from "./core/read-bytes.ts";
import type { Steps } from "./core/steps.ts";
import type { Flusher } from "./flusher.ts";
import { handleRequest } from "./handlers/dispatch.ts";
import { closeReasonOf, type Guest, type GuestHost, LINGER_MS, remoteOf } from "./handlers/guest.ts";
import type { RequestContext } from "./handlers/handler.ts";
import { Request } from "./handlers/request.ts";
import { type Answer, OrderedAnswers } from "./ordered-answers.ts";
import { Outbox } from "./outbox.ts";
import { withSharedReads } from "./shared-reads.ts";
import type { SlicedWork, Slicer } from "./slicer.ts";

const HEADER_BYTES = 12; // magic 4, type u32be, body size u32be; gearmand PROTOCOL, "Binary Packet"
const REQ = 0x00524551;
/** Requests of one connection until the rest have to wait for the next turn of the event loop. */
const REQUESTS_PER_TURN = 4096;
/** So many may be left from earlier turns: one turn has at most as many more. */
const REQUESTS_LEFT_OVER = 2048;

export interface ConnectionHost extends GuestHost {
  /** So many bytes of large buffers are not used any more. */
  readonly onFreed: (bytes: number) => void;
  readonly flusher: Flusher;
  readonly slicer: Slicer;
  readonly exceptions: boolean;
  admin(connection: Connection, guard: Guard | undefined): AdminContext;
}

/** A new peer's stream: the caller's, or a socket of our own listener. */
export type Accepted = (
  | { readonly duplex: Duplex; readonly socket?: undefined }
  | { readonly socket: Socket }
) & {
  /** Its rights; undefined: all. */
  readonly guard?: Guard | undefined;
  /** By a unix socket. */
  readonly isUnix?: boolean;
  /** One read of the system gives many small chunks, as one for each record of TLS. */
  readonly isInRecords?: boolean;
};

/** One peer: a duplex stream, its decoder, its answers and its entry in the queues. */
export class Connection implements Guest {
  readonly peer: Peer;
  /** Address and port. */
  readonly name: string;
  readonly #duplex: Duplex;
  readonly #readsByItself: boolean;
  readonly #isInRecords: boolean;
  readonly #host: ConnectionHost;
  readonly #decoder: MixedDecoder;
  readonly #outbox: Outbox;
  readonly #answers: OrderedAnswers | undefined; // with a store
  readonly #request = new Request();
  readonly #context: RequestContext;
  readonly #chunks: Buffer[] = []; // have to wait
  #turn = -1; // of the slicer, in which it worked last
  #requestsLeft = 0; // in that turn
  #isWorking = false;
  #steps: Steps | undefined; // of the request that has to be finished before the next one
  readonly #slicedSteps: SlicedWork = { step: () => this.#step() };
  #isPaused = false;
  #isOverflowing = false;
  #hasLeft = false;
  #linger: Timer | undefined;

  /**
   * @param accepted any stream; or `socket`, one of our own listener, paused and untouched, which is used up if this
   * Node can read into a shared buffer
   */
  constructor(id: number, accepted: Accepted, host: ConnectionHost) {
    const { socket } = accepted;
    const shared = socket && withSharedReads(socket, (bytes, length) => this.#onBytes(bytes, length));
    const duplex = shared ?? accepted.socket ?? accepted.duplex;
    const { address, port } = remoteOf(duplex, accepted.isUnix);
    this.name = `${address}:${port}`;
    this.#duplex = duplex;
    this.#readsByItself = shared !== undefined;
    this.#isInRecords = accepted.isInRecords === true;
    this.#host = host;
    this.#decoder = new MixedDecoder(host.maxPacketBytes);
    this.#outbox = new Outbox(duplex, {
      maxWaitingBytes: host.maxOutputBytes,
      flusher: host.flusher,
      takesCopies: socket !== undefined,
      onOverflow: () => this.#onOverflow(),
      onFreed: host.onFreed,
    });
    const send: Send = (type, head, data, at, bytes) => this.#outbox.packet(type, head, data, at, bytes);
    if (host.commits !== undefined) this.#answers = this.#orderedAnswers(send);
    const isOrdered = this.#answers !== undefined;
    this.peer = new Peer({
      id,
      address,
      exceptions: host.exceptions,
      send: this.#answers?.send ?? send,
      assign: isOrdered ? undefined : (type, job, unique) => this.#outbox.assignment(type, job, unique),
      confirm: isOrdered ? undefined : (job) => this.#outbox.confirmation(job),
    });
    this.#context = {
      peer: this.peer,
      queues: host.queues,
      commits: host.commits,
      answerLater: () => this.#answerLater(),
      guard: accepted.guard,
      onDenied: (what, name) => host.onDenied(this, what, name),
      onRefused: (code, text) => host.onRefused(this, code, text),
      pursue: (steps) => this.#pursue(steps),
      spend: (requests) => {
        this.#requestsLeft -= requests;
      },
    };
  }

  open(): void {
    const duplex = this.#duplex
      .on("end", () => this.end()) // a half close is a whole one (job-server.md 1.1)
      .on("error", () => this.destroy())
      .on("close", () => this.#onClose());
    if (!this.#readsByItself) duplex.on("data", (chunk: Buffer) => this.#onChunk(chunk)).resume();
  }

  /** Close gracefully: pending answers are sent, reading stops. */
  end(): void {
    this.#leave();
    if (this.#linger !== undefined || this.#duplex.destroyed) return;
    this.#outbox.finish();
    this.#linger = this.#host.clock.setTimeout(() => this.destroy(), LINGER_MS);
    this.#duplex.end(() => this.destroy());
  }

  destroy(): void {
    this.#leave();
    this.#outbox.close();
    this.#host.onFreed(this.#duplex.writableLength);
    this.#duplex.destroy();
  }

  /** A stream in memory may deliver the next chunk while an answer is written: that chunk waits. */
  #onChunk(chunk: Buffer): void {
    this.#noticeTurn();
    this.#chunks.push(chunk);
    if (!this.#isPaused) this.#workOff();
  }

  /** The first `length` bytes of `bytes`, which may be overwritten after the return. */
  #onBytes(bytes: Buffer, length: number): void {
    this.#noticeTurn();
    const at = this.#work(bytes, length);
    if (at === length || this.#hasLeft) return;
    this.#chunks.push(Buffer.from(bytes.subarray(at, length)));
    this.#pause();
  }

  /** Process waiting chunks while allowed; resume reading when all are processed. */
  #workOff(): void {
    if (this.#isWorking) return;
    for (let first = this.#chunks[0]; first !== undefined && this.#mayWork(); first = this.#chunks[0]) {
      const at = this.#work(first, first.length);
      if (at === first.length) this.#chunks.shift();
      else this.#chunks[0] = first.subarray(at);
    }
    if (this.#hasLeft) this.#chunks.length = 0;
    else if (this.#chunks.length > 0) this.#pause();
    else if (this.#isPaused) {
      this.#isPaused = false;
      this.#duplex.resume();
    }
  }

  #pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#duplex.pause();
  }

  #mayWork(): boolean {
    return this.#requestsLeft > 0 && this.#steps === undefined && !this.#hasLeft && !this.#isOverflowing;
  }

  /** @returns number of bytes used; all, unless it has to wait or has left */
  #work(bytes: Buffer, length: number): number {
    let at = 0;
    this.#isWorking = true;
    this.#outbox.hold();
    try {
      while (at < length && this.#mayWork()) {
        if (this.#decoder.pendingBytes === 0) at = this.#takeWhole(bytes, at, length);
        if (at < length && this.#mayWork())
          at += this.#decoder.forEach(bytes.subarray(at, length), this.#onMessage);
      }
      this.#request.unload(); // it may have been a large one
    } catch (error) {
      this.#closeBecause(closeReasonOf(error), error);
    }
    this.#outbox.release(this.#isInRecords || length >= READ_BYTES);
    this.#isWorking = false;
    return at;
  }

  /** To look which turn it is makes the event loop poll once more, which a single request would feel. */
  #noticeTurn(): void {
    if (this.#requestsLeft > REQUESTS_LEFT_OVER) return;
    const { turn } = this.#host.slicer;
    if (turn === this.#turn) return;
    this.#turn = turn;
    this.#requestsLeft = REQUESTS_PER_TURN;
  }

  /** Counts a processed request. @returns false if the next one has to wait */
  #count(): boolean {
    this.#requestsLeft -= 1;
    if (this.#requestsLeft <= 0)
      this.#host.flusher.afterwards(() => {
        this.#requestsLeft = REQUESTS_PER_TURN;
        this.#workOff();
      });
    return this.#mayWork();
  }

  /**
   * Most input is whole requests: they are processed in place, without an object for each.
   *
   * @returns offset at which other input (for the decoder) begins, or at which it has to wait
   */
  #takeWhole(bytes: Buffer, start: number, length: number): number {
    const request = this.#request;
    let at = start;
    while (length - at >= HEADER_BYTES && readUint32(bytes, at) === REQ) {
      const bodyBytes = readUint32(bytes, at + 8);
      const bodyAt = at + HEADER_BYTES;
      if (bodyBytes > length - bodyAt || bodyBytes > this.#host.maxPacketBytes) break;
      at = bodyAt + bodyBytes;
      request.load(readUint32(bytes, bodyAt - 8), bytes, bodyAt, at);
      handleRequest(request, true, this.#context);
      if (!this.#count()) break;
    }
    return at;
  }

  readonly #onMessage = (message: Frame | TextLine): boolean => {
    if (isTextLine(message)) {
      const answer = answerCommand(message.line, this.#host.admin(this, this.#context.guard));
      if (answer instanceof Promise) this.#await(answer);
      else if (typeof answer !== "string") this.#pursue(answer);
      else if (this.#answers?.isWaiting === true) this.#pursue(inOneStep(answer));
      else this.#outbox.text(answer);
    } else {
      this.#request.load(message.type, message.body, 0, message.body.length);
      handleRequest(this.#request, message.magic === "REQ", this.#context);
      this.#host.onFreed(message.body.length); // the smaller buffers from which it grew, if not itself
    }
    this.#count();
    return false; // what follows may be whole
  };

  /** Further requests wait for the answer. */
  #await(answer: Promise<string>): void {
    this.#steps = AWAITED;
    void answer.then((text) => {
      if (this.#steps === AWAITED) this.#pursue(inOneStep(text));
    });
  }

  /** After the answers that wait for the store. */
  #pursue(steps: Steps): void {
    this.#steps = steps;
    if (this.#answers?.isWaiting !== true) this.#begin();
  }

  #begin(): void {
    this.#outbox.beginAnswer();
    this.#host.slicer.run(this.#slicedSteps);
  }

  #orderedAnswers(send: Send): OrderedAnswers {
    return new OrderedAnswers(send, {
      maxBytes: this.#host.maxOutputBytes,
      onSent: () => {
        if (this.#steps !== undefined && this.#steps !== AWAITED) this.#begin();
      },
      onOverflow: () => this.#onOverflow(),
    });
  }

  #answerLater(): Answer {
    const answers = this.#answers as OrderedAnswers; // there is a store, or no answer would have to wait
    const answer = answers.reserve();
    if (answers.areMany && this.#steps === undefined) this.#pursue(noSteps());
    return answer;
  }

  /** @returns whether the slicer shall call it again */
  #step(): boolean {
    if (this.#hasLeft || this.#isOverflowing || this.#steps === undefined) return false;
    if (!this.#outbox.makeRoom(this.#onRoom)) return false;
    try {
      const { done, value } = this.#steps.next();
      if (value !== undefined) this.#outbox.text(value);
      if (done !== true) return true;
    } catch (error) {
      this.#closeBecause("INTERNAL", error);
      return false;
    }
    this.#steps = undefined;
    this.#outbox.endAnswer();
    this.#workOff();
    return false;
  }

  readonly #onRoom = (): void => this.#host.slicer.run(this.#slicedSteps);

  /** Closed at the end of the turn, as callers still use this peer; it is not served until then. */
  #onOverflow(): void {
    this.#isOverflowing = true;
    this.#host.flusher.afterwards(() => this.#closeBecause("OUTPUT_FULL"));
  }

  #closeBecause(reason: CloseReason, cause?: unknown): void {
    if (this.#hasLeft) return;
    this.#leave();
    this.#host.onClosing(this, reason, cause);
    if (reason === "OUTPUT_FULL") this.destroy();
    else this.end();
  }

  #leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#steps = undefined;
    this.#host.onLeft(this);
  }

  #onClose(): void {
    this.#leave();
    this.#outbox.close();
    if (this.#linger !== undefined) this.#host.clock.clearTimeout(this.#linger);
    this.#host.onClosed(this);
  }
}

/** Big endian. Offset and length have been checked, and `Buffer.readUInt32BE` does so again. */
function readUint32(bytes: Buffer, at: number): number {
  const high = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  return high * 65_536 + (((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number));
}

function* inOneStep(text: string): Steps {
  yield text;
}

/** In place of the steps that a promise will have. */
const AWAITED: Steps = noSteps();

/** Only waits for its turn. */
function* noSteps(): Steps {}
