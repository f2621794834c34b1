import { existsSync } from "node:fs";

const MYSQL_PORT = 3306;
/** Where Debian, Red Hat and MySQL itself put the socket. */
const MYSQL_SOCKETS = ["/var/run/mysqld/mysqld.sock", "/var/lib/mysql/mysql.sock", "/tmp/mysql.sock"];
/** Where the distributions and PostgreSQL itself put sockets. */
const POSTGRES_FOLDERS = ["/var/run/postgresql", "/tmp"];
const POSTGRES_PORT = 5432;

/**
 * Where the client library of MySQL connects to: the local socket if the host is "localhost", of which another port
 * than the usual one says that it is not meant. A host with a slash is a path.
 * Source: MySQL documentation, "Connecting to the MySQL Server"
 */
export function mysqlPlace(
  host: string,
  port: number,
  exists: (path: string) => boolean = existsSync,
): { readonly socketPath: string } | { readonly host: string; readonly port: number } {
  if (host.startsWith("/")) return { socketPath: host };
  const socketPath =
    host === "localhost" && port === MYSQL_PORT ? MYSQL_SOCKETS.find((path) => exists(path)) : undefined;
  return socketPath === undefined ? { host, port } : { socketPath };
}

/**
 * Where libpq connects to if no host is named: the folder of the local socket.
 * Source: PostgreSQL documentation, "Parameter Key Words", host
 */
export function postgresHost(
  port: number = POSTGRES_PORT,
  exists: (path: string) => boolean = existsSync,
): string {
  return POSTGRES_FOLDERS.find((folder) => exists(`${folder}/.s.PGSQL.${port}`)) ?? "localhost";
}
