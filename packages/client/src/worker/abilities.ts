import { ClientError } from "../connection/errors.ts";

const MAX_NAME_BYTES = 511; // worker.md 2.1

export interface AbilityChanges {
  readonly canDo: Buffer[];
  readonly cantDo: Buffer[];
}

/**
 * The functions a worker connection should announce, and those the server knows. CANT_DO makes gearmand hand a
 * running job of that function to another worker (job-server.md 2.6), so a function is withdrawn only while no
 * job of it is running and no grab is unanswered. Internal to the package.
 */
export class Abilities {
  #wanted: Map<string, Buffer>;
  readonly #announced = new Map<string, Buffer>();
  #differ = true; // wanted and announced functions

  /** @throws ClientError BAD_ARGUMENT for a name that is empty, longer than 511 bytes or contains NUL */
  constructor(functions: readonly Buffer[]) {
    this.#wanted = byName(functions);
  }

  /** Replaces the wanted functions. @throws ClientError BAD_ARGUMENT; nothing has changed then */
  set(functions: readonly Buffer[]): void {
    this.#wanted = byName(functions);
    this.#differ = true;
  }

  get empty(): boolean {
    return this.#wanted.size === 0;
  }

  /** Functions wait to be withdrawn: no grabs until then. */
  get withdrawing(): boolean {
    if (!this.#differ) return false;
    for (const name of this.#announced.keys()) if (!this.#wanted.has(name)) return true;
    return false;
  }

  /**
   * For a new connection, whose server knows no function yet.
   *
   * @returns all wanted functions in random order: gearmand prefers the one announced last, and no queue must starve
   * another (worker.md 2.1)
   */
  announceAll(random: () => number): Buffer[] {
    this.#announced.clear();
    for (const [name, bytes] of this.#wanted) this.#announced.set(name, bytes);
    this.#differ = false;
    return shuffle([...this.#wanted.values()], random);
  }

  /**
   * @returns what to send on a live connection to reach the wanted functions; counted as sent
   *
   * @param mayWithdraw false while a grab is unanswered
   * @param isRunning whether a job of that function is running
   */
  changes(mayWithdraw: boolean, isRunning: (name: Buffer) => boolean): AbilityChanges {
    if (!this.#differ) return NONE;
    const canDo: Buffer[] = [];
    const cantDo: Buffer[] = [];
    for (const [name, bytes] of this.#wanted) if (!this.#announced.has(name)) canDo.push(bytes);
    for (const [name, bytes] of this.#announced)
      if (!this.#wanted.has(name) && mayWithdraw && !isRunning(bytes)) cantDo.push(bytes);
    for (const bytes of canDo) this.#announced.set(keyOf(bytes), bytes);
    for (const bytes of cantDo) this.#announced.delete(keyOf(bytes));
    this.#differ = this.withdrawing;
    return { canDo, cantDo };
  }
}

const NONE: AbilityChanges = { canDo: [], cantDo: [] };

function keyOf(name: Buffer): string {
  return name.toString("latin1");
}

function byName(functions: readonly Buffer[]): Map<string, Buffer> {
  const named = new Map<string, Buffer>();
  for (const name of functions) {
    if (name.length === 0 || name.length > MAX_NAME_BYTES || name.includes(0))
      throw new ClientError("BAD_ARGUMENT", `a function name is 1 to ${MAX_NAME_BYTES} bytes without NUL`);
    named.set(keyOf(name), Buffer.from(name));
  }
  return named;
}

function shuffle<T>(items: T[], random: () => number): T[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const moved = items[last] as T;
    items[last] = items[other] as T;
    items[other] = moved;
  }
  return items;
}
