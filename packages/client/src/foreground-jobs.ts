import type { Clock, Timer } from "@mod-gearman/base";
import type { Packet } from "@mod-gearman/protocol";
import { CopyRing } from "./copy-ring.ts";
import { ClientError } from "./errors.ts";
import type { ForegroundSubmit } from "./foreground-submit.ts";

const MAX_FORSAKEN = 1024;

/**
 * Foreground jobs from their submit to their result. The server attaches a connection once per submit and then
 * sends it every packet once per attachment (job-server.md 2.2): copies go round the submits of a handle, settled
 * ones included, so that each sees the data once. Nothing of a settled submit is kept. Internal to the package.
 */
export class ForegroundJobs {
  readonly #clock: Clock;
  readonly #timers = new Map<ForegroundSubmit, Timer>(); // of all that are not settled
  readonly #jobs = new Map<string, CopyRing>(); // accepted ones, by handle; several have equal unique keys
  readonly #forsaken = new Set<string>(); // handles nobody waits for, in the order they became so
  #waiting = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Jobs that are not settled. */
  get length(): number {
    return this.#timers.size;
  }

  /** Those among them that the server has accepted. */
  get waiting(): number {
    return this.#waiting;
  }

  /** A job was submitted; its whole time is `timeoutMs`. */
  add(submit: ForegroundSubmit, timeoutMs: number, isConnected: () => boolean): void {
    const timer = this.#clock.setTimeout(() => {
      const phase = submit.phase(isConnected());
      submit.fail(new ClientError("TIMEOUT", `no result within ${timeoutMs} ms`, { phase }));
    }, timeoutMs);
    this.#timers.set(submit, timer);
  }

  /** The server has attached this connection to the job once more, also if nobody waits for it any more. */
  accepted(submit: ForegroundSubmit, handle: Buffer): void {
    const key = handle.toString("latin1");
    let attached = this.#jobs.get(key);
    if (attached === undefined) {
      attached = new CopyRing();
      this.#jobs.set(key, attached);
    }
    attached.add(submit);
    if (submit.cancelled) {
      this.#forsake(key);
      return;
    }
    this.#waiting++;
    this.#forsaken.delete(key);
  }

  /** A submit was settled, by a packet or by something else; then the server still has it attached. */
  settled(submit: ForegroundSubmit): void {
    const timer = this.#timers.get(submit);
    if (timer !== undefined) this.#clock.clearTimeout(timer);
    this.#timers.delete(submit);
    if (submit.handle === undefined) return;
    this.#waiting--;
    const key = submit.handle.toString("latin1");
    this.#jobs.get(key)?.settled();
    this.#forsake(key);
  }

  #forsake(key: string): void {
    const attached = this.#jobs.get(key);
    if (attached === undefined || attached.waiting > 0) return;
    this.#forsaken.add(key);
    if (this.#forsaken.size <= MAX_FORSAKEN) return;
    const [oldest] = this.#forsaken;
    this.#forsaken.delete(oldest as string);
    this.#jobs.delete(oldest as string);
  }

  /** A packet about a job. @returns false when nobody waits for a job of that handle */
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
    this.#jobs.delete(key); // copies of the end that follow find nobody
    this.#forsaken.delete(key);
    for (const submit of attached.submits()) end(submit);
    return true;
  }

  /** All leave, because the connection ended or is closed. */
  takeAll(): ForegroundSubmit[] {
    const all = [...this.#jobs.values()].flatMap((attached) => attached.submits());
    this.#jobs.clear();
    this.#forsaken.clear();
    return all;
  }
}

/** What a packet that ends a job does to its submits. */
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
