import { type ChildProcess, spawn } from "node:child_process";
import { type Alarm, startAlarm } from "@mod-gearman/base";
import type { Logger } from "@mod-gearman/observe";
import type { EpnClock, EpnSettings } from "./epn.ts";
import { ServerLog } from "./server-log.ts";

/** How long a server that was told to end may take, in milliseconds. */
const END_MS = { drain: 65_000, now: 4000 } as const;

/** What a server process tells whoever started it. */
interface ServerEvents {
  /** It listens. Once at most. */
  ready(): void;
  /** There is no such process (any more). Once. */
  gone(reason: string): void;
  /** It seems to be damaged. */
  damage(sign: string): void;
}

/** How to start one server. */
export interface ServerOptions {
  readonly settings: EpnSettings;
  readonly socketPath: string;
  readonly env: NodeJS.ProcessEnv;
  readonly startTimeoutMs: number;
  readonly clock: EpnClock;
  readonly logger: Pick<Logger, "debug" | "error">;
  readonly events: ServerEvents;
}

/** A server of embedded Perl, as seen by whoever keeps it. */
export interface EpnServer {
  /** 0 when it could not be started. */
  readonly pid: number;
  /** `drain`: what runs in it may end; `now`: it ends what runs. KILL when it does not obey. */
  end(how: "drain" | "now"): void;
  /** Kills the process in this turn. */
  kill(): void;
}

/**
 * Starts a server: `perl SCRIPT [-c] [-v] [-vv] SOCKET`. It is leader of a session of its own, so that a Ctrl-C reaches
 * the worker alone, and ends when its stdin does, whatever way this process ends.
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
      if (child.pid === undefined) this.#onGone(error.message); // else a signal that failed
    });
    child.on("exit", (code, signal) => this.#onGone(signal === null ? `exit code ${code}` : signal));
    child.stdin?.on("error", () => undefined); // it is gone, which its exit tells
    const log = new ServerLog({
      logger,
      now: () => clock.now(),
      onDamage: (sign) => events.damage(sign),
      onReady: () => this.#onReady(),
    });
    if (child.stdout && child.stderr) log.follow(child.stdout, child.stderr); // none when out of descriptors
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
