import type { Worker } from "node:worker_threads";
import { startTimer, stopTimer } from "@mod-gearman/base";
import { StoreError } from "../errors.ts";
import type { StoreDriver } from "../store-driver.ts";
import type { Change, StoredRow } from "../stored-job.ts";
import { encodeBatch } from "./batch.ts";
import type { SqliteAnswer, SqliteRequest, SqliteRow, SqliteSettings } from "./messages.ts";

const CLOSE_MS = 10_000;
/** The only argument of Node.js that the thread may need; others, such as `--input-type`, are not for it. */
const STRIP_TYPES = "--experimental-strip-types";
const EMPTY = Buffer.alloc(0);

/** A file in the layout of gearmand, written by `node:sqlite` in a thread. Source: job-server.md 6.2, 6.3. */
export class SqliteDriver implements StoreDriver {
  readonly name = "libsqlite3";
  readonly #settings: SqliteSettings;
  #thread: Worker | undefined;
  #request: PromiseWithResolvers<SqliteAnswer> | undefined;
  #isOpen = false;

  constructor(settings: SqliteSettings) {
    this.#settings = settings;
  }

  async open(): Promise<void> {
    await this.#ask({ open: true });
    this.#isOpen = true;
  }

  async replay(add: (row: StoredRow) => void): Promise<void> {
    for (let rowsAfter = -(2n ** 63n); ; ) {
      const answer = await this.#ask({ rowsAfter });
      const rows = "rows" in answer ? answer.rows : [];
      for (const row of rows) add(jobOf(row));
      const last = rows.at(-1);
      if (last === undefined) return;
      rowsAfter = last.rowid;
    }
  }

  async write(changes: readonly Change[]): Promise<void> {
    if (!this.#isOpen) await this.open(); // the thread has failed
    const write = encodeBatch(changes);
    await this.#ask({ write }, [write.buffer]);
  }

  async close(): Promise<void> {
    const thread = this.#thread;
    if (thread === undefined) return;
    const limit = startTimer(() => void thread.terminate(), CLOSE_MS);
    // it may hang in a system call
    if (this.#request === undefined) await this.#ask({ close: true }).catch(() => undefined);
    stopTimer(limit);
    await thread.terminate();
  }

  /** @throws StoreError */
  async #ask(request: SqliteRequest, transfer: ArrayBuffer[] = []): Promise<SqliteAnswer> {
    this.#thread ??= this.#start();
    this.#request = Promise.withResolvers();
    this.#thread.postMessage(request, transfer);
    const answer = await this.#request.promise;
    if ("failure" in answer) throw new StoreError(answer.failure, answer.text);
    return answer;
  }

  #start(): Worker {
    const execArgv = process.execArgv.filter((argument) => argument === STRIP_TYPES);
    const threads = process.getBuiltinModule("node:worker_threads"); // most servers have no store
    const thread = new threads.Worker(threadFile(), { workerData: this.#settings, execArgv });
    thread.on("message", (answer: SqliteAnswer) => this.#settle(answer));
    thread.on("error", (error: Error) => this.#onEnd(thread, error.message));
    thread.on("exit", () => this.#onEnd(thread, "its thread has ended"));
    return thread;
  }

  #onEnd(thread: Worker, text: string): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    this.#isOpen = false;
    this.#settle({ failure: "UNAVAILABLE", text });
  }

  #settle(answer: SqliteAnswer): void {
    const request = this.#request;
    this.#request = undefined;
    request?.resolve(answer);
  }
}

/** Beside the source, or beside the bundle of a program. */
function threadFile(): URL {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return new URL(`./sqlite-thread.${extension}`, import.meta.url);
}

/** Rows are taken as far as they make sense (X8, X10). */
function jobOf(row: SqliteRow): StoredRow {
  return {
    function: latin1(row.function_name),
    key: latin1(row.unique_key),
    priority: row.priority === null ? Number.NaN : Number(row.priority),
    whenSeconds: typeof row.when_to_run === "bigint" ? Math.max(Number(row.when_to_run), 0) : 0,
    data: row.data === null ? EMPTY : Buffer.from(row.data),
  };
}

function latin1(bytes: Uint8Array | null): string {
  return bytes === null
    ? ""
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
