import { expect, test } from "vitest";
import { mysqlPlace, postgresHost } from "../src/local-socket.ts";

const onRedHat = (path: string): boolean => path === "/var/lib/mysql/mysql.sock";

test.for([
  ["localhost", 3306, onRedHat, { socketPath: "/var/lib/mysql/mysql.sock" }],
  ["localhost", 3306, () => false, { host: "localhost", port: 3306 }],
  ["localhost", 3307, onRedHat, { host: "localhost", port: 3307 }],
  ["127.0.0.1", 3306, onRedHat, { host: "127.0.0.1", port: 3306 }],
  ["/run/my.sock", 3306, () => false, { socketPath: "/run/my.sock" }],
] as const)("MySQL: %s, port %i", ([host, port, exists, place]) => {
  expect(mysqlPlace(host, port, exists)).toEqual(place);
});

test.for([
  [undefined, "/var/run/postgresql/.s.PGSQL.5432", "/var/run/postgresql"],
  [5433, "/tmp/.s.PGSQL.5433", "/tmp"],
  [5433, "/tmp/.s.PGSQL.5432", "localhost"],
] as const)("PostgreSQL: port %s, where %s is", ([port, socket, host]) => {
  expect(postgresHost(port, (path) => path === socket)).toBe(host);
});
