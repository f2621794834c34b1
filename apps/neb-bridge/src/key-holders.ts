import type { KeyHolder, TicketFolder } from "@mod-gearman/enrolment";

/**
 * The highest epoch whose keys each identity has shown, on disk. A lower one changes nothing: a request of a former epoch can be
 * recorded and sent again by who has no key. Source: envelope-v2.md 13.
 */
export class KeyHolders {
  readonly #folder: Pick<TicketFolder, "holder" | "holds">;
  /** As far as this run knows. */
  readonly #epochs = new Map<string, number>();
  /** The last write of each identity that is under way. */
  readonly #writes = new Map<string, Promise<void>>();

  constructor(folder: Pick<TicketFolder, "holder" | "holds">) {
    this.#folder = folder;
  }

  /**
   * An identity has sealed a request under a key of an epoch.
   *
   * @param newest epoch of the master: a higher one on disk is of another master
   * @throws the error of `node:fs`
   */
  async shown(holder: KeyHolder, newest: number): Promise<void> {
    const { name } = holder;
    if (this.#has(holder, newest)) return;
    const before = this.#writes.get(name) ?? Promise.resolve();
    const written = before.catch(() => undefined).then(() => this.#write(holder, newest));
    this.#writes.set(name, written);
    try {
      await written;
    } finally {
      if (this.#writes.get(name) === written) this.#writes.delete(name);
    }
  }

  async #write(holder: KeyHolder, newest: number): Promise<void> {
    const { name, epoch } = holder;
    if (this.#has(holder, newest)) return;
    const known = (await this.#folder.holder(name))?.epoch ?? 0;
    const isKnown = known >= epoch && known <= newest; // not for NaN, of a damaged file
    if (!isKnown) await this.#folder.holds(holder);
    this.#epochs.set(name, isKnown ? known : epoch);
  }

  #has({ name, epoch }: KeyHolder, newest: number): boolean {
    const known = this.#epochs.get(name) ?? 0;
    return known >= epoch && known <= newest;
  }
}
