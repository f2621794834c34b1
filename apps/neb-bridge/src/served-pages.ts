import type { Logger } from "@mod-gearman/base";
import type { ModuleOptions } from "@mod-gearman/config";
import type { AdminSource } from "./admin-pages.ts";
import { type CommandCounts, CommandMemory } from "./command-memory.ts";
import { PageListener } from "./page-listener.ts";
import type { World } from "./world.ts";

type PageOptions = Pick<ModuleOptions, "adminListen" | "adminServers" | "adminNames" | "adminTokenFile"> &
  Pick<ModuleOptions, "prometheusServer" | "adminCommandFile">;

/** What the bridge serves over HTTP: its metrics, and its pages. */
export class ServedPages {
  readonly #metrics: PageListener;
  readonly #pages: PageListener;
  readonly commands: CommandMemory;
  #settings = "";

  constructor(
    world: Pick<World, "clock" | "serveMetrics" | "serveAdmin">,
    logger: Logger,
    source: Omit<AdminSource, "commands">,
    counts: CommandCounts,
  ) {
    this.commands = new CommandMemory(counts);
    const shared = { clock: world.clock, logger };
    this.#metrics = new PageListener({
      ...shared,
      what: "metrics",
      serve: (address) => world.serveMetrics(address, source.figures),
    });
    this.#pages = new PageListener({
      ...shared,
      what: "pages",
      serve: (address) => world.serveAdmin(address, { ...source, commands: this.commands }),
    });
  }

  /** At a start and a reload. */
  use(options: PageOptions): void {
    const { adminListen, prometheusServer, adminServers, adminNames, adminTokenFile } = options;
    const { adminCommandFile } = options;
    this.#metrics.use(prometheusServer);
    const settings = JSON.stringify([adminServers, adminNames, adminTokenFile, adminCommandFile]);
    if (settings !== this.#settings) this.#pages.use(undefined); // is served again
    this.#settings = settings;
    this.#pages.use(adminListen);
    this.commands.keepFor(adminListen !== undefined);
  }

  close(): void {
    this.#metrics.close();
    this.#pages.close();
  }
}
