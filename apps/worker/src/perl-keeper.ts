import { type Epn, type EpnSettings, PerlFiles } from "@mod-gearman/epn-client";

/** Makes embedded Perl; it starts no server yet. */
export type CreateEpn = (settings: EpnSettings) => Epn;

/** Keeps embedded Perl as the settings want it, over reloads that switch it on and off. */
export class PerlKeeper {
  readonly files = new PerlFiles();
  readonly #create: CreateEpn;
  #current: Epn | undefined;
  /** Switched off, with plugins that may still end. */
  readonly #leaving = new Set<Epn>();

  constructor(create: CreateEpn) {
    this.#create = create;
  }

  /** Puts settings in force; undefined switches it off. @returns what runs plugins from now on */
  use(settings: EpnSettings | undefined): Epn | undefined {
    const old = this.#current;
    if (settings === undefined) {
      this.#current = undefined;
      if (old !== undefined) this.#leave(old);
    } else if (old === undefined) {
      this.#current = this.#create(settings);
      void this.#current.start(); // until then plugins run as programs
    } else old.reload(settings);
    return this.#current;
  }

  /** Kills what runs in it. */
  async abortAll(): Promise<void> {
    await Promise.all(this.#all().map((epn) => epn.abortAll()));
  }

  /** Ends the servers. */
  async close(): Promise<void> {
    await Promise.all(this.#all().map((epn) => epn.close()));
  }

  /** Kills the servers and what runs in them, in this turn. */
  abandon(): void {
    for (const epn of this.#all()) epn.abandon();
  }

  /** The state, a line each. */
  describe(): string[] {
    return this.#all().flatMap((epn) => epn.describe());
  }

  #all(): Epn[] {
    return [...(this.#current === undefined ? [] : [this.#current]), ...this.#leaving];
  }

  #leave(epn: Epn): void {
    this.#leaving.add(epn);
    void epn.drain().then(() => this.#leaving.delete(epn));
  }
}
