import { checkConfigReport, warningLines } from "@mod-gearman/config";
import { expect, test } from "vitest";
import { loadModule } from "../src/load-module.ts";
import { memoryFiles } from "./memory-files.ts";

test("prints set values with their source, defaults, and the warnings; the key by length", () => {
  const files = { "/m.conf": "server=a,b\nkey=0123456789abcdef0123456789abcdef\nfoo=hunter2\ndebug=1\n" };
  const report = checkConfigReport(loadModule("config=/m.conf debug=2", "/", memoryFiles(files)));
  const squeezed = report.replace(/ +/g, " ").split("\n");
  expect(squeezed).toContain(" server = a:4730, b:4730 (/m.conf:1)");
  expect(squeezed).toContain(" key = set (32 bytes) (/m.conf:2)");
  expect(squeezed).toContain(" debug = 2 (module arguments)");
  expect(squeezed).toContain(" hosts = yes");
  expect(squeezed.slice(-3)).toEqual(["Warnings: 1", " /m.conf:3: unknown option 'foo'", ""]);
  expect(report).not.toMatch(/hunter2|0123456789abcdef/);
});

test("escape sequences of a file are not printed", () => {
  const report = checkConfigReport({
    effective: [{ option: "x", value: "\u001b[2J\u009b1m", where: "default" }],
    warnings: [],
  });
  expect(report).toContain("x = ?[2J?1m\n");
  expect(report).toContain("No warnings.\n");
});

test("debug lines are not warnings", () =>
  expect(warningLines([{ level: "debug", text: "x", where: "y" }])).toEqual(["No warnings."]));
