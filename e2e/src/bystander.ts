import { PACKET, request } from "./gearman-wire.ts";
import { StressPeer } from "./stress-peer.ts";

const PAUSE_MS = 5;

/** A client that requests an echo all the time, to notice how long others make it wait. */
export class Bystander {
  readonly #peer: StressPeer;
  #worstMs = 0;
  #answers = 0;
  #isOver = false;
  readonly #ended: Promise<void>;

  private constructor(peer: StressPeer) {
    this.#peer = peer;
    this.#ended = this.#run();
  }

  static async start(port: number): Promise<Bystander> {
    return new Bystander(await StressPeer.connect(port));
  }

  /** @returns longest wait for an answer in milliseconds, and number of answers. @throws Error if it was not served */
  async end(): Promise<{ readonly worstMs: number; readonly answers: number }> {
    this.#isOver = true;
    await this.#ended;
    this.#peer.leave();
    return { worstMs: this.#worstMs, answers: this.#answers };
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      const askedAt = performance.now();
      this.#peer.send(request(PACKET.ECHO_REQ, "x"));
      const type = await this.#peer.next();
      if (type !== PACKET.ECHO_RES) throw new Error(`an echo was answered with packet ${type}`);
      this.#worstMs = Math.max(this.#worstMs, performance.now() - askedAt);
      this.#answers += 1;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
