import { StoreError } from "../errors.ts";

/** The part of `node:sqlite` that the store uses. */
export interface SqliteStatement {
  run(...values: (Uint8Array | number | bigint)[]): unknown;
  all(...values: (bigint | string)[]): unknown[];
  get(...values: string[]): unknown;
  setReadBigInts(on: boolean): void;
}

export interface SqliteDatabase {
  readonly isOpen: boolean;
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
  close(): void;
}

interface Sqlite {
  readonly DatabaseSync: new (path: string) => SqliteDatabase;
}

/**
 * `node:sqlite`, without its warning that it is experimental: that would be a line in every log. Not by an import, from which
 * the bundler takes away `node:`.
 *
 * @throws StoreError MISSING_DRIVER
 */
export function loadSqlite(): Sqlite {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    const sqlite = process.getBuiltinModule("node:sqlite") as unknown as Sqlite | undefined;
    if (sqlite !== undefined) return sqlite;
    throw new StoreError("MISSING_DRIVER", "libsqlite3 needs a Node.js with node:sqlite, 22.13 or later");
  } finally {
    process.emitWarning = emitWarning;
  }
}
