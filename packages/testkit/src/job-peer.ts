import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { decodePacket, encodePacket, FrameDecoder, type Packet } from "@mod-gearman/protocol";
import { TestkitError } from "./errors.ts";

const MAX_BODY_BYTES = 64 * 1024 * 1024;
const NOTHING = Buffer.alloc(0);

/** Called with each job of a {@link JobPeer}. */
export type TakeJob = (workload: Buffer, functionName: string, unique: string) => void;

/**
 * A plain peer of a job server on loopback, for tests of programs as processes: submits background jobs and takes jobs,
 * each completed at once. One connection, no reconnect, independent of our own client.
 */
export class JobPeer {
  readonly #socket: Socket;
  readonly #decoder = new FrameDecoder(MAX_BODY_BYTES);
  readonly #created: PromiseWithResolvers<string>[] = [];
  #takeJob: TakeJob = () => undefined;
  #lost: Error | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      for (const frame of this.#decoder.push(chunk)) this.#take(decodePacket(frame));
    });
    socket.on("error", () => socket.destroy()); // "close" follows
    socket.once("close", () =>
      this.#fail(new TestkitError("CLOSED", "the job server closed the connection")),
    );
  }

  /** Connects to `port` of the loopback interface. @throws the socket's error */
  static async connect(port: number): Promise<JobPeer> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return new JobPeer(socket);
  }

  /** Submits a background job; resolves with its handle. @throws TestkitError CLOSED */
  submit(functionName: string, workload: Buffer, unique = ""): Promise<string> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    const created = Promise.withResolvers<string>();
    this.#created.push(created);
    const names = { function: Buffer.from(functionName), unique: Buffer.from(unique) };
    this.#send({ name: "SUBMIT_JOB_BG", ...names, data: workload });
    return created.promise;
  }

  /** Takes the jobs of these functions from now on, one at a time. */
  take(functionNames: readonly string[], takeJob: TakeJob): void {
    this.#takeJob = takeJob;
    for (const name of functionNames) this.#send({ name: "CAN_DO", function: Buffer.from(name) });
    this.#send({ name: "GRAB_JOB_UNIQ" });
  }

  async close(): Promise<void> {
    if (this.#socket.closed) return;
    this.#socket.destroy();
    await once(this.#socket, "close");
  }

  #send(packet: Packet): void {
    if (!this.#socket.destroyed) this.#socket.write(encodePacket("REQ", packet));
  }

  #take(packet: Packet): void {
    switch (packet.name) {
      case "JOB_CREATED":
        this.#created.shift()?.resolve(packet.handle.toString("latin1"));
        break;
      case "NO_JOB":
        this.#send({ name: "PRE_SLEEP" });
        break;
      case "NOOP":
        this.#send({ name: "GRAB_JOB_UNIQ" });
        break;
      case "JOB_ASSIGN_UNIQ":
        this.#takeJob(packet.data, packet.function.toString("latin1"), packet.unique.toString("latin1"));
        this.#send({ name: "WORK_COMPLETE", handle: packet.handle, data: NOTHING });
        this.#send({ name: "GRAB_JOB_UNIQ" });
        break;
      default:
        this.#fail(new TestkitError("CLOSED", `unexpected packet ${packet.name}`));
        this.#socket.destroy();
    }
  }

  #fail(error: Error): void {
    this.#lost ??= error;
    for (const created of this.#created.splice(0)) created.reject(this.#lost);
  }
}
