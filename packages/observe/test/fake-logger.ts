import { EventEmitter } from "node:events";
import { PassThrough, Writable } from "node:stream";
import type { LoggerProcess } from "../src/logger-process.ts";

/** A `logger` in this process that keeps its input. */
export class FakeLogger extends EventEmitter implements LoggerProcess {
  readonly pid = 1;
  readonly args: readonly string[];
  readonly stderr = new PassThrough();
  text = "";
  inputEnded = false;
  /** If set, it reads nothing. */
  stuck = false;
  readonly #held: (() => void)[] = [];

  readonly stdin = new Writable({
    decodeStrings: false,
    write: (chunk: Buffer, _encoding, taken) => {
      const take = () => {
        this.text += chunk.toString("utf8");
        taken();
      };
      if (this.stuck) this.#held.push(take);
      else take();
    },
    final: (done) => {
      this.inputEnded = true;
      done();
      this.emit("close", 0, null);
    },
  });

  constructor(args: readonly string[]) {
    super();
    this.args = args;
  }

  /** Ends as logger does without a syslog socket. */
  fail(reason: string): void {
    this.stderr.once("data", () => queueMicrotask(() => this.emit("close", 1, null)));
    this.stderr.write(reason);
  }

  release(): void {
    this.stuck = false;
    for (const take of this.#held.splice(0)) take();
  }
}

/** Timers controlled by the test. */
export class ManualTimers {
  readonly #waiting = new Set<{ then: () => void; afterMs: number }>();

  readonly timer = (then: () => void, afterMs: number) => {
    const entry = { then, afterMs };
    this.#waiting.add(entry);
    return () => void this.#waiting.delete(entry);
  };

  get delays(): number[] {
    return [...this.#waiting].map(({ afterMs }) => afterMs);
  }

  /** Fires all pending timers. */
  run(): void {
    for (const entry of [...this.#waiting]) {
      this.#waiting.delete(entry);
      entry.then();
    }
  }
}
