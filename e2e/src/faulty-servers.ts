import { spawnSync } from "node:child_process";
import type { Fault, FaultKind } from "./check-plan.ts";
import { type JobServer, type JobServerKind, startJobServer } from "./job-servers.ts";

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Times of a fault run, milliseconds. */
export interface FaultTimes {
  /** A fault lasts from `minFaultMs` to twice as long. */
  readonly minFaultMs: number;
  /** Between two faults, from this to twice as long. */
  readonly minPauseMs: number;
}

/** Adds or removes the rules that drop all packets of a port. Only in a network namespace of its own. */
function dropPackets(action: "-A" | "-D", port: number): void {
  for (const direction of ["--dport", "--sport"]) {
    const args = [action, "INPUT", "-p", "tcp", direction, String(port), "-j", "DROP"];
    const { status, stderr } = spawnSync("iptables", args, { encoding: "utf8" });
    if (status !== 0) throw new Error(`iptables: ${stderr}`);
  }
}

/** Two job servers that fail in turn, never both at once. */
export class FaultyServers {
  readonly servers: readonly JobServer[];
  readonly faults: Fault[] = [];
  readonly #random: () => number;

  private constructor(servers: readonly JobServer[], random: () => number) {
    this.servers = servers;
    this.#random = random;
  }

  static async start(kinds: readonly JobServerKind[], random: () => number): Promise<FaultyServers> {
    return new FaultyServers(await Promise.all(kinds.map((kind) => startJobServer(kind))), random);
  }

  /** One fault of each given kind, in any order, each on either server. */
  async round(kinds: readonly FaultKind[], times: FaultTimes): Promise<void> {
    const order = kinds.toSorted(() => this.#random() - 0.5);
    for (const kind of order) {
      await wait(times.minPauseMs * (1 + this.#random()));
      await this.#fail(kind, times.minFaultMs * (1 + this.#random()));
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
  }

  async #fail(kind: FaultKind, lastsMs: number): Promise<void> {
    const server = this.servers[Math.floor(this.#random() * this.servers.length)];
    if (server === undefined) return;
    const fromMs = Date.now();
    if (kind === "kill") {
      await server.kill();
      await wait(lastsMs);
      await server.restart();
    } else if (kind === "stop") {
      process.kill(server.running.pid, "SIGSTOP");
      await wait(lastsMs);
      process.kill(server.running.pid, "SIGCONT");
    } else {
      dropPackets("-A", server.port);
      await wait(lastsMs);
      dropPackets("-D", server.port);
    }
    this.faults.push({ kind, fromMs, toMs: Date.now() });
  }
}
