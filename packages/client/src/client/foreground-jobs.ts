import type { Clock, Timer } from "@mod-gearman/base";
import type { Packet } from "@mod-gearman/protocol";
import { ClientError } from "../connection/errors.ts";
import { CopyRing } from "./copy-ring.ts";
import type { ForegroundSubmit } from "./foreground-submit.ts";

const MAX_UNWANTED = 1024;

/**
 * Foreground jobs from submit to result. The server attaches a connection once per submit and then sends it every packet
 * once per attachment (job-server.md 2.2): copies are distributed over the submits of a handle, settled ones included, so
 * that each sees the data once. Settled submits are not retained. Internal to the package.
 */
export class ForegroundJobs {
  readonly #clock: Clock;
  readonly #timers = new Map<ForegroundSubmit, Timer>(); // of unsettled submits
  readonly #jobs = new Map<string, CopyRing>(); // accepted ones by handle; one with several submits if unique keys are equal
  readonly #unwanted = new Set<string>(); // handles without waiting submits, oldest first
  #waiting = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get length(): number {
    return this.#timers.size;
  }

  /** Unsettled jobs that the server has accepted. */
  get waiting(): number {
    return this.#waiting;
  }

  /** A job was submitted; it fails with TIMEOUT after `timeoutMs`. */
  add(submit: ForegroundSubmit, timeoutMs: number, isConnected: () => boolean): void {
    const timer = this.#clock.setTimeout(() => {
      const phase = submit.phase(isConnected());
      submit.fail(new ClientError("TIMEOUT", `no result within ${timeoutMs} ms`, { phase }));
    }, timeoutMs);
    this.#timers.set(submit, timer);
  }

  /** The server has attached this connection to the job once more, for a submit that may be settled already. */
  accepted(submit: ForegroundSubmit, handle: Buffer): void {
    const key = handle.toString("latin1");
    let attached = this.#jobs.get(key);
    if (attached === undefined) {
      attached = new CopyRing();
      this.#jobs.set(key, attached);
    }
    attached.add(submit);
    if (submit.cancelled) {
      this.#markUnwanted(key);
      return;
    }
    this.#waiting++;
    this.#unwanted.delete(key);
  }

  /** A submit was settled; unless a packet did it, the server still has it attached. */
  settled(submit: ForegroundSubmit): void {
    const timer = this.#timers.get(submit);
    if (timer !== undefined) this.#clock.clearTimeout(timer);
    this.#timers.delete(submit);
    if (submit.handle === undefined) return;
    this.#waiting--;
    const key = submit.handle.toString("latin1");
    this.#jobs.get(key)?.settled();
    this.#markUnwanted(key);
  }

  #markUnwanted(key: string): void {
    const attached = this.#jobs.get(key);
    if (attached === undefined || attached.waiting > 0) return;
    this.#unwanted.add(key);
    if (this.#unwanted.size <= MAX_UNWANTED) return;
    const [oldest] = this.#unwanted;
    this.#unwanted.delete(oldest as string);
    this.#jobs.delete(oldest as string);
  }

  /** Takes a packet about a job. @returns false if no job with that handle is known */
  take(packet: Packet): boolean {
    if (!("handle" in packet)) return false;
    const key = packet.handle.toString("latin1");
    const attached = this.#jobs.get(key);
    if (attached === undefined) return false;
    switch (packet.name) {
      case "WORK_DATA":
        attached.next()?.takeData(packet.data);
        return true;
      case "WORK_WARNING":
        attached.next()?.takeWarning(packet.data);
        return true;
      case "WORK_STATUS":
        attached.next()?.takeStatus(packet.numerator, packet.denominator);
        return true;
    }
    const end = endOf(packet);
    if (end === undefined) return false;
    this.#jobs.delete(key); // further copies of this packet are ignored
    this.#unwanted.delete(key);
    for (const submit of attached.submits()) end(submit);
    return true;
  }

  /** Removes and returns all, because the connection ended or is closed. */
  takeAll(): ForegroundSubmit[] {
    const all = [...this.#jobs.values()].flatMap((attached) => attached.submits());
    this.#jobs.clear();
    this.#unwanted.clear();
    return all;
  }
}

/** How a packet that ends a job settles its submits. */
function endOf(packet: Packet): ((submit: ForegroundSubmit) => void) | undefined {
  switch (packet.name) {
    case "WORK_COMPLETE":
      return (submit) => submit.complete(packet.data);
    case "WORK_EXCEPTION":
      return (submit) => submit.except(packet.data);
    case "WORK_FAIL": {
      const error = new ClientError("JOB_FAILED", "the worker reported a failure", { phase: "waiting" });
      return (submit) => submit.fail(error);
    }
    default:
      return undefined;
  }
}
