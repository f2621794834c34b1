import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { tmpFolder } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { bytes, crashImage, openFor, segmentFiles, waiting } from "./fixtures.ts";

const texts = ["first", "second", "third"];

/** A folder with `texts` as a crash leaves it; `change` modifies the one segment file. */
function crashed(task: Parameters<typeof openFor>[0], change: (file: string) => void): string {
  const base = tmpFolder(task);
  const spool = openFor(task, join(base, "live"));
  for (const text of texts) spool.append(bytes(text));
  const folder = crashImage(join(base, "live"), join(base, "image"));
  const [file = ""] = segmentFiles(folder);
  change(file);
  return folder;
}

describe("a torn end", () => {
  const whole = 8 + texts.reduce((sum, text) => sum + 8 + text.length, 0);
  const lastStart = whole - 8 - "third".length;

  test("is truncated, cut at every byte of the last record, and the file continues there", (task) => {
    for (let size = lastStart; size < whole; size++) {
      const folder = crashed(task, (file) => truncateSync(file, size));
      const spool = openFor(task, folder);
      expect(waiting(spool)).toEqual(["first", "second"]);
      expect(spool.dropped).toBe(size === lastStart ? 0 : 1);
      expect(spool.append(bytes("new"))).toBe(true);
      spool.close();
      expect(waiting(openFor(task, folder))).toEqual(["first", "second", "new"]);
    }
  });

  test("of zeros, as after a power cut, is truncated", (task) => {
    const spool = openFor(
      task,
      crashed(task, (file) => appendFileSync(file, Buffer.alloc(4096))),
    );
    expect(waiting(spool)).toEqual(texts);
    expect(spool.dropped).toBe(1);
  });

  test("without a complete record removes the segment", (task) => {
    for (const size of [0, 3, 8, 12]) {
      const folder = crashed(task, (file) => truncateSync(file, size));
      expect(openFor(task, folder).length).toBe(0);
      const aside = size === 12 ? ["0000000000000000.spool.damaged"] : [];
      expect(readdirSync(folder)).toEqual([...aside, "lock"]);
    }
  });
});

test("a record damaged while the spool is open is dropped and counted", (task) => {
  const folder = tmpFolder(task);
  const spool = openFor(task, folder);
  for (const text of texts) spool.append(bytes(text));
  const [file = ""] = segmentFiles(folder);
  const content = readFileSync(file);
  content[content.indexOf("second")] = 0x53;
  writeFileSync(file, content);
  expect(waiting(spool)).toEqual(["first", "third"]);
  expect([spool.length, spool.dropped]).toEqual([2, 1]);
  truncateSync(file, 20);
  expect([waiting(spool), spool.length, spool.dropped]).toEqual([[], 0, 3]);
});

test("a torn done entry: its record is returned again, no other is hidden, and later entries are valid", (task) => {
  const base = tmpFolder(task);
  const live = openFor(task, join(base, "live"));
  for (const text of texts) live.append(bytes(text));
  for (const { id } of live.peek(2)) live.acknowledge(id);
  const folder = crashImage(join(base, "live"), join(base, "image"));
  const [file = ""] = segmentFiles(folder);
  truncateSync(`${file}.done`, 11);
  const spool = openFor(task, folder);
  expect(waiting(spool)).toEqual(["second", "third"]);
  spool.acknowledge(spool.peek(1)[0]?.id ?? -1);
  const after = crashImage(folder, join(base, "image2"));
  appendFileSync(`${segmentFiles(after)[0]}.done`, Buffer.alloc(64));
  expect(waiting(openFor(task, after))).toEqual(["third"]);
});

test("done entries without records, left by a crash between two removals, do not affect later records", (task) => {
  const folder = crashed(task, (file) => {
    rmSync(file);
    writeFileSync(`${file}.done`, Buffer.from("00000001fffffffe", "hex"));
  });
  const spool = openFor(task, folder);
  spool.append(bytes("new"));
  expect(waiting(spool)).toEqual(["new"]);
});

test("a file with another name is left alone", (task) => {
  const folder = crashed(task, (file) => writeFileSync(file, "something else entirely"));
  const lines: string[] = [];
  const spool = openFor(task, folder, { logger: { warn: (text) => lines.push(text) } });
  expect(spool.append(bytes("x"))).toBe(true);
  expect([waiting(spool), lines.length]).toEqual([["x"], 1]);
  spool.close();
  expect(readFileSync(join(folder, "0000000000000000.spool"), "latin1")).toBe("something else entirely");
});

test("a killed process loses no record that it reported as kept", async (task) => {
  const folder = join(tmpFolder(task), "spool");
  const flags = ["--experimental-strip-types", "--no-warnings", "--conditions=source"];
  const script = fileURLToPath(new URL("append-for-ever.ts", import.meta.url));
  const child = spawn(process.execPath, [...flags, script, folder], { stdio: ["ignore", "pipe", "inherit"] });
  const gone = once(child, "exit");
  let kept = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    kept = Math.max(kept, Number(line));
    if (kept === 200) child.kill("SIGKILL");
  }
  await gone;
  expect(existsSync(join(folder, "lock"))).toBe(true);
  const found = waiting(openFor(task, folder, { maxBytes: 64 << 20 }));
  expect(found.slice(0, kept)).toEqual(Array.from({ length: kept }, (_, at) => `record ${at + 1}`));
  expect(found.length).toBeGreaterThanOrEqual(kept);
});
