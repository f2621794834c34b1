import * as fs from "node:fs";
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, tmpFolder } from "@mod-gearman/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_DAMAGED_BYTES, MAX_DAMAGED_FILES } from "../src/damaged-files.ts";
import { bytes, crashImage, openFor, segmentFiles, waiting } from "./fixtures.ts";

const HEADER_BYTES = 8;
const MAGIC_BYTES = 8;

/** Position of a record in its segment. */
interface Placed {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

interface Image {
  readonly folder: string;
  readonly file: string;
  readonly waiting: readonly Placed[];
}

function placed(texts: readonly string[]): Placed[] {
  let start = MAGIC_BYTES;
  return texts.map((text) => {
    const end = start + HEADER_BYTES + text.length;
    const one = { start, end, text };
    start = end;
    return one;
  });
}

/** A folder as a crash leaves it, with one segment of `texts`; those for which `done` is true are acknowledged. */
function image(task: TestContext, texts: readonly string[], done: (index: number) => boolean): Image {
  const base = tmpFolder(task);
  const live = openFor(task, join(base, "live"));
  for (const text of texts) live.append(bytes(text));
  live.peek(texts.length).forEach(({ id }, index) => {
    if (done(index)) live.acknowledge(id);
  });
  const folder = crashImage(join(base, "live"), join(base, "image"));
  live.close();
  const [file = ""] = segmentFiles(folder);
  return { folder, file, waiting: placed(texts).filter((_, index) => !done(index)) };
}

const isNone = (): boolean => false;
const asideFiles = (folder: string): string[] =>
  readdirSync(folder).filter((name) => name.endsWith(".damaged"));

function overwrite(file: string, at: number, by: Buffer): void {
  const content = readFileSync(file);
  by.copy(content, at);
  writeFileSync(file, content);
}

describe("spool-byte: one byte of a segment is overwritten", () => {
  const texts = Array.from({ length: 6 }, (_, at) => `result ${at} ${"x".repeat(20)}`);

  test("the other records are delivered, the damaged one is set aside, counted and logged", (task) => {
    const { folder, file } = image(task, texts, isNone);
    overwrite(file, 100, Buffer.alloc(1));
    const lines: string[] = [];
    const spool = openFor(task, folder, { logger: { warn: (text) => lines.push(text) } });
    expect(waiting(spool)).toEqual(texts.filter((_, at) => at !== 2));
    expect([spool.length, spool.dropped]).toEqual([5, 1]);
    const [aside = ""] = asideFiles(folder);
    expect(readFileSync(join(folder, aside), "latin1")).toContain("result 2 ");
    expect(lines).toEqual([
      `${file}: 1 damaged place(s), passed over: 37 of 37 bytes are in 0000000000000000.spool.damaged now`,
    ]);
  });

  test("the damage is reported once, and new records are appended", (task) => {
    const { folder, file } = image(task, texts, isNone);
    overwrite(file, 100, Buffer.alloc(1));
    openFor(task, folder).close();
    const lines: string[] = [];
    const spool = openFor(task, folder, { logger: { warn: (text) => lines.push(text) } });
    expect([spool.dropped, lines, spool.append(bytes("new"))]).toEqual([0, [], true]);
    expect(waiting(spool)).toEqual([...texts.filter((_, at) => at !== 2), "new"]);
    spool.close();
    const again = openFor(task, folder);
    expect(waiting(again)).toEqual([...texts.filter((_, at) => at !== 2), "new"]);
    for (const { id } of again.peek(10)) again.acknowledge(id);
    again.close();
    expect(readdirSync(folder)).toEqual(["0000000000000000.spool.damaged"]);
  });

  test("any byte, any bits flipped: only the record containing it is lost", (task) => {
    const {
      folder,
      file,
      waiting: expected,
    } = image(task, ["a", "", "bcd\0\0\0\0", "x".repeat(40), "e"], isNone);
    const whole = readFileSync(file);
    for (let at = 0; at < whole.length; at++) {
      for (const mask of [1, 0xff]) {
        const copy = crashImage(folder, join(tmpFolder(task), "copy"));
        overwrite(segmentFiles(copy)[0] ?? "", at, Buffer.of((whole[at] ?? 0) ^ mask));
        const spool = openFor(task, copy);
        const left = expected.filter(({ start, end }) => at < start || at >= end);
        expect(waiting(spool), `byte ${at}`).toEqual(left.map(({ text }) => text));
        expect(spool.dropped, `byte ${at}`).toBe(at < MAGIC_BYTES ? 0 : 1);
        spool.close();
      }
    }
  });
});

describe("any range of a segment is overwritten, or its end truncated", () => {
  const fakeHeader = "\0\0\0\x10\0\0\0\0\0\0\x01\0";
  const text = fc.oneof(
    fc.string({ maxLength: 60, unit: "binary-ascii" }),
    fc.nat(300).map((length) => "x".repeat(length)), // many of one length: a wrong length leads to another record
    fc.nat(30).map((count) => fakeHeader.repeat(count)),
    fc.constant("\0".repeat(50)),
  );
  const garbage = fc.oneof(
    fc.constant(() => 0),
    fc.constant(() => 0xff),
    fc.nat(255).map((seed) => (at: number) => (at * 167 + seed * 31) & 0xff),
  );
  const damage = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
    length: fc.nat(400),
    byte: garbage,
    cut: fc.boolean(),
  });

  test("only records in that range are lost, and delivered ones are not returned again", (task) => {
    fc.assert(
      fc.property(
        fc.array(text, { minLength: 1, maxLength: 12 }),
        damage,
        fc.nat(4095),
        (texts, how, done) => {
          const isDone = (index: number): boolean => ((done >> index) & 1) === 1;
          const { folder, file, waiting: expected } = image(task, texts, isDone);
          if (file === "") return; // all were delivered
          const before = readFileSync(file);
          const from = Math.floor(how.at * before.length);
          const to = how.cut ? before.length : Math.min(before.length, from + how.length);
          if (how.cut) truncateSync(file, from);
          else overwrite(file, from, Buffer.from(Array.from({ length: to - from }, (_, at) => how.byte(at))));
          const after = readFileSync(file);
          const isSame = ({ start, end }: Placed): boolean =>
            after.subarray(start, end).equals(before.subarray(start, end));
          const left = expected.filter(isSame);
          const spool = openFor(task, folder);
          expect(waiting(spool)).toEqual(left.map((one) => one.text));
          expect(spool.dropped).toBeLessThanOrEqual(placed(texts).filter((one) => !isSame(one)).length);
          if (!how.cut && left.length > 0 && left.length < expected.length)
            expect(spool.dropped).toBeGreaterThan(0);
          spool.close();
          const again = openFor(task, folder);
          expect([waiting(again), again.dropped]).toEqual([left.map((one) => one.text), 0]);
          again.close();
        },
      ),
      { numRuns: 100 },
    );
  });
});

test("any byte of the done entries is overwritten: no record is lost", (task) => {
  const texts = ["a", "b", "c", "d"];
  const { folder, file } = image(task, texts, (index) => index !== 2);
  const notes = readFileSync(`${file}.done`);
  for (let at = 0; at < notes.length; at++) {
    const copy = crashImage(folder, join(tmpFolder(task), "copy"));
    overwrite(`${segmentFiles(copy)[0]}.done`, at, Buffer.of((notes[at] ?? 0) ^ 0x55));
    const spool = openFor(task, copy);
    expect(waiting(spool)).toContain("c");
    expect(spool.length).toBe(2);
    spool.close();
  }
});

describe("done entries of an earlier release, which contain record numbers", () => {
  const numbers = (...all: number[]): Buffer =>
    Buffer.concat(
      all.map((number) => {
        const note = Buffer.alloc(8);
        note.writeUInt32BE(number, 0);
        note.writeUInt32BE(~number >>> 0, 4);
        return note;
      }),
    );

  test("are used", (task) => {
    const { folder, file } = image(task, ["a", "b", "c"], isNone);
    writeFileSync(`${file}.done`, numbers(1, 3, 4, 0));
    expect(waiting(openFor(task, folder))).toEqual(["b"]);
  });

  test("are ignored behind damage: a record may be returned again, none is lost", (task) => {
    const { folder, file } = image(task, ["a", "b", "c", "d", "e"], isNone);
    writeFileSync(`${file}.done`, numbers(1, 4));
    overwrite(file, 8 + 9 + 2, bytes("damage")); // b
    expect(waiting(openFor(task, folder))).toEqual(["c", "d", "e"]);
  });
});

test("damaged bytes are kept up to a number of bytes and of files; the newest are kept", (task) => {
  const folder = join(tmpFolder(task), "spool");
  for (let round = 0; round < MAX_DAMAGED_FILES + 3; round++) {
    const spool = openFor(task, folder);
    expect([spool.append(Buffer.alloc(MAX_DAMAGED_BYTES + 1000, "x")), spool.length]).toEqual([true, 1]);
    spool.close();
    overwrite(segmentFiles(folder)[0] ?? "", 500, bytes("damage"));
    const damaged = openFor(task, folder);
    expect([damaged.length, damaged.dropped]).toEqual([0, 1]);
    damaged.close();
  }
  const files = asideFiles(folder);
  expect(files).toEqual(
    Array.from({ length: MAX_DAMAGED_FILES }, (_, at) => `${`${at + 3}`.padStart(16, "0")}.spool.damaged`),
  );
  for (const name of files) expect(statSync(join(folder, name)).size).toBe(MAX_DAMAGED_BYTES);
});

test("damaged bytes that cannot be set aside are logged, and no record behind them is lost", (task) => {
  const { folder, file } = image(task, ["a", "b", "c"], isNone);
  overwrite(file, MAGIC_BYTES + HEADER_BYTES, bytes("A"));
  const openSync: typeof fs.openSync = (path, ...more) => {
    if (`${path}`.endsWith(".damaged")) throw new Error("ENOSPC: no space left on device");
    return fs.openSync(path, ...more);
  };
  const lines: string[] = [];
  const options = { disk: { ...fs, openSync }, logger: { warn: (text: string) => lines.push(text) } };
  expect(waiting(openFor(task, folder, options))).toEqual(["b", "c"]);
  expect(lines).toEqual([expect.stringContaining("could not be set aside: ENOSPC")]);
});
