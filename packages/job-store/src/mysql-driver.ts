import { bytesOf } from "./bytes.ts";
import { StoreError } from "./errors.ts";
import { loadDriver } from "./load-driver.ts";
import { mysqlPlace } from "./local-socket.ts";
import { loginName } from "./login-name.ts";
import { ServerDriver } from "./server-driver.ts";
import {
  COLUMNS,
  inStatements,
  namesOf,
  ROWS_PER_READ,
  ROWS_PER_STATEMENT,
  rowOf,
  separated,
  valuesOf,
} from "./sql-rows.ts";
import type { Change, StoredJob, StoredRow } from "./stored-job.ts";

/** The part of the package mysql2 that the store uses. */
interface MysqlConnection {
  query(sql: string, values?: readonly unknown[]): Promise<[unknown, unknown]>;
  execute(sql: string, values: readonly unknown[]): Promise<[unknown, unknown]>;
  on(event: "error" | "end", listener: () => void): unknown;
  destroy(): void;
}

interface Mysql {
  createConnection(settings: Record<string, unknown>): Promise<MysqlConnection>;
}

export interface MysqlSettings {
  /** A path is that of a socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string | undefined;
  readonly table: string;
}

/** A larger workload has a statement of its own, in which its bytes are not spelled. */
const LARGE_BYTES = 65_536;
/** What a packet has besides a workload and its names. */
const PACKET_BYTES = 1024;
const UPDATE =
  "ON DUPLICATE KEY UPDATE priority = VALUES(priority), data = VALUES(data), when_to_run = VALUES(when_to_run)";
/** Too long, out of range, a wrong value, a packet that is too large. */
const REFUSALS = [1406, 1264, 1366, 1153, 1301];

/** A table of MySQL or MariaDB in the layout of gearmand. Source: job-server.md 6.2. */
export class MysqlDriver extends ServerDriver<MysqlConnection> {
  readonly name = "mysql";
  readonly #settings: MysqlSettings;
  readonly #table: string;
  #maxPacketBytes = 0;

  constructor(settings: MysqlSettings) {
    super();
    this.#settings = settings;
    this.#table = `\`${settings.table.replaceAll("`", "``")}\``;
  }

  protected async connect(): Promise<MysqlConnection> {
    const { createConnection } = await loadDriver<Mysql>(this.name, "mysql2/promise");
    const { host, port, password, database, user = loginName() } = this.#settings;
    const connection = await createConnection({
      ...mysqlPlace(host, port),
      user,
      password,
      database,
      supportBigNumbers: true,
    });
    connection.on("error", () => this.lost(connection));
    connection.on("end", () => this.lost(connection));
    const [rows] = await connection.query("SELECT @@max_allowed_packet AS bytes");
    this.#maxPacketBytes = Number((rows as { bytes: unknown }[])[0]?.bytes);
    return connection;
  }

  protected async prepare(connection: MysqlConnection): Promise<void> {
    await connection.query(
      `CREATE TABLE IF NOT EXISTS ${this.#table} (unique_key VARBINARY(64), function_name VARBINARY(255),
        priority INT, data LONGBLOB, when_to_run BIGINT, UNIQUE KEY (unique_key, function_name)) ENGINE=InnoDB`,
    );
    const [rows] = await connection.query(
      `SELECT COLLATION_NAME AS collation FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()
        AND TABLE_NAME = ? AND COLUMN_NAME IN ('unique_key', 'function_name')`,
      [this.#settings.table],
    );
    for (const { collation } of rows as { collation: string | null }[])
      if (collation !== null && !/_nopad_bin$|_0900_bin$/.test(collation)) throw this.#caseProblem(collation);
  }

  /** Jobs whose names differ in case, or in blanks at the end, would share a row, and all but one would be lost. */
  #caseProblem(collation: string): StoreError {
    const change = "MODIFY unique_key VARBINARY(64), MODIFY function_name VARBINARY(255)";
    return new StoreError(
      "CANNOT_OPEN",
      `table ${this.#table} takes different names for equal (collation ${collation}): ALTER TABLE ${this.#table} ${change}`,
    );
  }

  protected async read(connection: MysqlConnection, add: (row: StoredRow) => void): Promise<void> {
    let after: [Buffer, Buffer] | undefined;
    for (;;) {
      const [rows] = (await connection.query(
        `SELECT ${COLUMNS} FROM ${this.#table}
          ${after === undefined ? "" : "WHERE (unique_key, function_name) > (?, ?)"}
          ORDER BY unique_key, function_name LIMIT ${ROWS_PER_READ}`,
        after,
      )) as [Record<string, unknown>[], unknown];
      for (const row of rows) add(rowOf(row));
      const last = rows.at(-1);
      if (last === undefined) return;
      after = [bytesOf(last.unique_key), bytesOf(last.function_name)];
    }
  }

  protected async change(connection: MysqlConnection, changes: readonly Change[]): Promise<void> {
    const { adds, removes } = separated(changes);
    for (const { data } of adds)
      if (data.length + PACKET_BYTES > this.#maxPacketBytes)
        throw new StoreError("REFUSED", `${data.length} bytes are more than max_allowed_packet permits`);
    await connection.query("START TRANSACTION");
    try {
      for (const rows of inStatements(removes)) await this.#remove(connection, rows);
      for (const rows of this.#statementsOf(adds)) await this.#add(connection, rows);
      await connection.query("COMMIT");
    } catch (error) {
      if (this.isRefusal(error)) await connection.query("ROLLBACK");
      throw error;
    }
  }

  /** The jobs of one statement each. */
  #statementsOf(jobs: readonly StoredJob[]): StoredJob[][] {
    const maxBytes = this.#maxPacketBytes / 4; // every byte is spelled with two
    const statements: StoredJob[][] = [];
    let rows: StoredJob[] = [];
    let bytes = 0;
    for (const job of jobs) {
      if (job.data.length > LARGE_BYTES) {
        statements.push([job]);
        continue;
      }
      if (rows.length === 0 || rows.length >= ROWS_PER_STATEMENT || bytes > maxBytes - 2 * LARGE_BYTES) {
        rows = [];
        bytes = 0;
        statements.push(rows);
      }
      rows.push(job);
      bytes += job.data.length + PACKET_BYTES;
    }
    return statements;
  }

  async #add(connection: MysqlConnection, jobs: readonly StoredJob[]): Promise<void> {
    const [first] = jobs;
    const insert = `INSERT INTO ${this.#table} (${COLUMNS}) VALUES`;
    if (first !== undefined && first.data.length > LARGE_BYTES)
      await connection.execute(`${insert} (?, ?, ?, ?, ?) ${UPDATE}`, valuesOf(first));
    else await connection.query(`${insert} ? ${UPDATE}`, [jobs.map(valuesOf)]);
  }

  async #remove(connection: MysqlConnection, changes: readonly Change[]): Promise<void> {
    await connection.query(`DELETE FROM ${this.#table} WHERE (unique_key, function_name) IN (?)`, [
      changes.map(namesOf),
    ]);
  }

  protected isRefusal(error: unknown): boolean {
    if (error instanceof StoreError) return error.code === "REFUSED";
    const { errno } = error as { errno?: unknown };
    return typeof errno === "number" && REFUSALS.includes(errno);
  }

  protected drop(connection: MysqlConnection): void {
    connection.destroy();
  }
}
