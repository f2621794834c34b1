import type { Clock, Logger } from "@mod-gearman/base";
import type { ModuleOptions } from "@mod-gearman/config";
import { rateLimited } from "@mod-gearman/observe";

/** An unstable server is logged at most twice a minute, not at every attempt. */
const LOG_EVERY_MS = 30_000;

/** Lines about whether any job server of the configuration is there. */
export class ServerNotices {
  readonly #logger: Logger;
  readonly #logAway: (text: string) => void;
  #wasAway = true;

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    const limited = (text: string): void => {
      logger.error(text);
      this.#wasAway = true;
    };
    this.#logAway = rateLimited(limited, LOG_EVERY_MS, () => clock.monotonicMs());
  }

  /** The next connection is reported, as after a start. */
  restart(): void {
    this.#wasAway = true;
  }

  /** A connection is reported only after a line that there was none. */
  changed(isConnected: boolean, { servers }: Pick<ModuleOptions, "servers">): void {
    const names = servers.map(({ host, port }) => `${host}:${port}`).join(", ");
    if (!isConnected) this.#logAway(`no job server reachable: ${names}`);
    else if (this.#wasAway) {
      this.#logger.info(`connected to a job server of ${names}`);
      this.#wasAway = false;
    }
  }
}
