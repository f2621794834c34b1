import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ExportEvent, escapeJson, printExport } from "../src/export.ts";
import { base64, type JobRow, latin1, loadVectors, micros } from "./vectors.ts";

const rows = loadVectors<{ cases: JobRow[] }>("neb-jobs").cases.filter(({ kind }) => kind === "export");
const NUMBERS: Record<string, number> = {
  NEBTYPE_LOG_DATA: 300,
  NEBTYPE_PROCESS_SHUTDOWN: 103,
  NEBTYPE_PROCESS_EVENTLOOPEND: 106,
};

/** The event of a captured text; values are parsed by the JSON parser of JavaScript. */
function eventOf(text: string): ExportEvent {
  const said = JSON.parse(text) as Record<string, string & number>;
  const common = {
    type: NUMBERS[said.type ?? ""] ?? 0,
    flags: Number(said.flags),
    attr: Number(said.attr),
    timestamp: micros(/"timestamp":([\d.]+)/.exec(text)?.[1] ?? ""),
  };
  if (said.callback_type === "NEBCALLBACK_PROCESS_DATA")
    return { callback: "NEBCALLBACK_PROCESS_DATA", ...common };
  const log = {
    entryTime: Number(said.entry_time),
    dataType: Number(said.data_type),
    data: Buffer.from(said.data ?? ""),
  };
  return { callback: "NEBCALLBACK_LOG_DATA", ...common, ...log };
}

describe("every captured job, byte for byte", () => {
  test("both kinds were captured", () => expect(rows.length).toBe(22));

  test.for(rows.map((row, at) => [`${at} ${row.run} ${row.queue}`, row] as const))("%s", ([, row]) => {
    const text = base64(row.plaintext);
    expect(printExport(eventOf(text.toString()))).toEqual(text);
  });
});

const base = { type: 202, flags: -1, attr: 3, timestamp: -1_500_000n };

test("a timed event: order of keys, names for all numbers of the core", () => {
  const event = {
    callback: "NEBCALLBACK_TIMED_EVENT_DATA",
    ...base,
    recurring: 1,
    runTime: 4_102_444_800,
  } as const;
  expect(printExport({ ...event, eventType: 12 }).toString()).toBe(
    '{"callback_type":"NEBCALLBACK_TIMED_EVENT_DATA","event_type":"EVENT_HOST_CHECK","type":"NEBTYPE_TIMEDEVENT_EXECUTE",' +
      '"flags":-1,"attr":3,"timestamp":-1.500000,"recurring":1,"run_time":4102444800}',
  );
  const names = Array.from({ length: 101 }, (_, eventType) => {
    const printed = JSON.parse(printExport({ ...event, eventType }).toString()) as { event_type: string };
    return printed.event_type;
  });
  expect(names.filter((name) => name !== "UNKNOWN")).toHaveLength(19);
  expect([names[16], names[17], names[98], names[99], names[100]]).toEqual([
    "EVENT_CHECK_PROGRAM_UPDATE",
    "UNKNOWN",
    "EVENT_SLEEP",
    "EVENT_USER_FUNCTION",
    "UNKNOWN",
  ]);
});

test("a type unknown to the original", () =>
  expect(printExport({ callback: "NEBCALLBACK_PROCESS_DATA", ...base, type: 206 }).toString()).toContain(
    '"type":"UNKNOWN"',
  ));

describe("escaping", () => {
  const vectors = loadVectors<{ cases: { input: string; exportEscaped: string }[] }>("escape").cases;
  /** Where ours differs: `\a`, `\v` and raw control bytes are not valid JSON (wire-format.md 8, fix). */
  const FIXED = new Map([["BwgLDBsB", latin1("\\u0007\\b\\u000b\\f\\u001b\\u0001")]]);

  test.for(vectors)("$input", ({ input, exportEscaped }) =>
    expect(escapeJson(base64(input))).toEqual(FIXED.get(input) ?? base64(exportEscaped)),
  );

  test.for([
    ["\xff", "\\u00ff"],
    ["a\xe4b", "a\\u00e4b"],
    ["\xc3\xa4", "\xc3\xa4"],
    ["\xc3", "\\u00c3"],
    ["\xc0\xaf", "\\u00c0\\u00af"],
    ["\xed\xa0\x80", "\\u00ed\\u00a0\\u0080"],
    ["\xe2\x82", "\\u00e2\\u0082"],
    ["\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"],
    ["\xf4\x90\x80\x80", "\\u00f4\\u0090\\u0080\\u0080"],
    ["\xe2(\xa1", "\\u00e2(\\u00a1"],
    ["\x7f", "\x7f"],
  ])("bytes that are no UTF-8: %j becomes %j", ([text = "", escaped = ""]) =>
    expect(escapeJson(latin1(text)).toString("latin1")).toBe(escaped),
  );

  test("any line gives valid JSON with the same UTF-8 text; bytes after a NUL are ignored", () => {
    const event = { callback: "NEBCALLBACK_LOG_DATA", ...base, entryTime: 1, dataType: 2 } as const;
    const printed = (data: Buffer) => {
      const text = new TextDecoder("utf8", { fatal: true }).decode(printExport({ ...event, data }));
      return (JSON.parse(text) as { data: string }).data;
    };
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        printed(Buffer.from(bytes));
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(printed(Buffer.from(text))).toBe(text.split("\0", 1)[0]);
      }),
    );
  });
});
