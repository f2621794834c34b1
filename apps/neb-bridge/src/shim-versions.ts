/**
 * Notices that the module was upgraded: a core that reloads keeps its bridge, which is then of the former version. The first
 * module that says HELLO is the one that started this bridge, of whichever version, so that a mixed installation does not
 * end in one bridge after the other.
 */
export class ShimVersions {
  #first: string | undefined;

  /** Whether another version than the first one says HELLO. */
  isChanged(version: Buffer): boolean {
    const text = version.toString("latin1");
    this.#first ??= text;
    return this.#first !== text;
  }
}
