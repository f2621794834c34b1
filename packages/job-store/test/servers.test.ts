// @module-tag slow
import { connect } from "node:net";
import { userInfo } from "node:os";
import { type StoreServer, type StoreServerKind, startStoreServer } from "@mod-gearman/testkit";
import { createConnection } from "mysql2/promise";
import { describe, expect, type TestContext, test, vi } from "vitest";
import { createDriver, type StoreSettings } from "../src/create-job-store.ts";
import type { StoreDriver } from "../src/store-driver.ts";
import type { StoredJob, StoredRow } from "../src/stored-job.ts";
import { job } from "./fake-driver.ts";

const KINDS: readonly StoreServerKind[] = ["postgres", "mysql", "redis", "libmemcached"];

function settingsOf({ kind, port }: StoreServer): StoreSettings {
  const host = "127.0.0.1";
  if (kind === "postgres")
    return { type: kind, conninfo: `host=${host} port=${port} user=gearman dbname=postgres`, table: "queue" };
  if (kind === "mysql")
    return {
      type: kind,
      host,
      port,
      user: "gearman",
      password: undefined,
      database: "gearman",
      table: "my queue",
    };
  if (kind === "redis") return { type: kind, host, port, password: undefined, prefix: "_gear_" };
  return { type: kind, servers: `${host}:${port}`, prefix: "gear_" };
}

async function driverFor(context: TestContext, server: StoreServer): Promise<StoreDriver> {
  const driver = createDriver(settingsOf(server), () => undefined);
  context.onTestFinished(() => driver.close());
  await driver.open();
  return driver;
}

/** All rows, by their names. */
async function rowsOf(driver: StoreDriver): Promise<StoredRow[]> {
  const rows: StoredRow[] = [];
  await driver.replay((row) => rows.push(row));
  return rows.toSorted(byName);
}

const byName = (one: StoredRow, other: StoredRow): number =>
  `${one.function}\0${one.key}` < `${other.function}\0${other.key}` ? -1 : 1;

describe.for(KINDS)("%s", (kind) => {
  test("jobs come back byte for byte", async (context) => {
    const server = await startStoreServer(context, kind);
    const takesAnyName = kind === "mysql" || kind === "redis";
    const jobs: StoredJob[] = [
      job("plain"),
      job("Plain"), // names that differ in case only are different
      job("empty", { data: Buffer.alloc(0), priority: 0 }),
      job("low", { priority: 2, data: Buffer.from([0, 1, 13, 10, 0, 255]) }),
      job("b-c", { function: "a" }),
      job("c", { function: "a-b" }),
      job("x".repeat(64), { function: "f\xc3\xbc" }),
      job("large", { data: Buffer.alloc(900_000, "\0\\'\"x") }),
    ];
    if (kind !== "libmemcached") jobs.push(job("later", { whenSeconds: 4_102_444_800 }), job("with blank "));
    if (takesAnyName) jobs.push(job("\xff\xfe\x80", { function: "f\xff" }));
    const first = await driverFor(context, server);
    await first.write(jobs.map((add) => ({ add })));
    await first.close();
    const second = await driverFor(context, server);
    expect(await rowsOf(second)).toEqual(jobs.toSorted(byName));
  });

  test("rows are replaced and removed; one that is missing is no error", async (context) => {
    const server = await startStoreServer(context, kind);
    const driver = await driverFor(context, server);
    const keys = Array.from({ length: 2500 }, (_, at) => `k${at}`);
    await driver.write(keys.map((key) => ({ add: job(key) })));
    await driver.write([
      ...keys.slice(2).map((key) => ({ remove: { function: "f", key } })),
      { remove: { function: "f", key: "never" } },
      { add: job("k0", { data: Buffer.from("new") }) },
    ]);
    expect((await rowsOf(driver)).map(({ key, data }) => `${key} ${data}`)).toEqual([
      "k0 new",
      "k1 data of k1",
    ]);
  });

  test("a server that is killed fails that transaction; the next one finds it again", async (context) => {
    const server = await startStoreServer(context, kind);
    const driver = await driverFor(context, server);
    await driver.write([{ add: job("a") }]);
    await server.kill();
    await expect(driver.write([{ add: job("b") }])).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await server.start();
    await driver.write([{ add: job("c") }]);
    const kept = kind === "libmemcached" ? [] : ["a"];
    expect((await rowsOf(driver)).map(({ key }) => key)).toEqual([...kept, "c"]);
  });

  test("without a server the start fails with the reason", async (context) => {
    const server = await startStoreServer(context, kind);
    await server.kill();
    const driver = createDriver(settingsOf(server), () => undefined);
    await expect(driver.open()).rejects.toMatchObject({
      code: "CANNOT_OPEN",
      message: expect.stringMatching(/ECONNREFUSED|closed/i),
    });
  });
});

describe("without a user name it is that of the process", () => {
  const { username } = userInfo();

  test("postgres", async (context) => {
    vi.stubEnv("USER", "another-user");
    context.onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const { port } = await startStoreServer(context, "postgres");
    for (const conninfo of [
      `host=127.0.0.1 port=${port} dbname=postgres`,
      `postgresql://127.0.0.1:${port}/postgres`,
    ]) {
      const driver = createDriver({ type: "postgres", conninfo, table: "queue" }, () => undefined);
      await expect(driver.open()).rejects.toThrow(`role "${username}" does not exist`);
    }
  });

  test("mysql", async (context) => {
    const server = await startStoreServer(context, "mysql");
    const settings = { ...settingsOf(server), user: undefined } as StoreSettings;
    const driver = createDriver(settings, () => undefined);
    context.onTestFinished(() => driver.close());
    await driver.open();
    const other = await createConnection({ host: "127.0.0.1", port: server.port, user: "other" });
    const [rows] = await other.query("SELECT user FROM information_schema.processlist WHERE user <> 'other'");
    other.destroy();
    expect(rows).toContainEqual({ user: username });
  });
});

test.for([
  ["postgres", job("k", { function: "f".repeat(300) })],
  ["postgres", job("no UTF-8 \xff")],
  ["mysql", job("k", { function: "f".repeat(300) })],
  ["mysql", job("k", { data: Buffer.alloc(17_000_000) })],
  ["libmemcached", job("with blank")],
  ["libmemcached", job("k".repeat(64), { function: "f".repeat(190) })],
  ["libmemcached", job("k", { whenSeconds: 4_102_444_800 })],
  ["libmemcached", job("k", { data: Buffer.alloc(2_000_000) })],
] as const)("%s refuses a job that it cannot store, and goes on", async ([kind, bad], context) => {
  const server = await startStoreServer(context, kind);
  const driver = await driverFor(context, server);
  await expect(driver.write([{ add: bad }])).rejects.toMatchObject({ code: "REFUSED" });
  await driver.write([{ add: job("good") }]);
  expect((await rowsOf(driver)).map(({ key }) => key)).toEqual(["good"]);
});

/** Sends lines to a server of text and reads what it answers within a pause. */
function ask(port: number, request: string, end: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    socket.on("error", reject);
    socket.on("data", (chunk) => {
      answer += chunk.toString("latin1");
      if (!answer.includes(end)) return;
      socket.destroy();
      resolve(answer);
    });
    socket.write(request, "latin1");
  });
}

test("redis has the layout of gearmand: a hash with function and unique", async (context) => {
  const server = await startStoreServer(context, "redis");
  const driver = await driverFor(context, server);
  await driver.write([{ add: job("host-ping", { data: Buffer.from("w") }) }]);
  expect(await ask(server.port, "HGETALL _gear_-f-host-ping\r\n", "host-ping\r\n")).toBe(
    "*8\r\n$4\r\ndata\r\n$1\r\nw\r\n$8\r\npriority\r\n$1\r\n1\r\n$8\r\nfunction\r\n$1\r\nf\r\n$6\r\nunique\r\n$9\r\nhost-ping\r\n",
  );
});

test("redis: jobs of older releases of gearmand are found, by their keys", async (context) => {
  const server = await startStoreServer(context, "redis");
  await ask(server.port, "HSET _gear_-f-hash data w priority 0\r\n", "\r\n");
  await ask(server.port, "SET _gear_-f-text-x w\r\n", "\r\n");
  await ask(server.port, "SADD _gear_-f-set w\r\n", "\r\n");
  const driver = await driverFor(context, server);
  const data = Buffer.from("w");
  expect(await rowsOf(driver)).toEqual([job("hash", { data, priority: 0 }), job("text-x", { data })]);
});

test("redis: a job of gearmand with a hyphen in its function is removed under the key it was found", async (context) => {
  const server = await startStoreServer(context, "redis");
  const found = "HSET _gear_-check-http-u data w priority 1 function check-http unique u\r\n";
  const row = job("u", { function: "check-http", data: Buffer.from("w") });
  const read = async (): Promise<[StoreDriver, StoredRow[]]> => {
    const driver = await driverFor(context, server);
    return [driver, await rowsOf(driver)];
  };
  await ask(server.port, found, "\r\n");
  const [first, rows] = await read();
  expect(rows).toEqual([row]);
  await first.write([{ remove: row }]);
  expect(await rowsOf(first)).toEqual([]);
  await first.write([{ add: row }]);
  await ask(server.port, found, "\r\n"); // it has both keys now
  const [second, once] = await read();
  expect(once).toEqual([row]);
  await second.write([{ remove: row }]);
  expect(await rowsOf(second)).toEqual([]);
});

test("libmemcached has the layout of gearmand: the priority as flags", async (context) => {
  const server = await startStoreServer(context, "libmemcached");
  const driver = await driverFor(context, server);
  await driver.write([{ add: job("host-ping", { data: Buffer.from("w"), priority: 2 }) }]);
  expect(await ask(server.port, "get gear_f-host-ping\r\n", "END\r\n")).toBe(
    "VALUE gear_f-host-ping 2 1\r\nw\r\nEND\r\n",
  );
});
