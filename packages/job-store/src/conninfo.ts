import { readFileSync } from "node:fs";
import { StoreError } from "./errors.ts";

/** Settings of a `Client` of the package pg. */
export interface PostgresSettings {
  connectionString?: string;
  host?: string;
  port?: number;
  database?: string;
  user?: string;
  password?: string;
  application_name?: string;
  options?: string;
  connectionTimeoutMillis?: number;
  ssl?: false | { rejectUnauthorized: boolean; ca?: string; cert?: string; key?: string };
}

/** A word, `=`, and a value with or without quotes; a backslash protects the next character. */
const PAIR = /\s*(\w+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?=\s|$)/y;
const IGNORED =
  /^(?:keepalives|tcp_user_timeout|fallback_application_name|client_encoding|gssencmode|channel_binding)/;

/**
 * Reads `--libpq-conninfo`, a connection string of libpq: keywords and values, or an URI, which is passed on. What
 * it does not name comes from PGHOST, PGUSER, … as with libpq. TLS is used if `sslmode` asks for it.
 *
 * @throws StoreError CANNOT_OPEN. Source: PostgreSQL documentation, "Connection Strings"
 */
export function readConninfo(text: string): PostgresSettings {
  if (/^postgres(?:ql)?:\/\//.test(text)) return { connectionString: text };
  const values = pairsOf(text);
  const settings: PostgresSettings = {};
  for (const [name, value] of values) take(settings, name, value);
  const mode = values.get("sslmode");
  if (mode !== undefined) settings.ssl = tlsOf(mode, values);
  return settings;
}

function pairsOf(text: string): Map<string, string> {
  const values = new Map<string, string>();
  let at = 0;
  while (text.slice(at).trim() !== "") {
    PAIR.lastIndex = at;
    const match = PAIR.exec(text);
    if (match === null) throw new StoreError("CANNOT_OPEN", "libpq-conninfo: NAME=VALUE is expected");
    const [whole, name = "", quoted, bare = ""] = match;
    values.set(name, (quoted ?? bare).replaceAll(/\\(.)/g, "$1"));
    at += whole.length;
  }
  return values;
}

function take(settings: PostgresSettings, name: string, value: string): void {
  if (name === "host" || name === "hostaddr") settings.host = value;
  else if (name === "port") settings.port = Number(value);
  else if (name === "dbname") settings.database = value;
  else if (name === "user") settings.user = value;
  else if (name === "password") settings.password = value;
  else if (name === "application_name") settings.application_name = value;
  else if (name === "options") settings.options = value;
  else if (name === "connect_timeout") settings.connectionTimeoutMillis = Number(value) * 1000;
  else if (!name.startsWith("ssl") && !IGNORED.test(name))
    throw new StoreError("CANNOT_OPEN", `libpq-conninfo: ${name} is not supported`);
}

function tlsOf(mode: string, values: ReadonlyMap<string, string>): NonNullable<PostgresSettings["ssl"]> {
  if (mode === "disable" || mode === "allow" || mode === "prefer") return false;
  const ssl: Exclude<NonNullable<PostgresSettings["ssl"]>, false> = {
    rejectUnauthorized: mode.startsWith("verify"),
  };
  for (const [name, field] of [
    ["sslrootcert", "ca"],
    ["sslcert", "cert"],
    ["sslkey", "key"],
  ] as const) {
    const path = values.get(name);
    if (path !== undefined) ssl[field] = readFileSync(path, "latin1");
  }
  return ssl;
}
