import { once } from "node:events";
import { connect, type Socket } from "node:net";

import { PACKET, PacketReader, request } from "./gearman-wire.ts";

/** A job as a worker gets it; latin1 strings of the bytes. */
export interface GivenJob {
  readonly function: string;
  readonly unique: string;
  readonly data: string;
}

/** One connection to a job server for requests one after the other. */
export class RawPeer {
  readonly #socket: Socket;
  readonly #answers: { type: number; body: Buffer }[] = [];
  #onAnswer: (() => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const reader = new PacketReader((type, body) => {
      this.#answers.push({ type, body: Buffer.from(body) });
      this.#onAnswer?.();
    });
    socket.on("data", (chunk) => reader.push(chunk));
    socket.on("close", () => this.#onAnswer?.());
    socket.on("error", () => undefined); // "close" follows
  }

  static async connect(port: number): Promise<RawPeer> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return new RawPeer(socket);
  }

  /** Sends a request that has an answer. @throws Error if the connection ends */
  async ask(bytes: Buffer): Promise<{ type: number; body: Buffer }> {
    this.#socket.write(bytes);
    for (;;) {
      const answer = this.#answers.shift();
      if (answer !== undefined) return answer;
      if (this.#socket.destroyed) throw new Error("the job server closed the connection");
      await new Promise<void>((resolve) => (this.#onAnswer = resolve));
    }
  }

  /** @returns whether the job was acknowledged */
  async submit(type: number, ...args: readonly (string | Buffer)[]): Promise<boolean> {
    const answer = await this.ask(request(type, ...args));
    return answer.type === PACKET.JOB_CREATED;
  }

  send(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  /** Takes and completes all jobs of these functions that can be executed now. */
  async takeAll(functions: readonly string[]): Promise<GivenJob[]> {
    for (const name of functions) this.send(request(PACKET.CAN_DO, name));
    const jobs: GivenJob[] = [];
    for (;;) {
      const { type, body } = await this.ask(request(PACKET.GRAB_JOB_UNIQ));
      if (type !== PACKET.JOB_ASSIGN_UNIQ) return jobs;
      const [handle = "", name = "", unique = "", ...data] = body.toString("latin1").split("\0");
      jobs.push({ function: name, unique, data: data.join("\0") });
      this.send(request(PACKET.WORK_COMPLETE, handle, ""));
    }
  }

  close(): void {
    this.#socket.destroy();
  }
}
