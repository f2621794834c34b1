import { type Clock, systemClock, type Timer } from "@mod-gearman/base";
import { type NotifyCall, serviceSender } from "./service-sender.ts";

/** Tells the service manager how the program is doing; does nothing where none has asked. Source: sd_notify(3). */
export interface ServiceManager {
  /** There is one, which waits for `ready` and takes the end of this process for that of the service. */
  readonly isWaiting: boolean;
  /** The start takes time for a good reason: it is given more, 15 minutes in all. */
  starting(status: string): void;
  /**
   * The program does its work, or has read its settings again.
   *
   * @param status one line about what it does, asked for again and again, for `systemctl status`
   */
  ready(status: () => string): void;
  /** Settings are read again; `ready` follows, also if they are bad. */
  reloading(): void;
  /** The program ends. */
  stopping(): void;
}

export interface ServiceDeps {
  /** Its variables `NOTIFY_SOCKET` and `WATCHDOG_…` are removed: they are not for plugins and other children. */
  readonly env: Record<string, string | undefined>;
  readonly pid: number;
  readonly clock: Pick<Clock, "monotonicMs" | "setTimeout" | "clearTimeout">;
  /** Microseconds of CLOCK_MONOTONIC. */
  monotonicMicros(): bigint;
  /**
   * Sends assignments, one on a line.
   *
   * @returns why it cannot, or undefined
   */
  send(socket: string, text: string): string | undefined;
  /** Called once, with the first reason why the service manager hears nothing. */
  onProblem(reason: string): void;
}

/** How often the status is looked at; it is sent when it has changed. */
const STATUS_MS = 5000;
/** While it starts, the program asks for this much again and again. */
const EXTEND_MS = 30_000;
const EXTEND_EVERY_MS = 10_000;
const EXTEND_AT_MOST_MS = 15 * 60_000;
const MICROS = 1000;
const NANOS = 1000n;

const silent: ServiceManager = {
  isWaiting: false,
  starting: () => undefined,
  ready: () => undefined,
  reloading: () => undefined,
  stopping: () => undefined,
};

/**
 * The service manager that the environment names. The watchdog is fed from the event loop, at half of its time: a program
 * whose loop hangs is ended and started again.
 */
export function serviceManager(deps: ServiceDeps): ServiceManager {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: micros, WATCHDOG_PID: pid } = deps.env;
  for (const name of ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]) delete deps.env[name];
  if (socket === undefined || socket === "") return silent;
  const isWatched = Number(micros) > 0 && (pid === undefined || Number(pid) === deps.pid);
  return new Notifier(socket, isWatched ? Number(micros) / MICROS : undefined, deps);
}

/** The part of a process that {@link processService} needs. */
interface ServiceHost {
  readonly env: Record<string, string | undefined>;
  readonly pid: number;
  readonly stderr: { write(text: string): unknown };
  readonly hrtime: { bigint(): bigint };
}

/**
 * The service manager of a process. Reasons why it hears nothing go to standard error, which is its journal.
 *
 * @param prefix of that line, with the name of the program
 * @param load the native addon, which is loaded only if there is a service manager
 */
export function processService(host: ServiceHost, prefix: string, load: () => NotifyCall): ServiceManager {
  return serviceManager({
    ...{ env: host.env, pid: host.pid, clock: systemClock, send: serviceSender(load) },
    monotonicMicros: () => host.hrtime.bigint() / NANOS,
    onProblem: (reason) => void host.stderr.write(`${prefix}service manager: ${reason}\n`),
  });
}

class Notifier implements ServiceManager {
  readonly isWaiting = true;
  readonly #socket: string;
  readonly #watchdogMs: number | undefined;
  readonly #deps: ServiceDeps;
  #timer: Timer | undefined;
  #read: () => string = () => "";
  #status = "";
  #hasProblem = false;
  #isEnding = false;
  #fedAtMs: number;

  constructor(socket: string, watchdogMs: number | undefined, deps: ServiceDeps) {
    this.#socket = socket;
    this.#watchdogMs = watchdogMs;
    this.#deps = deps;
    this.#fedAtMs = deps.clock.monotonicMs();
  }

  starting(status: string): void {
    const { clock } = this.#deps;
    const endMs = clock.monotonicMs() + EXTEND_AT_MOST_MS;
    this.#send(`STATUS=${oneLine(status)}`);
    this.#every(EXTEND_EVERY_MS, () => {
      if (clock.monotonicMs() < endMs) this.#send(`EXTEND_TIMEOUT_USEC=${EXTEND_MS * MICROS}`);
    });
  }

  ready(status: () => string): void {
    if (this.#isEnding) return;
    this.#read = status;
    this.#send("READY=1", ...this.#changedStatus());
    const { clock } = this.#deps;
    if (this.#timer !== undefined) clock.clearTimeout(this.#timer);
    this.#every(Math.min(STATUS_MS, this.#beatMs()), () =>
      this.#send(...this.#beat(), ...this.#changedStatus()),
    );
  }

  reloading(): void {
    this.#send("RELOADING=1", `MONOTONIC_USEC=${this.#deps.monotonicMicros()}`);
  }

  /** The watchdog is fed on: an end that hangs is noticed. */
  stopping(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#send("STOPPING=1", "STATUS=Ending");
  }

  #every(periodMs: number, run: () => void): void {
    this.#timer = this.#deps.clock.setTimeout(() => {
      run();
      this.#every(periodMs, run);
    }, periodMs);
  }

  #beatMs(): number {
    return this.#watchdogMs === undefined ? Number.POSITIVE_INFINITY : this.#watchdogMs / 2;
  }

  /** The watchdog's food, if half of its time is over. */
  #beat(): string[] {
    const nowMs = this.#deps.clock.monotonicMs();
    if (nowMs - this.#fedAtMs < this.#beatMs()) return [];
    this.#fedAtMs = nowMs;
    return ["WATCHDOG=1"];
  }

  #changedStatus(): string[] {
    const status = oneLine(this.#read());
    if (this.#isEnding || status === this.#status) return [];
    this.#status = status;
    return [`STATUS=${status}`];
  }

  #send(...assignments: string[]): void {
    if (assignments.length === 0) return;
    const problem = this.#deps.send(this.#socket, assignments.join("\n"));
    if (problem === undefined || this.#hasProblem) return;
    this.#hasProblem = true;
    this.#deps.onProblem(problem);
  }
}

const oneLine = (text: string): string => text.replaceAll("\n", " ");
