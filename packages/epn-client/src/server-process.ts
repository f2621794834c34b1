import { type ChildProcess, spawn } from "node:child_process";
import { type Alarm, startAlarm } from "@mod-gearman/base";
import type { Logger } from "@mod-gearman/observe";
import type { EpnClock, EpnSettings } from "./epn.ts";
import { ServerLog } from "./server-log.ts";

/** Time for a server to end on request, in milliseconds. */
const END_MS = { drain: 65_000, now: 4000 } as const;

interface ServerEvents {
  /** It is listening. At most once. */
  ready(): void;
  /** The process has ended or could not be started. Once. */
  gone(reason: string): void;
  /** The log contains a sign of damage. */
  damage(sign: string): void;
}

export interface ServerOptions {
  readonly settings: EpnSettings;
  readonly socketPath: string;
  readonly env: NodeJS.ProcessEnv;
  readonly startTimeoutMs: number;
  readonly clock: EpnClock;
  readonly logger: Pick<Logger, "debug" | "error">;
  readonly events: ServerEvents;
}

export interface EpnServer {
  /** 0 if the process could not be started. */
  readonly pid: number;
  /** `drain`: running plugins may end; `now`: they are killed. KILL if the server does not end in time. */
  end(how: "drain" | "now"): void;
  /** Kills before it returns. */
  kill(): void;
}

/**
 * Starts a server: `perl SCRIPT [-c] [-v] [-vv] SOCKET`. It leads a session of its own, so that Ctrl-C reaches only the
 * worker, and ends when its stdin is closed, so also if this process is killed.
 *
 * Source: worker.md 7.2, 7.5.
 */
export function startServer(options: ServerOptions): EpnServer {
  return new ServerProcess(options);
}

class ServerProcess implements EpnServer {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #clock: EpnClock;
  readonly #events: ServerEvents;
  #alarm: Alarm;
  #isReady = false;
  #isGone = false;
  #killedFor: string | undefined;

  constructor({ settings, socketPath, env, startTimeoutMs, clock, logger, events }: ServerOptions) {
    this.#clock = clock;
    this.#events = events;
    const { script, perl = "perl", keepCompiled, verbosity } = settings;
    const switches = [...(keepCompiled ? ["-c"] : []), ...["-v", "-vv"].slice(0, verbosity)];
    const child: ChildProcess = spawn(perl, [script, ...switches, socketPath], {
      detached: true,
      env,
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#child = child;
    this.pid = child.pid ?? 0;
    child.on("error", (error) => {
      if (child.pid === undefined) this.#onGone(error.message); // else a signal failed
    });
    child.on("exit", (code, signal) => this.#onGone(signal === null ? `exit code ${code}` : signal));
    child.stdin?.on("error", () => undefined); // it has ended, "exit" follows
    const log = new ServerLog({
      logger,
      now: () => clock.monotonicMs(),
      onDamage: (sign) => events.damage(sign),
      onReady: () => this.#onReady(),
    });
    if (child.stdout && child.stderr) log.follow(child.stdout, child.stderr); // undefined if descriptors were exhausted
    this.#alarm = startAlarm(
      clock,
      () => this.#killFor(`not ready within ${startTimeoutMs / 1000} s`),
      startTimeoutMs,
    );
  }

  end(how: "drain" | "now"): void {
    if (this.#isGone) return;
    this.#alarm.cancel();
    this.#alarm = startAlarm(this.#clock, () => this.kill(), END_MS[how]);
    this.#child.kill(how === "drain" ? "SIGTERM" : "SIGINT");
  }

  kill(): void {
    if (!this.#isGone) this.#child.kill("SIGKILL");
  }

  #killFor(reason: string): void {
    this.#killedFor = reason;
    this.kill();
  }

  #onReady(): void {
    if (this.#isReady || this.#isGone || this.#killedFor !== undefined) return;
    this.#isReady = true;
    this.#alarm.cancel();
    this.#events.ready();
  }

  #onGone(reason: string): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#alarm.cancel();
    this.#child.stdin?.destroy();
    this.#events.gone(this.#killedFor ?? reason);
  }
}
