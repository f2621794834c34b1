import { expect, test } from "vitest";
import { joinReports, Notes } from "../src/finding.ts";
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

test("of many findings of one kind the first are shown, the others are counted", () => {
  const report = notesOf((notes) => {
    for (let at = 0; at < 10_000; at++) notes.warning({ ...description, what: `queue ${at}` });
    notes.critical(description);
  });
  const whats = joinReports([report]).findings.map(({ what }) => what);
  expect(whats).toHaveLength(12);
  expect(whats.slice(9)).toEqual(["queue 9", "9990 more findings of this kind", description.what]);
});

test.for([
  ["\u00c4rger in \u65e5\u672c", "\u00c4rger in \u65e5\u672c"],
  ["a\u202eb", "a?b"],
  ["a\x1b[2Jb", "a\\x1b[2Jb"],
] as const)("a name of a peer %j is shown as %j", ([name, shown]) => {
  const what = Buffer.from(name).toString("latin1");
  const text = printText(
    notesOf((notes) => notes.warning({ ...description, what })),
    false,
    { hasColours: false },
  );
  expect(Buffer.from(text, "latin1").toString()).toContain(`WARNING [queues] ${shown} (one)`);
});

test("a byte that is a command for some terminals is not printed", () => {
  const text = printText(
    notesOf((notes) => notes.warning({ ...description, what: "a\x9b31mb" })),
    false,
    {
      hasColours: false,
    },
  );
  expect(text).toContain("a?31mb");
});
