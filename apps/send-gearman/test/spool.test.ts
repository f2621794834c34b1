// @module-tag slow
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  closedAddress,
  type Ended,
  jobText,
  type TakenJob,
  type TestContext,
  takingServer,
  tmpFolder,
  waitFor,
} from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { sender } from "./built-program.ts";

const single = (output: string): string[] => ["--host=h", `--message=${output}`];
const outputs = (jobs: readonly TakenJob[]): (string | undefined)[] =>
  jobs.map((job) => /^output=(.*)$/m.exec(jobText(job))?.[1]);

/** Sends one result without a server. */
async function keep(
  context: TestContext,
  folder: string,
  output: string,
  more: string[] = [],
): Promise<Ended> {
  const args = [`--server=${await closedAddress()}`, `--spool=${folder}`, ...single(output), ...more];
  return sender.run(context, args);
}

test("no server: kept and reported, exit code 0; the next call sends it first", async (context) => {
  const folder = join(tmpFolder(context), "spool");
  for (const output of ["one", "two"]) {
    const ended = await keep(context, folder, output);
    expect(ended).toMatchObject({ code: 0, stdout: "" });
    expect(ended.stderr).toMatch(/^sending job to gearmand failed: GEARMAN_COULD_NOT_CONNECT .*\n1 result/);
    expect(ended.stderr).toContain(`1 result(s) kept in ${folder} until a server is there\n`);
  }
  const { address, jobs } = await takingServer(context);
  const ended = await sender.run(context, [`--server=${address}`, `--spool=${folder}`, ...single("three")]);
  expect(ended).toEqual({ code: 0, stdout: "", stderr: "2 result(s) kept by an earlier call were sent\n" });
  expect(outputs(jobs())).toEqual(["one", "two", "three"]);
  expect(readdirSync(folder)).toEqual([]);
});

test("a list without a server: all results are kept in order", async (context) => {
  const folder = join(tmpFolder(context), "spool");
  const stdin = Buffer.from(Array.from({ length: 500 }, (_, at) => `h\ts\t0\t${at}\n`).join(""));
  const away = [
    `--server=${await closedAddress()}`,
    `--spool=${folder}`,
    "--key=a key of more than 16 bytes",
  ];
  const kept = await sender.run(context, away, { stdin });
  expect(kept).toMatchObject({ code: 0, stdout: "0 data packet(s) sent to host successfully.\n" });
  const { address, jobs } = await takingServer(context);
  const sent = await sender.run(context, [`--server=${address}`, `--spool=${folder}`], {
    stdin: Buffer.from(""),
  });
  expect(sent.stderr).toBe("500 result(s) kept by an earlier call were sent\n");
  const texts = jobs().map((job) => jobText(job, "a key of more than 16 bytes"));
  expect(texts.map((text) => /^output=(.*)$/m.exec(text)?.[1])).toEqual(
    Array.from({ length: 500 }, (_, at) => String(at)),
  );
});

test("concurrent calls, first without a server, then with one: each result arrives once", async (context) => {
  const folder = join(tmpFolder(context), "spool");
  const names = Array.from({ length: 8 }, (_, at) => `result ${at}`);
  const kept = await Promise.all(names.map((name) => keep(context, folder, name)));
  expect(kept.map(({ code }) => code)).toEqual(names.map(() => 0));
  const { address, jobs } = await takingServer(context);
  const more = Array.from({ length: 4 }, (_, at) => `new ${at}`);
  const sent = await Promise.all(
    more.map((name) => sender.run(context, [`--server=${address}`, `--spool=${folder}`, ...single(name)])),
  );
  expect(sent.map(({ code }) => code)).toEqual(more.map(() => 0));
  expect(outputs(jobs()).toSorted()).toEqual([...more, ...names]);
});

test("a full spool: results that do not fit fail and are reported", async (context) => {
  const folder = join(tmpFolder(context), "spool");
  const full = await keep(context, folder, "x".repeat(60_000), ["--spool_max=65536"]);
  expect(full.stderr).toMatch(/ record not kept: it is full \(65536 bytes\)$/m);
  expect(full.stderr).toMatch(/^0 sent, 0 kept, 0 skipped, 1 failed$/m);
  expect(full.code).toBe(3);
  expect((await keep(context, folder, "small", ["--spool_max=65536"])).code).toBe(0);
});

test("an unusable folder: one line, exit code 3", async (context) => {
  const ended = await keep(context, "/dev/null/spool", "x");
  expect(ended.code).toBe(3);
  expect(ended.stderr).toMatch(/^cannot use the spool: \/dev\/null\/spool: cannot be used \(/m);
});

test("a kept result is copied to the dup server when it is sent", async (context) => {
  const folder = join(tmpFolder(context), "spool");
  const dup = await takingServer(context);
  const copies = `--dupserver=${dup.address}`;
  await keep(context, folder, "one", [copies]);
  expect(dup.jobs()).toEqual([]);
  const { address } = await takingServer(context);
  await sender.run(context, [`--server=${address}`, `--spool=${folder}`, copies, ...single("two")]);
  expect(outputs(dup.jobs())).toEqual(["one", "two"]);
});

test("spool-byte: six results are spooled, byte 100 is overwritten: five arrive, the sixth is set aside and counted", async (context) => {
  const folder = join(tmpFolder(context), "spool");
  const names = Array.from({ length: 6 }, (_, at) => `result ${at}`);
  for (const name of names) await keep(context, folder, name);
  const [segment = ""] = readdirSync(folder).filter((name) => name.endsWith(".spool"));
  const content = readFileSync(join(folder, segment));
  content[100] = 0;
  writeFileSync(join(folder, segment), content);
  const { address, jobs } = await takingServer(context);
  const ended = await sender.run(context, [`--server=${address}`, `--spool=${folder}`, ...single("new")]);
  expect(outputs(jobs())).toEqual([...names.slice(1), "new"]);
  expect(ended.code).toBe(0);
  expect(ended.stderr).toMatch(
    /: 1 damaged place\(s\), passed over: \d+ of \d+ bytes are in .*\.damaged now$/m,
  );
  expect(ended.stderr).toContain("5 result(s) kept by an earlier call were sent\n");
  expect(readdirSync(folder)).toEqual([`${segment}.damaged`]);
});

test("earlier records and no server: a killed list loses no result that it had read", async (context) => {
  const folder = join(tmpFolder(context), "spool");
  await keep(context, folder, "old");
  const args = [`--server=${await closedAddress()}`, `--spool=${folder}`];
  const { child } = sender.start(context, args, { stdin: "open" });
  child.stdin?.write(Array.from({ length: 100 }, (_, at) => `h\ts\t0\t${at}\n`).join(""));
  const closed = once(child, "close");
  const onDisk = () =>
    readdirSync(folder)
      .filter((name) => name.endsWith(".spool"))
      .flatMap((name) => readFileSync(join(folder, name), "latin1").split("check_results").slice(1)).length;
  await waitFor("all results on disk", () => onDisk() === 101);
  child.kill("SIGKILL");
  await closed;
  const { address, jobs } = await takingServer(context);
  await sender.run(context, [`--server=${address}`, `--spool=${folder}`, ...single("last")]);
  expect(outputs(jobs())).toEqual(["old", ...Array.from({ length: 100 }, (_, at) => `${at}`), "last"]);
});
