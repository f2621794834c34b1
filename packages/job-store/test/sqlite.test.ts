import { existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { tmpFolder } from "@mod-gearman/testkit";
import { expect, type TestContext, test } from "vitest";
import { SqliteDriver } from "../src/sqlite/sqlite-driver.ts";
import type { StoredJob, StoredRow } from "../src/stored-job.ts";
import { job } from "./fake-driver.ts";

/** In the header of a database. Source: file format of SQLite, 1.3. */
const WRITE_VERSION_AT = 18;

function driverAt(context: TestContext, path: string, more: { table?: string; lockWaitMs?: number } = {}) {
  const driver = new SqliteDriver({ path, table: "gearman_queue", lockWaitMs: 0, ...more });
  context.onTestFinished(() => driver.close());
  return driver;
}

async function rowsOf(driver: SqliteDriver): Promise<StoredRow[]> {
  const rows: StoredRow[] = [];
  await driver.replay((row) => rows.push(row));
  return rows;
}

test("jobs come back byte for byte, in their order", async (context) => {
  const path = join(tmpFolder(context), "queue.db");
  const jobs: StoredJob[] = [
    job("plain"),
    job("\xff\xfe no UTF-8 \x80", { function: "f\xc3\xbc\xff" }),
    job("empty", { data: Buffer.alloc(0), priority: 0 }),
    job("low", { priority: 2, data: Buffer.from([0, 1, 0, 255]) }),
    job("later", { whenSeconds: 4_102_444_800 }),
    job("far", { whenSeconds: 2 ** 63 }),
    job("", { function: "" }),
  ];
  const first = driverAt(context, path);
  await first.open();
  await first.write(jobs.map((add) => ({ add })));
  await first.close();
  const second = driverAt(context, path);
  await second.open();
  const rows = await rowsOf(second);
  expect(rows).toEqual(
    jobs.map((one) => (one.key === "far" ? { ...one, whenSeconds: Number.MAX_SAFE_INTEGER } : one)),
  );
});

test("a file that cannot be written is refused when it is opened", async (context) => {
  const path = join(tmpFolder(context), "queue.db");
  const first = driverAt(context, path);
  await first.open();
  await first.close();
  const bytes = readFileSync(path);
  bytes[WRITE_VERSION_AT] = 3; // of a later SQLite: this one may only read, root too
  writeFileSync(path, bytes);
  await expect(driverAt(context, path).open()).rejects.toThrow(
    /queue\.db: attempt to write a readonly database/,
  );
});

test("more rows than a page, replaced and removed ones", async (context) => {
  const driver = driverAt(context, join(tmpFolder(context), "queue.db"));
  await driver.open();
  const keys = Array.from({ length: 2500 }, (_, at) => `k${at}`);
  await driver.write(keys.map((key) => ({ add: job(key) })));
  await driver.write([
    { remove: { function: "f", key: "k0" } },
    { remove: { function: "other", key: "k1" } },
    { add: job("k2", { data: Buffer.from("new") }) },
  ]);
  const rows = await rowsOf(driver);
  expect(rows.length).toBe(2499);
  expect(rows.map(({ key }) => key)).not.toContain("k0");
  expect(rows.find(({ key }) => key === "k2")?.data.toString()).toBe("new");
});

test("the table is gearmand's, with its types and no NULL", async (context) => {
  const path = join(tmpFolder(context), "queue.db");
  const driver = driverAt(context, path, { table: "my table" });
  await driver.open();
  await driver.write([{ add: job("a", { data: Buffer.alloc(0) }) }]);
  const database = new DatabaseSync(path);
  context.onTestFinished(() => database.close());
  expect(database.prepare("SELECT sql FROM sqlite_master WHERE type = 'table'").get()?.sql).toBe(
    'CREATE TABLE "my table" ( unique_key TEXT, function_name TEXT, priority INTEGER, data BLOB, when_to_run INTEGER, PRIMARY KEY (unique_key, function_name))',
  );
  const types = ["unique_key", "function_name", "priority", "data", "when_to_run"].map(
    (name) => `typeof(${name})`,
  );
  expect(Object.values(database.prepare(`SELECT ${types.join(", ")} FROM "my table"`).get() ?? {})).toEqual([
    "text",
    "text",
    "integer",
    "blob",
    "integer",
  ]);
  expect(database.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
});

test("rows that are not as they should be are taken as far as they make sense (X8, X10)", async (context) => {
  const path = join(tmpFolder(context), "queue.db");
  const database = new DatabaseSync(path);
  database.exec(`CREATE TABLE gearman_queue ( unique_key TEXT, function_name TEXT, priority INTEGER, data BLOB,
    PRIMARY KEY (unique_key, function_name));
    INSERT INTO gearman_queue VALUES ('null', 'f', 1, NULL), ('text', 'f', 9, 'words'), ('none', 'f', NULL, x'00');`);
  database.close();
  const driver = driverAt(context, path);
  await driver.open();
  expect(await rowsOf(driver)).toEqual([
    { ...job("null"), data: Buffer.alloc(0) },
    { ...job("text"), data: Buffer.from("words"), priority: 9 },
    { ...job("none"), data: Buffer.from([0]), priority: Number.NaN },
  ]);
});

test("a second job server on the same file is refused, and served when the first one has ended", async (context) => {
  const path = join(tmpFolder(context), "queue.db");
  const first = driverAt(context, path);
  await first.open();
  const second = driverAt(context, path);
  await expect(second.open()).rejects.toMatchObject({
    code: "IN_USE",
    message: `${path}: another job server uses this file`,
  });
  const third = driverAt(context, path, { lockWaitMs: 60_000 });
  const opened = third.open();
  await first.close();
  await opened;
});

test("a file that another program has locked fails that transaction, the next one is made", async (context) => {
  const path = join(tmpFolder(context), "queue.db");
  const driver = driverAt(context, path);
  await driver.open();
  const other = new DatabaseSync(path);
  context.onTestFinished(() => other.close());
  other.exec("BEGIN IMMEDIATE");
  await expect(driver.write([{ add: job("a") }])).rejects.toMatchObject({ code: "UNAVAILABLE" });
  other.exec("COMMIT");
  await driver.write([{ add: job("b") }]);
  expect((await rowsOf(driver)).map(({ key }) => key)).toEqual(["b"]);
});

test("a file that was removed while it is used takes nothing more", async (context) => {
  const path = join(tmpFolder(context), "queue.db");
  const driver = driverAt(context, path);
  await driver.open();
  rmSync(path);
  await expect(driver.write([{ add: job("a") }])).rejects.toMatchObject({
    code: "UNAVAILABLE",
    message: `${path}: the file was removed or replaced`,
  });
});

test.for(["no database", "a folder", "a missing folder"])("%s cannot be opened", async (kind, context) => {
  const folder = tmpFolder(context);
  const path =
    kind === "a folder" ? folder : join(folder, kind === "no database" ? "queue.db" : "none/queue.db");
  if (kind === "no database")
    writeFileSync(path, "This is not a database, but it is long enough to look like one.");
  const driver = driverAt(context, path);
  await expect(driver.open()).rejects.toMatchObject({ code: "CANNOT_OPEN" });
});

test("what is left behind the last commit of a killed server is no obstacle", async (context) => {
  const folder = tmpFolder(context);
  const path = join(folder, "queue.db");
  const driver = driverAt(context, path);
  await driver.open();
  await driver.write([{ add: job("a") }, { add: job("b") }]);
  // as after a kill: the write-ahead log stays, and ends with half a frame
  const copy = join(folder, "copy.db");
  for (const end of ["", "-wal"]) writeFileSync(`${copy}${end}`, readFileSync(`${path}${end}`));
  const bytes = statSync(`${copy}-wal`).size;
  writeFileSync(`${copy}-wal`, Buffer.concat([readFileSync(`${copy}-wal`), Buffer.alloc(2000, 0x5a)]));
  const second = driverAt(context, copy);
  await second.open();
  expect((await rowsOf(second)).map(({ key }) => key)).toEqual(["a", "b"]);
  await second.close();
  expect(existsSync(`${copy}-wal`)).toBe(false);
  expect(bytes).toBeGreaterThan(0);
  truncateSync(copy, 100);
  await expect(driverAt(context, copy).open()).rejects.toMatchObject({ code: "CANNOT_OPEN" });
});
