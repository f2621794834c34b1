import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  parseCountersLine,
  parsePriorityStatusLine,
  parseStatusLine,
  parseVersionLine,
  parseWorkerLine,
  printPriorityStatusLine,
  printStatusLine,
  printWorkerLine,
  splitCommand,
} from "../src/index.ts";
import { bytes } from "./arbitraries.ts";
import { loadVectors } from "./vectors.ts";

const latin1 = (text: string) => Buffer.from(text, "latin1");
const { cases } = loadVectors<{ cases: { command: string; reply: string }[] }>("gearman-admin");
const linesOf = (command: string) =>
  (cases.find((row) => row.command === command)?.reply ?? "").split("\n").filter((line) => line.length > 1);

describe("tables of gearmand 1.1.20 are parsed and printed unchanged", () => {
  test.for(linesOf("status\n"))("status: %s", (line) => {
    const status = parseStatusLine(latin1(line));
    expect(status && printStatusLine(status).toString("latin1")).toBe(`${line}\n`);
  });
  test.for(linesOf("prioritystatus\n"))("prioritystatus: %s", (line) => {
    const status = parsePriorityStatusLine(latin1(line));
    expect(status && printPriorityStatusLine(status).toString("latin1")).toBe(`${line}\n`);
  });
  test.for(linesOf("workers\n"))("workers: %s", (line) => {
    const worker = parseWorkerLine(latin1(line));
    expect(worker && printWorkerLine(worker).toString("latin1")).toBe(`${line}\n`);
  });
  test("each kind was captured", () => {
    expect(linesOf("status\n").length).toBeGreaterThan(5);
    expect(linesOf("prioritystatus\n").length).toBeGreaterThan(5);
    expect(linesOf("workers\n").length).toBeGreaterThan(2);
  });
});

test.for([
  ["left over\t1\t0\t0", { queue: "left over", total: 1, running: 0, workers: 0 }],
  ["lab\t12\t3\t4\tnew column", { queue: "lab", total: 12, running: 3, workers: 4 }],
  ["\t1\t2\t3", { queue: "", total: 1, running: 2, workers: 3 }],
  ["lab\tx\t2y\t-1", { queue: "lab", total: 0, running: 2, workers: 0 }],
  ["lab\t99999999999999999999\t0\t0", { queue: "lab", total: 2147483647, running: 0, workers: 0 }],
  ["\xfcml\t0\t0\t0", { queue: "\xfcml", total: 0, running: 0, workers: 0 }],
] as const)("status line %j", ([line, expected]) => {
  expect(parseStatusLine(latin1(line))).toEqual({ ...expected, queue: latin1(expected.queue) });
});

test.for(["", ".", "lab", "lab\t1", "lab\t1\t2", "OK 1.1.20"])("%j is no status line", (line) => {
  expect(parseStatusLine(latin1(line))).toBeUndefined();
});

test.for(["", "lab\t1\t2\t3", "x"])("%j is no prioritystatus line", (line) => {
  expect(parsePriorityStatusLine(latin1(line))).toBeUndefined();
});

test.for([
  ["36 127.0.0.1 - :", { fd: 36, ip: "127.0.0.1", id: "-", functions: [] }],
  ["7 ::1 my worker : a b", { fd: 7, ip: "::1", id: "my worker", functions: ["a", "b"] }],
  ["7 ::1  : a", { fd: 7, ip: "::1", id: "", functions: ["a"] }],
  ["7 ::1  :", { fd: 7, ip: "::1", id: "", functions: [] }],
  ["7 ::1 odd : id : x:y", { fd: 7, ip: "::1", id: "odd : id", functions: ["x:y"] }],
] as const)("workers line %j", ([line, expected]) => {
  const { fd, ip, id, functions } = expected;
  const worker = { fd, ip: latin1(ip), id: latin1(id), functions: functions.map(latin1) };
  expect(parseWorkerLine(latin1(line))).toEqual(worker);
  expect(printWorkerLine(worker).toString("latin1")).toBe(`${line}\n`);
});

test.for(["", ":", "7", "7 ::1", "7 ::1 id", "7 :", "a:b c d"])("%j is no workers line", (line) => {
  expect(parseWorkerLine(latin1(line))).toBeUndefined();
});

test.for([
  ["OK 1.1.20+ds", "1.1.20+ds"],
  ["1.0.6", "1.0.6"],
  ["OK", ""],
  ["", ""],
])("version line %j is %j", ([line, version]) => {
  expect(parseVersionLine(latin1(line as string)).toString("latin1")).toBe(version);
});

test.for([
  ["status", ["status"]],
  ["cancel  job   H:1", ["cancel", "job", "H:1"]],
  ["cancel job  ", ["cancel", "job", ""]],
  [" status", ["", "status"]],
  ["", []],
  ["  ", ["", ""]],
  ["max\tqueue", ["max\tqueue"]],
] as const)("command %j has the words %j", ([line, words]) => {
  expect(splitCommand(latin1(line)).map((word) => word.toString("latin1"))).toEqual(words);
});

test("any queue is parsed and printed unchanged", () => {
  const count = fc.integer({ min: 0, max: 2 ** 31 - 1 });
  const queue = bytes().map((name) => Buffer.from(name.filter((byte) => byte !== 9 && byte !== 10)));
  fc.assert(
    fc.property(queue, count, count, count, count, (name, high, normal, low, workers) => {
      const status = { queue: name, total: high, running: normal, workers };
      expect(parseStatusLine(printStatusLine(status).subarray(0, -1))).toEqual(status);
      const priority = { queue: name, high, normal, low, workers };
      expect(parsePriorityStatusLine(printPriorityStatusLine(priority).subarray(0, -1))).toEqual(priority);
    }),
  );
});

describe("show counters (X49)", () => {
  const line = "service\t8\t5\t5\t2000\t41\t5000000000\t3\t2\tcount=3 retries=1 age=4\tbytes=9";

  test("numbers of a queue", () => {
    expect(parseCountersLine(latin1(line))).toEqual({
      queue: latin1("service"),
      waiting: 8,
      oldestSeconds: 41,
      grabs: 5_000_000_000,
      requeued: 2,
      dropped: 7,
    });
  });

  test("nothing waits, nothing was dropped; columns of later versions", () => {
    const idle = parseCountersLine(latin1("q\t0\t0\t0\t0\t-\t0\t0\t0\t-\t-\tmore"));
    expect(idle).toMatchObject({ oldestSeconds: undefined, grabs: 0, dropped: 0 });
  });

  test("text for numbers, and lines that are cut", () => {
    expect(parseCountersLine(latin1("q\tx\t0\t0\t0\ty\tz\t0\tInfinity\tage=x =5 7"))).toMatchObject({
      waiting: 0,
      oldestSeconds: 0,
      grabs: 0,
      requeued: 0,
      dropped: 5,
    });
    for (const columns of [1, 5, 9]) {
      const cut = line.split("\t").slice(0, columns).join("\t");
      expect(parseCountersLine(latin1(cut))).toBeUndefined();
    }
  });
});
