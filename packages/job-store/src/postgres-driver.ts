import { type PostgresSettings, readConninfo } from "./conninfo.ts";
import { loadDriver } from "./load-driver.ts";
import { postgresHost } from "./local-socket.ts";
import { loginName } from "./login-name.ts";
import { ServerDriver } from "./server-driver.ts";
import { COLUMNS, inStatements, namesOf, ROWS_PER_READ, rowOf, separated, valuesOf } from "./sql-rows.ts";
import type { Change, StoredJob, StoredRow } from "./stored-job.ts";

/** The part of the package pg that the store uses. */
interface Client {
  connect(): Promise<unknown>;
  query(text: string, values?: readonly unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
  on(event: "error" | "end", listener: () => void): unknown;
  readonly connection?: { stream: { destroy(): void } };
  end(): Promise<void>;
}

interface Pg {
  readonly default: {
    readonly Client: new (settings: PostgresSettings) => Client;
    /** What neither the settings nor PGUSER, PGHOST, … name. */
    readonly defaults: { user?: string | undefined; host?: string };
  };
}

/** Data exceptions (too long, not in the encoding of the database, a number too large), and limits of the server. */
const REFUSALS = /^(?:22|54)/;

/** A table of PostgreSQL in the layout of gearmand. Source: job-server.md 6.2. */
export class PostgresDriver extends ServerDriver<Client> {
  readonly name = "postgres";
  readonly #conninfo: string;
  readonly #table: string;

  constructor(settings: { conninfo: string; table: string }) {
    super();
    this.#conninfo = settings.conninfo;
    this.#table = `"${settings.table.replaceAll('"', '""')}"`;
  }

  protected async connect(): Promise<Client> {
    const pg = await loadDriver<Pg>(this.name, "pg");
    const settings = readConninfo(this.#conninfo);
    pg.default.defaults.user = loginName();
    pg.default.defaults.host = postgresHost(settings.port ?? (Number(process.env.PGPORT) || undefined));
    const client = new pg.default.Client(settings);
    client.on("error", () => this.lost(client));
    client.on("end", () => this.lost(client));
    await client.connect();
    // names are bytes: no conversion, as libpq does it
    await client.query("SET client_encoding TO 'SQL_ASCII'");
    return client;
  }

  protected async prepare(client: Client): Promise<void> {
    await client.query(
      `CREATE TABLE IF NOT EXISTS ${this.#table} (unique_key VARCHAR(64), function_name VARCHAR(255),
        priority INTEGER, data BYTEA, when_to_run BIGINT, UNIQUE (unique_key, function_name))`,
    );
    // fails where there is no such constraint, before a job relies on it
    await client.query(
      `INSERT INTO ${this.#table} (unique_key, function_name) SELECT '', '' WHERE false
        ON CONFLICT (unique_key, function_name) DO NOTHING`,
    );
  }

  protected async read(client: Client, add: (row: StoredRow) => void): Promise<void> {
    await client.query("BEGIN");
    await client.query(
      `DECLARE jobs NO SCROLL CURSOR FOR SELECT
        convert_to(unique_key, current_setting('server_encoding')) AS unique_key,
        convert_to(function_name, current_setting('server_encoding')) AS function_name,
        priority, data, when_to_run FROM ${this.#table}`,
    );
    for (;;) {
      const { rows } = await client.query(`FETCH ${ROWS_PER_READ} FROM jobs`);
      for (const row of rows) add(rowOf(row));
      if (rows.length === 0) break;
    }
    await client.query("COMMIT");
  }

  protected async change(client: Client, changes: readonly Change[]): Promise<void> {
    const { adds, removes } = separated(changes);
    await client.query("BEGIN");
    try {
      for (const rows of inStatements(removes)) await this.#remove(client, rows);
      for (const rows of inStatements(adds)) await this.#add(client, rows);
      await client.query("COMMIT");
    } catch (error) {
      if (this.isRefusal(error)) await client.query("ROLLBACK");
      throw error;
    }
  }

  async #add(client: Client, jobs: readonly StoredJob[]): Promise<void> {
    const rows = jobs.map(
      (_, at) => `($${5 * at + 1},$${5 * at + 2},$${5 * at + 3},$${5 * at + 4},$${5 * at + 5})`,
    );
    await client.query(
      `INSERT INTO ${this.#table} (${COLUMNS}) VALUES ${rows.join(",")}
        ON CONFLICT (unique_key, function_name) DO UPDATE SET
        priority = EXCLUDED.priority, data = EXCLUDED.data, when_to_run = EXCLUDED.when_to_run`,
      jobs.flatMap(valuesOf),
    );
  }

  async #remove(client: Client, changes: readonly Change[]): Promise<void> {
    const rows = changes.map((_, at) => `($${2 * at + 1},$${2 * at + 2})`);
    await client.query(
      `DELETE FROM ${this.#table} WHERE (unique_key, function_name) IN (${rows.join(",")})`,
      changes.flatMap(namesOf),
    );
  }

  protected isRefusal(error: unknown): boolean {
    const { code } = error as { code?: unknown };
    return typeof code === "string" && code.length === 5 && REFUSALS.test(code);
  }

  protected drop(client: Client): void {
    client.end().catch(() => undefined);
    client.connection?.stream.destroy();
  }
}
