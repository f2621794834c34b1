import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gearmandTable } from "@mod-gearman/config";
import { JobPeer, tmpFolder } from "@mod-gearman/testkit";
import { expect, type TestContext, test } from "vitest";
import { STORE_OPTIONS } from "../src/store.ts";
import { quiet, run, TestWorld } from "./world.ts";

/** Starts the program. @returns stops it, with its exit code */
async function started(
  context: TestContext,
  world: TestWorld,
  ...argv: string[]
): Promise<() => Promise<number>> {
  const ended = run(quiet(tmpFolder(context), ...argv), world);
  await Promise.race([world.isListening, ended]);
  return () => {
    world.wish("stop");
    return ended;
  };
}

const portOf = (world: TestWorld): number => world.server?.address()?.port ?? 0;

function rowsIn(file: string, table: string): number {
  const database = new DatabaseSync(file);
  const { count } = database.prepare(`SELECT count(*) AS count FROM ${table}`).get() as { count: number };
  database.close();
  return count;
}

test("--queue-type=libsqlite3: what was acknowledged is there after a restart", async (context) => {
  const file = join(tmpFolder(context), "queue.db");
  const argv = ["-q", "libsqlite3", `--libsqlite3-db=${file}`, "--libsqlite3-table=mine", "--verbose=INFO"];
  const first = new TestWorld();
  const stopFirst = await started(context, first, ...argv);
  const client = await JobPeer.connect(portOf(first));
  await client.submit("f", Buffer.from("w"), "u");
  expect(rowsIn(file, "mine")).toBe(1);
  expect(first.server?.stats().store).toMatchObject({
    isRefusing: false,
    commits: 1,
    changes: 1,
    pending: 0,
  });
  expect(await stopFirst()).toBe(0);

  const second = new TestWorld();
  const stopSecond = await started(context, second, ...argv);
  expect(second.logged).toMatch(/ INFO .*Took 1 jobs over from the store\n/);
  const worker = await JobPeer.connect(portOf(second));
  const taken = Promise.withResolvers<string>();
  worker.take(["f"], (workload) => taken.resolve(workload.toString()));
  expect(await taken.promise).toBe("w");
  await expect.poll(() => second.server?.stats().jobs).toBe(0);
  expect(await stopSecond()).toBe(0);
  expect(rowsIn(file, "mine")).toBe(0);
});

test("--store-queue-on-shutdown: rows come with the end", async (context) => {
  const file = join(tmpFolder(context), "queue.db");
  const world = new TestWorld();
  const argv = ["-q", "libsqlite3", `--libsqlite3-db=${file}`, "--store-queue-on-shutdown"];
  const stop = await started(context, world, ...argv);
  const client = await JobPeer.connect(portOf(world));
  await client.submit("f", Buffer.from("w"), "u");
  expect(rowsIn(file, "gearman_queue")).toBe(0);
  expect(await stop()).toBe(0);
  expect(rowsIn(file, "gearman_queue")).toBe(1);
});

test("a file that another job server uses ends the start", async (context) => {
  const file = join(tmpFolder(context), "queue.db");
  const argv = ["-q", "libsqlite3", `--libsqlite3-db=${file}`, "--bind-timeout=0"];
  const stop = await started(context, new TestWorld(), ...argv);
  const second = new TestWorld();
  const stopSecond = await started(context, second, ...argv);
  expect(await stopSecond()).toBe(1);
  expect(second.errors).toEqual([`gearmand: ${file}: another job server uses this file`]);
  expect(await stop()).toBe(0);
});

test("options of a store that is not selected have no effect, which is said", async () => {
  const world = new TestWorld();
  const argv = ["--config-file=/dev/null", "--check-args", "--libsqlite3-db=x", "--store-queue-on-shutdown"];
  expect(await run(argv, world)).toBe(0);
  expect(world.errors).toEqual([
    "gearmand: libsqlite3-db has no effect without --queue-type=libsqlite3",
    "gearmand: store-queue-on-shutdown has no effect without a --queue-type other than builtin",
  ]);
});

test("all options of stores are options of the program", () => {
  for (const name of Object.values(STORE_OPTIONS).flat()) expect(gearmandTable).toHaveProperty([name]);
});
