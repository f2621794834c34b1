import { type Epn, type EpnSettings, PerlFiles } from "@mod-gearman/epn-client";

/** Creates embedded Perl without starting its server. */
export type CreateEpn = (settings: EpnSettings) => Epn;

/** Keeps embedded Perl as the settings require, over reloads that switch it on and off. */
export class PerlKeeper {
  readonly files = new PerlFiles();
  readonly #create: CreateEpn;
  #current: Epn | undefined;
  /** Switched off, but with plugins that are still running. */
  readonly #leaving = new Set<Epn>();

  constructor(create: CreateEpn) {
    this.#create = create;
  }

  /** Applies settings; undefined switches it off. @returns embedded Perl for new checks */
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

  async abortAll(): Promise<void> {
    await Promise.all(this.#all().map((epn) => epn.abortAll()));
  }

  async close(): Promise<void> {
    await Promise.all(this.#all().map((epn) => epn.close()));
  }

  /** Kills the servers and their plugins before it returns. */
  abandon(): void {
    for (const epn of this.#all()) epn.abandon();
  }

  /** One line per server. */
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
