import type { Duplex } from "node:stream";
import { isDeepStrictEqual } from "node:util";

import type { Clock, Timer } from "@mod-gearman/client";
import type { Loaded, ModuleOptions } from "@mod-gearman/config";
import type { LogSink } from "@mod-gearman/observe";
import type { CheckResult, Micros } from "@mod-gearman/payload";

import { BridgeLog } from "./bridge-log.ts";
import { completedLine } from "./completed-line.ts";
import { Engine } from "./engine.ts";
import { EventIntake } from "./event-intake.ts";
import { CoreLink, type Hello } from "./link/core-link.ts";
import { byeReason, PROTOCOL_VERSION } from "./link/fields.ts";
import { OutstandingChecks } from "./outstanding.ts";
import { ResultIntake } from "./result-intake.ts";
import { settingsMessage } from "./settings.ts";
import { SubmissionStatistics } from "./statistics.ts";

const EVENT_WINDOW = 4096;
const HEARTBEAT_MS = 5000;
const MAX_UNSENT_BYTES = 64 * 1024 * 1024;
const MAX_RESULT_WINDOW = 65_536;
const CHECK_AGE_MS = 30_000;
const HANDLER_AGE_MS = 600_000;
const SECOND_MS = 1000;

export interface BridgeDeps {
  readonly clock: Clock;
  /** Time of day, microseconds since 1970. */
  readonly now: () => Micros;
  readonly ownLog: LogSink;
  readonly version: string;
  readonly pid: number;
  readonly hostName: string;
  /** Reads the configuration that the core's module line names. @throws ConfigError */
  readonly load: (args: string, base: string) => Loaded<ModuleOptions>;
  /** Whether a process with this id exists. */
  readonly isAlive: (pid: number) => boolean;
  /** The core has announced that it ends. */
  readonly onCoreShutdown: () => void;
}

interface Attached {
  readonly link: CoreLink;
  readonly corePid: number;
  readonly intake: EventIntake;
  readonly window: number;
}

/** The bridge between one core and its job servers, whatever the connection at the moment. */
export class Bridge {
  readonly #deps: BridgeDeps;
  readonly #log: BridgeLog;
  readonly #results: ResultIntake;
  readonly #outstanding: OutstandingChecks;
  readonly #statistics: SubmissionStatistics;
  #engine: Engine | undefined;
  #attached: Attached | undefined;
  #serverConnected = false;
  #everConnected = false;
  #statsTimer: Timer | undefined;

  constructor(deps: BridgeDeps) {
    const { clock } = deps;
    this.#deps = deps;
    this.#log = new BridgeLog(deps.ownLog);
    this.#statistics = new SubmissionStatistics(clock.now());
    this.#results = new ResultIntake({
      now: deps.now,
      logger: this.#log,
      envelope: () => this.#require().envelope,
      onResult: (result) => this.#onResult(result),
      status: () => this.#statusAnswer(),
    });
    this.#outstanding = new OutstandingChecks({
      clock,
      // Asked only with a core attached: the answer "lost" would have nobody to go to.
      isKnown: (check) =>
        this.#attached === undefined ? Promise.reject(new Error("no core")) : this.#require().isKnown(check),
      onLost: (check, why) => this.#reportLost(check.hostName, check.serviceDescription, why),
      graceMs: 15_000,
      deliveryMs: 5_000,
      sweepMs: SECOND_MS,
      maxChecks: 2_000_000,
    });
  }

  /** One line of state for tests and the signal handler. */
  describe(): string {
    const waiting = this.#attached?.intake.waiting ?? 0;
    return (
      `core: ${this.#attached === undefined ? "away" : this.#attached.corePid}, ` +
      `job server: ${this.#serverConnected ? "connected" : "away"}, events waiting: ${waiting}, ` +
      `checks under way: ${this.#outstanding.size}, checks lost: ${this.#outstanding.lost}, ` +
      `results held: ${this.#results.held}, results discarded: ${this.#results.discarded}`
    );
  }

  /** Takes a connection from a shim. */
  accept(socket: Duplex): void {
    const link: CoreLink = new CoreLink(socket, {
      clock: this.#deps.clock,
      heartbeatMs: HEARTBEAT_MS,
      maxUnsentBytes: MAX_UNSENT_BYTES,
      handlers: {
        onHello: (hello) => this.#onHello(link, hello),
        onEvent: (event) => this.#intakeOf(link)?.take(event),
        onResultDone: (seq) => this.#ifCurrent(link, () => this.#results.onDone(seq)),
        onWindow: (window) =>
          this.#ifCurrent(link, () => this.#results.setWindow(Math.min(window, MAX_RESULT_WINDOW))),
        onBye: (reason) => this.#onBye(link, reason),
        onClose: (why) => this.#onClose(link, why),
      },
    });
  }

  async close(): Promise<void> {
    if (this.#statsTimer !== undefined) this.#deps.clock.clearTimeout(this.#statsTimer);
    this.#outstanding.close();
    this.#results.abandon();
    this.#attached?.link.bye("shutdown", "the bridge stops");
    await this.#engine?.close();
    this.#log.close();
  }

  /** Opens the log file anew. */
  reopenLog(): void {
    if (this.#engine !== undefined) this.#log.configure(this.#engine.options);
  }

  #require(): Engine {
    if (this.#engine === undefined) throw new Error("not configured yet");
    return this.#engine;
  }

  #intakeOf(link: CoreLink): EventIntake | undefined {
    return this.#attached?.link === link ? this.#attached.intake : undefined;
  }

  #ifCurrent(link: CoreLink, act: () => void): void {
    if (this.#attached?.link === link) act();
  }

  #onHello(link: CoreLink, hello: Hello): void {
    const current = this.#attached;
    if (current !== undefined && current.corePid !== hello.pid && this.#deps.isAlive(current.corePid)) {
      const text = `this bridge already serves the core with pid ${current.corePid}`;
      link.send({ name: "FAULT", text: Buffer.from(text) });
      link.bye("replaced", text);
      return;
    }
    this.#log.attach(link);
    if (current !== undefined) current.link.bye("replaced", "the core connected again");
    const window = Math.min(hello.window, MAX_RESULT_WINDOW);
    link.send({
      name: "WELCOME",
      version: PROTOCOL_VERSION,
      bridge_version: Buffer.from(this.#deps.version),
      pid: this.#deps.pid,
      window: EVENT_WINDOW,
      heartbeat_ms: HEARTBEAT_MS,
    });
    this.#attached = { link, corePid: hello.pid, intake: this.#newIntake(link), window };
    this.#log.attach(link);
    this.#configure(link, hello);
  }

  #newIntake(link: CoreLink): EventIntake {
    return new EventIntake(link, {
      clock: this.#deps.clock,
      logger: this.#log,
      path: () => this.#require(),
      outstanding: this.#outstanding,
      statistics: this.#statistics,
      checkAgeMs: CHECK_AGE_MS,
      handlerAgeMs: HANDLER_AGE_MS,
    });
  }

  /** Each HELLO may be a reload of the core, so the configuration is read again each time. */
  #configure(link: CoreLink, hello: Hello): void {
    const args = hello.module_args?.toString("latin1") ?? "";
    const base = hello.config_base?.toString("latin1") ?? "/";
    try {
      const { options, warnings } = this.#deps.load(args, base);
      this.#log.configure(options);
      for (const { text, where, level } of warnings) this.#log[level](`${where}: ${text}`);
      this.#useOptions(options);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (this.#engine === undefined) {
        link.send({ name: "FAULT", text: Buffer.from(why) });
        return;
      }
      this.#log.error(`cannot reload configuration: ${why}; the former one stays in effect`);
    }
    this.#startServing(link, hello);
  }

  #useOptions(options: ModuleOptions): void {
    const old = this.#engine;
    if (old !== undefined && isDeepStrictEqual(old.options, options)) return;
    if (old !== undefined) this.#results.abandon();
    this.#serverConnected = false;
    this.#everConnected = false;
    const engine: Engine = new Engine(options, {
      clock: this.#deps.clock,
      logger: this.#log,
      results: this.#results,
      onServerState: (connected) => {
        if (this.#engine === engine) this.#onServerState(connected);
      },
      maxQueued: 4 * EVENT_WINDOW,
    });
    this.#engine = engine;
    old
      ?.close()
      .catch((error: unknown) => this.#log.error(`closing the former connections: ${String(error)}`));
    this.#armStatistics(options.logStatsIntervalSeconds);
  }

  #startServing(link: CoreLink, hello: Hello): void {
    const engine = this.#require();
    const window = this.#attached?.window ?? 0;
    link.send(settingsMessage(engine.options));
    this.#log.info(
      `bridge ${this.#deps.version} serves ${hello.core_name.toString("latin1")} ` +
        `${hello.core_version.toString("latin1")} (pid ${hello.pid}, layout ${hello.abi_class.toString("latin1")})`,
    );
    this.#serverConnected = engine.client.connected;
    this.#sendState();
    this.#results.attach(link, window);
    engine.setResultCapacity(window);
  }

  #onServerState(connected: boolean): void {
    if (this.#serverConnected === connected) return;
    this.#serverConnected = connected;
    if (connected && this.#everConnected) this.#outstanding.doubtAll();
    this.#everConnected ||= connected;
    const servers = this.#require()
      .options.servers.map(({ host, port }) => `${host}:${port}`)
      .join(", ");
    if (connected) this.#log.info(`connected to a job server of ${servers}`);
    else this.#log.error(`no job server reachable: ${servers}`);
    this.#sendState();
  }

  #sendState(): void {
    const text = this.#serverConnected ? {} : { text: Buffer.from("no job server reachable") };
    this.#attached?.link.send({ name: "STATE", ready: this.#serverConnected ? 1 : 0, ...text });
  }

  #onBye(link: CoreLink, reason: number): void {
    this.#ifCurrent(link, () => {
      if (reason === byeReason.shutdown) this.#deps.onCoreShutdown();
    });
  }

  #onClose(link: CoreLink, why: string): void {
    if (this.#attached?.link !== link) return;
    this.#attached = undefined;
    this.#log.attach(undefined);
    this.#results.detach();
    this.#engine?.setResultCapacity(0);
    this.#log.info(`connection to the core closed: ${why}`);
  }

  #onResult(result: CheckResult): void {
    const elapsedMs = this.#outstanding.remove(result.hostName, result.serviceDescription);
    if (this.#log.isEnabled("debug")) this.#log.debug(completedLine(result, elapsedMs));
  }

  #reportLost(hostName: Buffer, serviceDescription: Buffer | undefined, why: string): void {
    const service = serviceDescription === undefined ? {} : { service_description: serviceDescription };
    this.#attached?.link.send({
      name: "CHECK_LOST",
      host_name: hostName,
      ...service,
      text: Buffer.from(why),
    });
  }

  #statusAnswer(): Buffer {
    const { options } = this.#require();
    return Buffer.from(
      this.#statistics.status({
        hostName: this.#deps.hostName,
        version: this.#deps.version,
        resultWorkers: options.resultWorkers,
      }),
    );
  }

  #armStatistics(intervalSeconds: number): void {
    if (this.#statsTimer !== undefined) this.#deps.clock.clearTimeout(this.#statsTimer);
    this.#statsTimer = undefined;
    if (intervalSeconds <= 0) return;
    this.#statsTimer = this.#deps.clock.setTimeout(() => {
      this.#log.info(this.#statistics.line(this.#deps.clock.now()));
      this.#armStatistics(intervalSeconds);
    }, intervalSeconds * SECOND_MS);
  }
}
