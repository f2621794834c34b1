import { spawnSync } from "node:child_process";
import { closeSync, fstatSync, mkdirSync, readdirSync, readSync, writeSync } from "node:fs";
import { tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { PipePool } from "../src/pipe-pool.ts";

const neverUnavailable = (reason: string) => {
  throw new Error(reason);
};

function close(...pipes: { readFd: number; writeFd: number }[]): void {
  for (const { readFd, writeFd } of pipes) for (const fd of [readFd, writeFd]) closeSync(fd);
}

test("returns two separate pipes, opened before and without a name in any folder", async (context) => {
  const folder = tmpFolder(context);
  const pool = new PipePool({ folder, onUnavailable: neverUnavailable });
  const pair = await pool.takePair();
  if (pair === undefined) throw new Error("no pipes");
  const [first, second] = pair;
  writeSync(first.writeFd, "one");
  writeSync(second.writeFd, "two");
  const bytes = Buffer.alloc(10);
  expect(bytes.toString("latin1", 0, readSync(second.readFd, bytes))).toBe("two");
  expect(bytes.toString("latin1", 0, readSync(first.readFd, bytes))).toBe("one");
  expect([fstatSync(first.readFd).isFIFO(), fstatSync(first.writeFd).nlink]).toEqual([true, 0]);
  expect(readdirSync(folder)).toEqual([]);
  expect(pool.idle).toBe(6);
  close(first, second);
  pool.close();
  expect(pool.idle).toBe(0);
  expect(await pool.takePair()).toBeUndefined();
});

test("concurrent requests share refills, and each pipe is used once", async (context) => {
  const pool = new PipePool({ folder: tmpFolder(context), onUnavailable: neverUnavailable });
  const pairs = await Promise.all(Array.from({ length: 60 }, () => pool.takePair()));
  const pipes = pairs.flatMap((pair) => [...(pair ?? [])]);
  expect(new Set(pipes.flatMap(({ readFd, writeFd }) => [readFd, writeFd])).size).toBe(240);
  close(...pipes);
  await expect.poll(() => pool.idle).toBeGreaterThan(0);
  pool.close();
});

test("without a folder: logs the reason once, returns none, and retries much later", async (context) => {
  const folder = `${tmpFolder(context)}/late`;
  const reasons: string[] = [];
  const pool = new PipePool({ folder, onUnavailable: (reason) => reasons.push(reason) });
  for (let count = 0; count < 1500; count++) expect(await pool.takePair()).toBeUndefined();
  expect(reasons).toEqual([expect.stringContaining("ENOENT")]);
  mkdirSync(folder);
  let pair: Awaited<ReturnType<typeof pool.takePair>>;
  for (let count = 0; count < 1000 && pair === undefined; count++) pair = await pool.takePair();
  close(...(pair ?? []));
  expect(pair).toBeDefined();
  pool.close();
});

test("without free descriptors runs fail with EMFILE as a shortage, and work again later", () => {
  const script = `
    import { openSync, closeSync } from "node:fs";
    import { createRunner, isResourceShortage } from "@mod-gearman/runner";
    const runner = createRunner();
    const run = () => runner.run({ commandLine: Buffer.from("/bin/echo x"), timeoutMs: 50000 });
    await run();
    const taken = [];
    try { for (;;) taken.push(openSync("/dev/null")); } catch {}
    const outcomes = [];
    for (let i = 0; i < 8; i++) outcomes.push(await run());
    for (const fd of taken) closeSync(fd);
    const after = await run();
const errors = outcomes.filter(isResourceShortage).map((outcome) => outcome.error.errno);
    const fine = outcomes.filter((outcome) => outcome.exitCode === 0);
    console.log(JSON.stringify({ errors: [...new Set(errors)], all: errors.length + fine.length, after: String(after.stdout) }));
    runner.close();
  `;
  const node = [process.execPath, "--conditions=source", "--input-type=module-typescript", "-e", '"$0"'].join(
    " ",
  );
  const child = spawnSync("/bin/sh", ["-c", `ulimit -n 128; exec ${node}`, script], {
    cwd: import.meta.dirname,
  });
  expect(child.stderr.toString()).toBe("");
  // each failure frees the pipes it had, so that some runs succeed
  expect(JSON.parse(child.stdout.toString())).toEqual({ errors: ["EMFILE"], all: 8, after: "x\n" });
});
