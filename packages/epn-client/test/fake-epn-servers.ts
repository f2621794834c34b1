import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { memoryLogger } from "@mod-gearman/observe";
import { duplexPair, ManualClock, settle, type TestContext, tmpFolder } from "@mod-gearman/testkit";
import type { EpnWorld } from "../src/embedded-perl.ts";
import { createEpn, type Epn, type EpnOptions, type EpnOrder, type EpnOutcome } from "../src/index.ts";
import type { EpnServer, ServerOptions } from "../src/server-process.ts";

/** A server controlled by the test. */
export class FakeServer implements EpnServer {
  readonly pid: number;
  readonly options: ServerOptions;
  /** Calls of `end` and `kill`. */
  readonly calls: string[] = [];

  constructor(pid: number, options: ServerOptions) {
    this.pid = pid;
    this.options = options;
  }

  end(how: "drain" | "now"): void {
    this.calls.push(how);
  }

  kill(): void {
    this.calls.push("kill");
  }

  ready(): void {
    this.options.events.ready();
  }

  gone(reason = "exit code 1"): void {
    this.options.events.gone(reason);
  }
}

/** One request and the server's end of its connection. */
export interface FakeRun {
  readonly outcomes: EpnOutcome[];
  readonly socketPath: string;
  readonly peer: Duplex;
  /** Writes a line, and further bytes in the same write. */
  answer(line: object, behind?: string): Promise<void>;
}

/** Embedded Perl with servers and connections controlled by the test, and a manual clock. */
export class FakeEpn {
  readonly clock = new ManualClock();
  readonly logger = memoryLogger();
  readonly servers: FakeServer[] = [];
  readonly epn: Epn;
  /** Thrown by the next start of a server. */
  launchError: Error | undefined;
  /** For the next connection. */
  connectError: Error | undefined;
  /** Made so far. */
  connections = 0;
  #peer: Duplex | undefined;
  #socketPath = "";

  constructor(context: TestContext, options: Partial<EpnOptions> = {}) {
    const { clock, logger } = this;
    const world: EpnWorld = {
      launch: (order) => {
        const error = this.launchError;
        this.launchError = undefined;
        if (error !== undefined) throw error;
        const server = new FakeServer(1_000_000 + this.servers.length, order);
        this.servers.push(server);
        return server;
      },
      connect: (socketPath) => {
        this.connections++;
        const [ours, theirs] = duplexPair();
        theirs.on("error", () => undefined);
        theirs.resume();
        this.#peer = theirs;
        this.#socketPath = socketPath;
        const error = this.connectError;
        this.connectError = undefined;
        setImmediate(() => (error === undefined ? ours.emit("connect") : ours.destroy(error)));
        return ours as unknown as Socket;
      },
      stopwatch: () => ({ startedAt: 1_000_000n, finishedAt: () => 3_000_000n }),
    };
    const folder = tmpFolder(context);
    const settings = { script: "/server.pl", keepCompiled: true, verbosity: 0 } as const;
    this.epn = createEpn({ ...settings, logger, clock, folder, ...options }, world);
    context.onTestFinished(() => this.epn.abandon());
  }

  get last(): FakeServer {
    const server = this.servers.at(-1);
    if (server === undefined) throw new Error("no server was started");
    return server;
  }

  async start(): Promise<FakeServer> {
    const started = this.epn.start();
    this.last.ready();
    await started;
    return this.last;
  }

  /** @throws Error if it is refused */
  async run(name = "check", order: Partial<EpnOrder> = {}): Promise<FakeRun> {
    const outcomes: EpnOutcome[] = [];
    const refused = this.epn.run(orderOf(name, order), (outcome) => outcomes.push(outcome));
    if (refused !== undefined) throw new Error(refused.unavailable);
    await settle();
    const peer = this.#peer;
    if (peer === undefined) throw new Error("no connection");
    const answer = async (line: object, behind = "") => {
      peer.write(`${JSON.stringify(line)}\n${behind}`);
      await settle();
    };
    return { outcomes, socketPath: this.#socketPath, peer, answer };
  }

  refusal(name = "check"): string | undefined {
    return this.epn.run(orderOf(name, {}), () => undefined)?.unavailable;
  }
}

function orderOf(name: string, order: Partial<EpnOrder>): EpnOrder {
  const file = { path: Buffer.from(`/x/${name}`), version: name };
  return { file, args: [], env: [], timeoutMs: 60_000, maxOutputBytes: 1000, ...order };
}
