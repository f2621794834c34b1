import { statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { StoreError, type StoreErrorCode } from "../errors.ts";
import { decodeBatch } from "./batch.ts";
import type { SqliteRow, SqliteSettings } from "./messages.ts";
import { loadSqlite, type SqliteDatabase, type SqliteStatement } from "./node-sqlite.ts";

const BUSY_MS = 1000;
const LOCK_PAUSE_MS = 100;
const ROWS_PER_PAGE = 1000;
const PRIMARY_CODE = 0xff; // extended result codes of SQLite have the primary one in the low byte
const SQLITE_BUSY = 5;
const SQLITE_READONLY = 8;
/** TOOBIG, CONSTRAINT, MISMATCH: it is about the row. */
const REFUSALS = [18, 19, 20];

/** The database of the sqlite store, in its thread. Layout: job-server.md 6.2. */
export class Database {
  readonly #settings: SqliteSettings;
  #database: SqliteDatabase | undefined;
  #lock: SqliteDatabase | undefined;
  #insert: SqliteStatement | undefined;
  #delete: SqliteStatement | undefined;
  #inode: bigint | undefined;

  constructor(settings: SqliteSettings) {
    this.#settings = settings;
  }

  /** @throws StoreError */
  async open(): Promise<void> {
    const { path } = this.#settings;
    const { DatabaseSync } = loadSqlite();
    try {
      this.#lock ??= await this.#takeLock(DatabaseSync);
      this.#database = new DatabaseSync(path);
      this.#database.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
      this.#prepareTable(this.#database);
      // every commit is an fsync; WAL needs one where the rollback journal needs three. gearmand reads and keeps it.
      this.#database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
      this.#inode = inodeOf(path);
      this.#prepare(this.#database);
      this.#tryToWrite(this.#database);
    } catch (error) {
      this.close();
      throw asStoreError(error, "CANNOT_OPEN", path);
    }
  }

  rowsAfter(rowid: bigint): SqliteRow[] {
    const { path } = this.#settings;
    try {
      const select = this.#opened().prepare(
        `SELECT rowid, CAST(unique_key AS BLOB) AS unique_key, CAST(function_name AS BLOB) AS function_name,
          priority, CAST(data AS BLOB) AS data, when_to_run
          FROM ${this.#table} WHERE rowid > ? ORDER BY rowid LIMIT ${ROWS_PER_PAGE}`,
      );
      select.setReadBigInts(true);
      return select.all(rowid) as unknown as SqliteRow[];
    } catch (error) {
      throw asStoreError(error, "CANNOT_OPEN", path);
    }
  }

  /** @throws StoreError UNAVAILABLE, REFUSED */
  write(batch: Uint8Array): void {
    const { path } = this.#settings;
    if (inodeOf(path) !== this.#inode)
      throw new StoreError("UNAVAILABLE", `${path}: the file was removed or replaced`);
    const database = this.#opened();
    try {
      database.exec("BEGIN IMMEDIATE");
      for (const { isAdd, key, function: name, priority, data, whenSeconds } of decodeBatch(batch)) {
        if (isAdd)
          this.#insert?.run(
            key,
            name,
            priority,
            data,
            BigInt(Math.min(Math.trunc(whenSeconds), Number.MAX_SAFE_INTEGER)),
          );
        else this.#delete?.run(key, name);
      }
      database.exec("COMMIT");
    } catch (error) {
      this.#rollBack();
      throw asStoreError(error, "UNAVAILABLE", path);
    }
  }

  close(): void {
    this.#insert = undefined;
    this.#delete = undefined;
    for (const database of [this.#database, this.#lock]) if (database?.isOpen === true) database.close();
    this.#database = undefined;
    this.#lock = undefined;
  }

  get #table(): string {
    return quoted(this.#settings.table);
  }

  #opened(): SqliteDatabase {
    if (this.#database === undefined) throw new StoreError("UNAVAILABLE", "the database is not open");
    return this.#database;
  }

  /**
   * An exclusive lock of another file for as long as this process lives: the database itself stays readable, and
   * nothing has to be removed after a crash.
   */
  async #takeLock(DatabaseSync: new (path: string) => SqliteDatabase): Promise<SqliteDatabase> {
    const { path, lockWaitMs } = this.#settings;
    const lock = new DatabaseSync(`${path}.lock`);
    for (let waitedMs = 0; ; waitedMs += LOCK_PAUSE_MS) {
      try {
        lock.exec("PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
        return lock;
      } catch (error) {
        if (waitedMs < lockWaitMs && codeOf(error) === SQLITE_BUSY) {
          await sleep(LOCK_PAUSE_MS);
          continue;
        }
        lock.close();
        if (codeOf(error) !== SQLITE_BUSY) throw error;
        throw new StoreError("IN_USE", `${path}: another job server uses this file`);
      }
    }
  }

  /** As gearmand does it, byte for byte. */
  #prepareTable(database: SqliteDatabase): void {
    const table = this.#table;
    const known = database
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name = ?")
      .get(this.#settings.table);
    if (known === undefined) {
      const columns =
        "unique_key TEXT, function_name TEXT, priority INTEGER, data BLOB, when_to_run INTEGER, PRIMARY KEY (unique_key, function_name)";
      database.exec(`CREATE TABLE ${table} ( ${columns})`);
      return;
    }
    const columns = database.prepare(`PRAGMA table_info(${table})`).all() as unknown as { name: string }[];
    if (!columns.some(({ name }) => name === "when_to_run"))
      database.exec(`ALTER TABLE ${table} ADD COLUMN when_to_run INTEGER`);
  }

  #prepare(database: SqliteDatabase): void {
    const table = this.#table;
    // names are bytes: bound as text they would have to be valid UTF-8
    this.#insert = database.prepare(
      `INSERT OR REPLACE INTO ${table} (unique_key, function_name, priority, data, when_to_run)
        VALUES (CAST(? AS TEXT), CAST(? AS TEXT), ?, ?, ?)`,
    );
    this.#delete = database.prepare(
      `DELETE FROM ${table} WHERE unique_key = CAST(? AS TEXT) AND function_name = CAST(? AS TEXT)`,
    );
  }

  /**
   * SQLite opens a file that it may not write as read-only, without an error, and takes BEGIN IMMEDIATE too. A file that is
   * locked may be free later.
   */
  #tryToWrite(database: SqliteDatabase): void {
    database.exec("BEGIN");
    try {
      database.exec(`DELETE FROM ${this.#table} WHERE rowid = 0`);
    } catch (error) {
      if (codeOf(error) === SQLITE_READONLY) throw error;
    } finally {
      this.#rollBack();
    }
  }

  #rollBack(): void {
    try {
      this.#database?.exec("ROLLBACK");
    } catch {
      // SQLite has rolled back by itself
    }
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function inodeOf(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
}

/** The primary result code of SQLite. */
function codeOf(error: unknown): number | undefined {
  const { errcode } = error as { errcode?: unknown };
  return typeof errcode === "number" ? errcode & PRIMARY_CODE : undefined;
}

function asStoreError(error: unknown, usual: StoreErrorCode, path: string): StoreError {
  if (error instanceof StoreError) return error;
  const code = codeOf(error);
  // without a code it is a value that cannot be bound
  const isRefusal = usual === "UNAVAILABLE" && (code === undefined || REFUSALS.includes(code));
  return new StoreError(isRefusal ? "REFUSED" : usual, `${path}: ${(error as Error).message}`, {
    cause: error,
  });
}
