import { describe, expect, test } from "vitest";
import {
  decodeQueueWord,
  encodeQueueWord,
  isUnknownCommand,
  parsePeekedJobLine,
  parseQueueCounts,
  parseQueueListLine,
  queueRefusal,
} from "../src/index.ts";

const line = (text: string): Buffer => Buffer.from(text, "latin1");

describe("words of names", () => {
  test.for([
    ["service", "service"],
    ["a b", "a%20b"],
    ["50%", "50%25"],
    ["tab\tand\u007f", "tab%09and%7f"],
    ["", "%"],
    ["\u00e4", "\u00e4"],
  ])("%j is %s", ([name = "", word = ""]) => {
    expect(encodeQueueWord(name)).toBe(word);
    expect(decodeQueueWord(word)).toBe(name);
  });

  test("a percent sign that begins no code stands for itself", () => {
    expect(decodeQueueWord("100%x%2")).toBe("100%x%2");
  });
});

test("a line of queue list", () => {
  expect(parseQueueListLine(line("a%20b\tpaused\t1\t2\t3\t4\t5\t6\t7\t8"))).toEqual({
    ...{ name: "a b", state: "paused", high: 1, normal: 2, low: 3, later: 4 },
    ...{ running: 5, workers: 6, ageSeconds: 7, bytes: 8 },
  });
  expect(parseQueueListLine(line("q\t-\t0\t0\t0\t0\t0\t0\t-\t0"))?.ageSeconds).toBeUndefined();
  for (const text of ["", "q", "q\t-\t1\t2", "q\tasleep\t0\t0\t0\t0\t0\t0\t-\t0"])
    expect(parseQueueListLine(line(text)), text).toBeUndefined();
});

test("a line of queue peek", () => {
  const text = "H:a:1\tweb-ping\trunning\thigh\t7\t3\t1\t1\t0\t0\t9%2010.0.0.1%20w1\tYWJj";
  expect(parsePeekedJobLine(line(text))).toEqual({
    ...{ handle: "H:a:1", unique: "web-ping", state: "running", priority: "high", ageSeconds: 7, bytes: 3 },
    ...{ retries: 1, isBackground: true, clients: 0, whenSeconds: 0 },
    ...{ worker: "9 10.0.0.1 w1", workload: Buffer.from("abc") },
  });
  expect(parsePeekedJobLine(line("H:a:1\tu\twaiting"))).toBeUndefined();
});

test("counts, refusals and unknown commands", () => {
  expect(parseQueueCounts(line("OK moved=3 equal=1 not-stored=0 full=1"))).toEqual({
    ...{ moved: 3, equal: 1, "not-stored": 0, full: 1 },
  });
  expect(parseQueueCounts(line("OK"))).toEqual({});
  expect(queueRefusal(line("ERR UNKNOWN_QUEUE"))).toBe("there is no such queue");
  expect(queueRefusal(line("ERR something"))).toBeUndefined();
  expect(isUnknownCommand(line("ERR UNKNOWN_COMMAND Unknown+server+command"))).toBe(true);
  expect(isUnknownCommand(line("ERR UNKNOWN_QUEUE"))).toBe(false);
});
