import { once } from "node:events";
import { createConnection, type Socket } from "node:net";

import { encodeMessage, MessageDecoder } from "../../apps/neb-bridge/src/link/codec.ts";
import { type Message, PROTOCOL_VERSION } from "../../apps/neb-bridge/src/link/fields.ts";
import { checkJob } from "./check-jobs.ts";

const RESULT_WINDOW = 200; // number of results that the real shim passes to the core at once
const HEARTBEAT_MS = 5000;
const CONNECT_DEADLINE_MS = 10_000;

/** What is looked at while events are on their way. */
export interface ShimObserver {
  /** Event number `index`, 0…, is on the job server. */
  accepted(index: number): void;
  /** A result is back. */
  returned(result: Extract<Message, { name: "RESULT" }>): void;
}

/** Replaces the C shim and its core: sends service checks, acknowledges every result at once. */
export class BenchShim {
  readonly #socket: Socket;
  readonly #decoder = new MessageDecoder();
  readonly #ready = Promise.withResolvers<void>();
  #window = 0;
  /** Unsent frames, last one first. */
  #frames: Buffer[] = [];
  #sent = 0;
  #toSend = 0;
  #eventsDone = 0;
  #results = 0;
  observer: ShimObserver | undefined;
  #waiting: { until: () => boolean; wake: PromiseWithResolvers<void> } | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("close", () => this.#fail(new Error("the bridge closed the connection")));
  }

  /** Connects to a bridge, waits until it has its job server. */
  static async connect(path: string, moduleArgs: string): Promise<BenchShim> {
    const shim = new BenchShim(await dial(path));
    shim.#send({
      name: "HELLO",
      version: PROTOCOL_VERSION,
      core_name: Buffer.from("bench"),
      core_version: Buffer.from("0"),
      shim_version: Buffer.from("0"),
      abi_class: Buffer.from("none"),
      pid: process.pid,
      instance: Buffer.from("bench"),
      module_args: Buffer.from(moduleArgs),
      broker_options: -1n,
      window: RESULT_WINDOW,
      heartbeat_ms: HEARTBEAT_MS,
    });
    await shim.#ready.promise;
    return shim;
  }

  /** Creates the frames of `count` service checks; the C shim's share is not measured. */
  prepare(count: number): void {
    const frames = Array.from({ length: count }, (_, at) => eventFrame(this.#toSend + at));
    this.#frames = [...frames.reverse(), ...this.#frames];
    this.#toSend += count;
  }

  /** Sends the prepared events, within the bridge's window. */
  handOver(): void {
    this.#socket.cork();
    while (this.#sent - this.#eventsDone < this.#window) {
      const frame = this.#frames.pop();
      if (frame === undefined) break;
      this.#socket.write(frame);
      this.#sent += 1;
    }
    this.#socket.uncork();
  }

  /** Resolves when all sent events are on the job server. */
  allAccepted(): Promise<void> {
    return this.#wait(() => this.#eventsDone === this.#toSend);
  }

  /** Resolves when the results of all sent events have arrived. */
  allReturned(): Promise<void> {
    return this.#wait(() => this.#results === this.#toSend);
  }

  close(): void {
    this.#socket.removeAllListeners("close");
    this.#socket.destroy();
  }

  #wait(until: () => boolean): Promise<void> {
    if (until()) return Promise.resolve();
    const wake = Promise.withResolvers<void>();
    this.#waiting = { until, wake };
    return wake.promise;
  }

  #send(message: Message): void {
    this.#socket.write(encodeMessage(message));
  }

  #receive(chunk: Buffer): void {
    let resultSeq: bigint | undefined;
    for (const message of this.#decoder.push(chunk)) {
      if (message.name === "RESULT") {
        if (message.return_code !== 0) this.#fail(new Error(`a check came back as ${message.return_code}`));
        this.#results += 1;
        this.observer?.returned(message);
        resultSeq = message.seq;
      } else this.#take(message);
    }
    if (resultSeq !== undefined) this.#send({ name: "RESULT_DONE", seq: resultSeq });
    if (this.#waiting?.until()) this.#waiting.wake.resolve();
  }

  #take(message: Message): void {
    if (message.name === "WELCOME") this.#window = message.window;
    else if (message.name === "STATE" && message.ready === 1) this.#ready.resolve();
    else if (message.name === "PING") this.#send({ name: "PONG" });
    else if (message.name === "EVENT_DONE") {
      const before = this.#eventsDone;
      this.#eventsDone = Number(message.seq);
      for (let index = before; index < this.#eventsDone; index++) this.observer?.accepted(index);
      this.handOver();
    } else if (message.name === "FAULT" || message.name === "EVENT_REJECTED" || message.name === "CHECK_LOST")
      this.#fail(new Error(`${message.name}: ${message.text.toString("latin1")}`));
  }

  #fail(error: Error): void {
    this.#ready.reject(error);
    this.#waiting?.wake.reject(error);
  }
}

function eventFrame(index: number): Buffer {
  const job = checkJob(index);
  return encodeMessage({
    name: "SERVICE_CHECK",
    seq: BigInt(index + 1),
    host_name: job.hostName,
    service_description: job.serviceDescription,
    queue: job.targetQueue,
    command_line: job.commandLine,
    core_time: job.coreTime,
    timeout: job.timeoutSeconds,
    check_options: 0,
  });
}

/** Retries until the bridge listens. */
async function dial(path: string): Promise<Socket> {
  const deadline = performance.now() + CONNECT_DEADLINE_MS;
  for (;;) {
    const socket = createConnection(path);
    try {
      await once(socket, "connect");
      return socket;
    } catch (cause) {
      if (performance.now() > deadline) throw new Error("the bridge does not listen", { cause });
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
