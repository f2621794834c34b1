import { startTimer, stopTimer } from "@mod-gearman/base";
import { StoreError } from "./errors.ts";
import type { StoreDriver } from "./store-driver.ts";
import type { Change, StoredRow } from "./stored-job.ts";

/** A call that has no answer for so long is given up with its connection. */
const SILENCE_MS = 10_000;

/** A store that is a server, `C` a connection to it. A connection that failed is replaced by the next `write`. */
export abstract class ServerDriver<C> implements StoreDriver {
  abstract readonly name: string;
  #connection: C | undefined;
  #isClosed = false;

  /** @throws Error, or StoreError with a text of its own */
  protected abstract connect(): Promise<C>;
  /** Creates what is missing, and looks at what is there; at the start only. */
  protected abstract prepare(connection: C): Promise<void>;
  protected abstract read(connection: C, add: (row: StoredRow) => void): Promise<void>;
  /** Makes the changes, or none of them. */
  protected abstract change(connection: C, changes: readonly Change[]): Promise<void>;
  /** Whether an error of `change` is about a row, and the connection can be used further. */
  protected abstract isRefusal(error: unknown): boolean;
  /** Closes it without a wait. */
  protected abstract drop(connection: C): void;

  async open(): Promise<void> {
    try {
      const connection = await this.#connected();
      await this.#inTime(this.prepare(connection));
    } catch (error) {
      this.#forget();
      throw this.#notOpened(error);
    }
  }

  async replay(add: (row: StoredRow) => void): Promise<void> {
    try {
      await this.read(await this.#connected(), add);
    } catch (error) {
      this.#forget();
      throw this.#notOpened(error);
    }
  }

  async write(changes: readonly Change[]): Promise<void> {
    try {
      const connection = await this.#connected();
      await this.#inTime(this.change(connection, changes));
    } catch (error) {
      if (this.isRefusal(error)) throw asStoreError(error, "REFUSED");
      this.#forget();
      throw asStoreError(error, "UNAVAILABLE");
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#forget();
  }

  #notOpened(error: unknown): StoreError {
    if (error instanceof StoreError && error.code !== "UNAVAILABLE") return error;
    return new StoreError("CANNOT_OPEN", `${this.name}: ${reasonOf(error)}`, { cause: error });
  }

  async #connected(): Promise<C> {
    if (this.#isClosed) throw new StoreError("UNAVAILABLE", "closed");
    this.#connection ??= await this.#inTime(this.connect());
    return this.#connection;
  }

  /** Called by drivers too, when a connection ends by itself. */
  protected lost(connection: C): void {
    if (this.#connection === connection) this.#connection = undefined;
  }

  #forget(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection !== undefined) this.drop(connection);
  }

  async #inTime<T>(work: Promise<T>): Promise<T> {
    const late = Promise.withResolvers<never>();
    const timer = startTimer(
      () => late.reject(new StoreError("UNAVAILABLE", `no answer for ${SILENCE_MS / 1000} s`)),
      SILENCE_MS,
    );
    work.catch(() => undefined); // it may fail after it was given up
    try {
      return await Promise.race([work, late.promise]);
    } finally {
      stopTimer(timer);
    }
  }
}

function asStoreError(error: unknown, code: "REFUSED" | "UNAVAILABLE"): StoreError {
  if (error instanceof StoreError) return error;
  return new StoreError(code, reasonOf(error), { cause: error });
}

/** An AggregateError of node:net, one error per address, has no text of its own. */
function reasonOf(error: unknown): string {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  return first instanceof Error ? first.message : String(first);
}
