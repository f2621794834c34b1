import type { ModuleOptions } from "@mod-gearman/config";

import type { BridgeCounts } from "./bridge-counts.ts";
import type { EnvelopeMemory } from "./bridge-envelope.ts";
import type { BridgeFigures } from "./bridge-figures.ts";
import type { Engine } from "./engine.ts";
import type { OutstandingChecks } from "./outstanding.ts";
import type { ResultIntake } from "./result-intake.ts";
import type { SubmissionStatistics } from "./statistics.ts";
import type { World } from "./world.ts";

const SECOND_MS = 1000;

/** Inputs of a report, read each time. */
export interface ReportedParts {
  /** Undefined without a core. */
  readonly corePid: number | undefined;
  readonly eventsWaiting: number;
  readonly isServerConnected: boolean;
  readonly servers: Engine["servers"];
  readonly outstanding: OutstandingChecks;
  readonly results: ResultIntake;
  readonly envelopes: Pick<EnvelopeMemory, "refusals" | "flights" | "enrolments">;
  readonly statistics: SubmissionStatistics;
}

/** Reports of the bridge about itself: a line, the status answer, the figures of the metrics. */
export class BridgeReport {
  readonly #world: Pick<World, "version" | "hostName">;
  readonly #counts: BridgeCounts;
  readonly #parts: () => ReportedParts;

  constructor(world: Pick<World, "version" | "hostName">, counts: BridgeCounts, parts: () => ReportedParts) {
    this.#world = world;
    this.#counts = counts;
    this.#parts = parts;
  }

  line(): string {
    const { corePid, eventsWaiting, isServerConnected, outstanding, results, envelopes } = this.#parts();
    const { refusals, flights, enrolments } = envelopes;
    return (
      `core: ${corePid ?? "away"}, ` +
      `job server: ${isServerConnected ? "connected" : "away"}, events waiting: ${eventsWaiting}, ` +
      `checks under way: ${outstanding.size}, checks not watched: ${outstanding.unwatched}, ` +
      `checks lost: ${outstanding.lost}, checks moved: ${outstanding.moved}, ` +
      `results held: ${results.held}, results repeated: ${results.repeated}, ` +
      `second results dropped: ${outstanding.second}, results discarded: ${results.discarded}` +
      (refusals.total === 0 ? "" : `, results refused: ${refusals.total}`) +
      (flights.forgotten === 0 ? "" : `, job ids forgotten: ${flights.forgotten}`) +
      (enrolments.refusals.total === 0 ? "" : `, requests for keys refused: ${enrolments.refusals.total}`) +
      (enrolments.alarms === 0 ? "" : `, TICKETS REDEEMED TWICE: ${enrolments.alarms}`)
    );
  }

  /** The answer to the status request `check` (neb-module.md 3.4). */
  status({ resultWorkers }: Pick<ModuleOptions, "resultWorkers">): string {
    const { hostName, version } = this.#world;
    return this.#parts().statistics.status({ hostName, version, resultWorkers });
  }

  figures(): BridgeFigures {
    const { corePid, eventsWaiting, outstanding, envelopes, results, servers } = this.#parts();
    const { flights } = envelopes;
    const { lost, moved, oldestMs, repeated, second, size, unwatched } = outstanding;
    return {
      version: this.#world.version,
      isCoreAttached: corePid !== undefined,
      jobServers: servers,
      eventsWaiting,
      checks: { inFlight: size, oldestSeconds: oldestMs / SECOND_MS, unwatched, lost, moved, repeated },
      results: { held: results.held, repeated: results.repeated, second, discarded: results.discarded },
      counts: this.#counts,
      refused: envelopes.refusals.counts,
      jobIds: { remembered: flights.size, forgotten: flights.forgotten },
      enrolments: envelopes.enrolments,
    };
  }
}
