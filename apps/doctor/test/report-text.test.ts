import { expect, test } from "vitest";
import { Notes } from "../src/finding.ts";
import { exitCodeOf, printJson, printText } from "../src/report-text.ts";

const description = { id: "one", what: "a | b\nc", meaning: "m", advice: "a" };

function notesOf(act: (notes: Notes) => void) {
  const notes = new Notes("queues");
  act(notes);
  return notes.report;
}

test("one line for the core, then each finding; texts of peers stay in their line", () => {
  const report = notesOf((notes) => {
    notes.fine();
    notes.warning({ ...description, id: "two", what: "w" });
    notes.critical(description);
    notes.skip("x");
    notes.fact("name", "text");
  });
  expect(printText(report, false, { hasColours: false }).split("\n")).toEqual([
    "mod_gearman_doctor CRITICAL - 1 critical, 1 warnings: a / b\\nc|critical=1 warnings=1 looks=3",
    "CRITICAL [queues] a | b\\nc (one)",
    "  means: m",
    "  do: a",
    "WARNING [queues] w (two)",
    "  means: m",
    "  do: a",
    "Not looked at:",
    "  [queues] x",
    "",
  ]);
  expect(printText(report, true, { hasColours: false })).toContain("\nqueues: name: text\n");
  expect(printText(report, false, { hasColours: true })).toContain("\x1b[31mCRITICAL\x1b[0m [queues]");
  expect(JSON.parse(printJson(report, "1.2.3"))).toMatchObject({
    version: "1.2.3",
    state: "CRITICAL",
    looks: 3,
    findings: [{ area: "queues", id: "one" }, { id: "two" }],
  });
});

test.for([
  ["nothing looked at", 3, (notes: Notes) => notes.skip("x")],
  ["nothing found", 0, (notes: Notes) => notes.fine()],
  ["warnings", 1, (notes: Notes) => notes.warning(description)],
  ["critical", 2, (notes: Notes) => notes.critical(description)],
] as const)("exit code: %s", ([, code, act]) => expect(exitCodeOf(notesOf(act))).toBe(code));

test("the form of each hop is always there", () => {
  const notes = new Notes("forms");
  notes.fact("module", "jobs to workers: sealed (v2)");
  notes.fact("worker", "jobs: sealed (v2)");
  for (const isLong of [false, true])
    expect(printText(notes.report, isLong, { hasColours: false }).split("\n").slice(1)).toEqual([
      "Hops:",
      "  module: jobs to workers: sealed (v2)",
      "  worker: jobs: sealed (v2)",
      "",
    ]);
});
