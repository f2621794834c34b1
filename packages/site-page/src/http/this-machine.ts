import { hostname } from "node:os";
import { type Clock, ownAddresses } from "@mod-gearman/base";

/** Reading the addresses takes time. */
const EVERY_MS = 60_000;

/** Host name and addresses of this machine. Other names, as that of a reverse proxy, may be of another one. */
export class ThisMachine {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #read: () => Iterable<string>;
  #hosts: ReadonlySet<string> = new Set();
  #readAtMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Pick<Clock, "monotonicMs">, read: () => Iterable<string> = hostsOfThisMachine) {
    this.#clock = clock;
    this.#read = read;
  }

  /** @param host in small letters */
  has(host: string): boolean {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#readAtMs >= EVERY_MS) {
      this.#hosts = new Set(this.#read());
      this.#readAtMs = nowMs;
    }
    return this.#hosts.has(host);
  }
}

function hostsOfThisMachine(): string[] {
  return [hostname().toLowerCase(), ...ownAddresses()];
}
