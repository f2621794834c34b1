import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { readConninfo } from "../src/conninfo.ts";

test.for([
  ["", {}],
  ["host=db port=5433 dbname=jobs user=me", { host: "db", port: 5433, database: "jobs", user: "me" }],
  ["  host = /run/postgresql  ", { host: "/run/postgresql" }],
  [
    String.raw`password='it\'s a \\ secret' user=a\ b`,
    { password: String.raw`it's a \ secret`, user: "a b" },
  ],
  ["password='' host=h", { password: "", host: "h" }],
  [
    "connect_timeout=3 keepalives=1 application_name=x",
    { connectionTimeoutMillis: 3000, application_name: "x" },
  ],
  ["sslmode=disable", { ssl: false }],
  ["sslmode=require", { ssl: { rejectUnauthorized: false } }],
  ["sslmode=verify-full", { ssl: { rejectUnauthorized: true } }],
  ["postgresql://me@db/jobs", { connectionString: "postgresql://me@db/jobs" }],
] as const)("%s", ([text, settings]) => expect(readConninfo(text)).toEqual(settings));

test("files of certificates are read", (context) => {
  const path = join(tmpFolder(context), "ca.pem");
  writeFileSync(path, "certificates");
  expect(readConninfo(`sslmode=verify-ca sslrootcert=${path}`)).toEqual({
    ssl: { rejectUnauthorized: true, ca: "certificates" },
  });
});

test.for(["host", "=x", "host='open", "service=x"])("%s is refused without a value in the text", (text) => {
  expect(() => readConninfo(text)).toThrow(
    /^libpq-conninfo: (?:NAME=VALUE is expected|service is not supported)$/,
  );
});
