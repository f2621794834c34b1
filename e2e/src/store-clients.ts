import { hash } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";

import { PACKET, PacketReader, request } from "./gearman-wire.ts";
import type { JobLedger } from "./job-ledger.ts";

const SUBMITS = [PACKET.SUBMIT_JOB_BG, PACKET.SUBMIT_JOB_HIGH_BG, PACKET.SUBMIT_JOB_LOW_BG] as const;
const COMPLETIONS_PER_ECHO = 50;
const GRABS = 20;
const GRAB = request(PACKET.GRAB_JOB_UNIQ);

async function connected(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  socket.on("error", () => undefined); // "close" follows
  return socket;
}

/** The workload of a job: its id, then bytes of any value. `large` ones have up to 100 KB. */
function workloadOf(id: string, random: () => number): Buffer {
  const size = random() < 0.01 ? 100_000 : 1500;
  const filler = Buffer.alloc(Math.floor(random() * size), `\0\xff${id}`, "latin1");
  return Buffer.concat([Buffer.from(`${id}:`), filler]);
}

function idOf(workload: Buffer): string {
  return workload.toString("latin1", 0, Math.max(workload.indexOf(0x3a), 0));
}

function digestOf(workload: Buffer): string {
  return hash("sha1", workload, "base64");
}

/** A client that submits background jobs, `window` of them without an answer. */
export class SubmittingClient {
  readonly #socket: Socket;
  readonly #ledger: JobLedger;
  readonly #random: () => number;
  readonly #name: string;
  readonly #waiting: string[] = [];
  #count = 0;
  #isStopped = false;
  #onIdle: (() => void) | undefined;
  readonly #closed: Promise<void>;

  private constructor(socket: Socket, name: string, ledger: JobLedger, random: () => number) {
    this.#socket = socket;
    this.#name = name;
    this.#ledger = ledger;
    this.#random = random;
    this.#closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    const reader = new PacketReader((type) => this.#onAnswer(type));
    socket.on("data", (chunk) => reader.push(chunk));
  }

  static async start(
    port: number,
    options: { name: string; ledger: JobLedger; random: () => number; window: number },
  ): Promise<SubmittingClient> {
    const socket = await connected(port);
    const client = new SubmittingClient(socket, options.name, options.ledger, options.random);
    for (let sent = 0; sent < options.window; sent++) client.#submit();
    return client;
  }

  /** Submits without an answer; after the end of the connection these have none. */
  get unanswered(): number {
    return this.#waiting.length;
  }

  /** Submits no more; resolves when all are answered, or the connection has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#waiting.length > 0 && !this.#socket.destroyed)
      await Promise.race([this.#closed, new Promise<void>((resolve) => (this.#onIdle = resolve))]);
    this.#socket.destroy();
  }

  /** Resolves when the server is gone. */
  async closed(): Promise<void> {
    this.#isStopped = true;
    await this.#closed;
  }

  #submit(): void {
    this.#count += 1;
    const id = `${this.#name}.${this.#count}`;
    const workload = workloadOf(id, this.#random);
    const kind = this.#random();
    const unique = kind < 0.05 ? "" : kind < 0.1 ? "-" : id;
    const type = SUBMITS[Math.floor(this.#random() * SUBMITS.length)] ?? PACKET.SUBMIT_JOB_BG;
    this.#ledger.submitted(id, digestOf(workload));
    this.#waiting.push(id);
    this.#socket.write(request(type, "durable", unique, workload));
  }

  #onAnswer(type: number): void {
    const id = this.#waiting.shift();
    if (id === undefined) throw new Error("an answer without a request");
    if (type === PACKET.JOB_CREATED) this.#ledger.acknowledged(id);
    else this.#ledger.refused(id);
    if (!this.#isStopped) this.#submit();
    else if (this.#waiting.length === 0) this.#onIdle?.();
  }
}

/** A worker that writes down what it was given, and completes it. */
export class LedgerWorker {
  readonly #socket: Socket;
  readonly #ledger: JobLedger;
  readonly #holds: () => boolean;
  #completed: string[] = [];
  #echoed: string[][] = [];
  #grabs = 0; // without an answer
  #onIdle: (() => void) | undefined;
  runs = 0;

  private constructor(socket: Socket, ledger: JobLedger, holds: () => boolean) {
    this.#socket = socket;
    this.#ledger = ledger;
    this.#holds = holds;
    const reader = new PacketReader((type, body) => this.#onPacket(type, body));
    socket.on("data", (chunk) => reader.push(chunk));
  }

  /** @param holds true: the next job is kept and never completed, as by a worker that is busy with it */
  static async start(port: number, ledger: JobLedger, holds: () => boolean): Promise<LedgerWorker> {
    const worker = new LedgerWorker(await connected(port), ledger, holds);
    worker.#socket.write(request(PACKET.CAN_DO, "durable"));
    worker.#grab();
    return worker;
  }

  /** Resolves when the server has no job for it and knows of all completions. */
  async idle(): Promise<void> {
    const idle = Promise.withResolvers<void>();
    this.#onIdle = idle.resolve;
    if (this.#grabs === 0) this.#grab();
    await idle.promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  #onPacket(type: number, body: Buffer): void {
    if (type === PACKET.JOB_ASSIGN_UNIQ) this.#run(body);
    else if (type === PACKET.ECHO_RES) this.#ledger.completed(this.#echoed.shift() ?? []);
    else if (type === PACKET.NOOP && this.#grabs === 0) this.#grab();
    else if (type === PACKET.NO_JOB) this.#rest();
  }

  #run(body: Buffer): void {
    const handle = body.toString("latin1", 0, body.indexOf(0));
    const functionAt = handle.length + 1;
    const uniqueAt = body.indexOf(0, functionAt) + 1;
    const workload = body.subarray(body.indexOf(0, uniqueAt) + 1);
    const id = idOf(workload);
    this.runs += 1;
    this.#ledger.run(id, digestOf(workload));
    if (this.#holds()) {
      this.#socket.write(GRAB);
      return;
    }
    this.#completed.push(id);
    this.#socket.write(Buffer.concat([request(PACKET.WORK_COMPLETE, handle, ""), GRAB]));
    if (this.#completed.length >= COMPLETIONS_PER_ECHO) this.#echo();
  }

  #grab(): void {
    this.#grabs = GRABS;
    this.#socket.write(Buffer.concat(Array<Buffer>(GRABS).fill(GRAB)));
  }

  #rest(): void {
    this.#grabs -= 1;
    if (this.#grabs > 0) return;
    this.#echo();
    this.#socket.write(request(PACKET.PRE_SLEEP));
    this.#onIdle?.();
  }

  #echo(): void {
    if (this.#completed.length === 0) return;
    this.#echoed.push(this.#completed);
    this.#completed = [];
    this.#socket.write(request(PACKET.ECHO_REQ, "known"));
  }
}
