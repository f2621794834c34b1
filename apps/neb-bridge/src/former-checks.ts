import type { Logger } from "@mod-gearman/base";
import type { ModuleOptions } from "@mod-gearman/config";

import type { Message } from "./link/fields.ts";
import { objectKey } from "./object-key.ts";
import type { OutstandingChecks } from "./outstanding.ts";
import type { ResultMessage } from "./result-message.ts";

/** More results than this do not come while the core names its checks. */
const MAX_ANSWERED = 100_000;

type ResultObject = Pick<ResultMessage, "host_name" | "service_description">;

interface FormerChecksParts {
  readonly outstanding: Pick<OutstandingChecks, "adopt" | "isUnderWay">;
  readonly logger: Logger;
  /** undefined: no core is served. */
  readonly options: () => Pick<ModuleOptions, "resultWorkers" | "servers" | "useUniqJobs"> | undefined;
}

/**
 * Takes up the checks that the core names after it has connected, as far as they are in no table here: a bridge before this one has
 * put them on a job server. Source: docs/bridge-protocol.md, CHECK_UNDER_WAY.
 */
export class FormerChecks {
  readonly #parts: FormerChecksParts;
  /** Objects with a result that the core may not have had yet when it named them; undefined when it has named all. */
  #answered: Set<string> | undefined;
  #taken = 0;

  constructor(parts: FormerChecksParts) {
    this.#parts = parts;
  }

  /** A core has connected. @param held results that it has not confirmed */
  begin(held: Iterable<ResultObject>): void {
    this.#answered = new Set();
    this.#taken = 0;
    for (const one of held) this.answered(one);
  }

  /** A result for the core has come. */
  answered({ host_name: host, service_description: service }: ResultObject): void {
    if (this.#answered === undefined || this.#answered.size >= MAX_ANSWERED) return;
    this.#answered.add(objectKey(host, service));
  }

  /** The core has named a check, or that these were all. */
  named({ host_name: host, service_description: service }: Message<"CHECK_UNDER_WAY">): void {
    const { outstanding, options } = this.#parts;
    const { resultWorkers = 0, servers: [server] = [], useUniqJobs = true } = options() ?? {};
    if (host === undefined) this.#end(useUniqJobs);
    else if (server !== undefined && resultWorkers > 0) {
      const key = objectKey(host, service);
      if (this.#answered?.has(key) !== false || outstanding.isUnderWay(key)) return;
      this.#taken += 1;
      if (useUniqJobs) outstanding.adopt(key, server);
    }
  }

  #end(useUniqJobs: boolean): void {
    this.#answered = undefined;
    if (this.#taken === 0) return;
    const what = `${this.#taken} checks under way were handed to a bridge before this one`;
    this.#parts.logger.info(
      useUniqJobs
        ? `${what}: the job servers are asked for them`
        : `${what}; with use_uniq_jobs=no the job servers cannot be asked for them, the core runs again what is lost of them`,
    );
  }
}
