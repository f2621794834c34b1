import { describe, expect, test } from "vitest";
import { manPage } from "../scripts/man-page.ts";
import { manuals } from "../scripts/manuals/all.ts";
import { allOptions } from "../scripts/manuals/manual.ts";
import type { OptionTable } from "../src/option-row.ts";

const MACROS = /^\.(?:\\"|TH|SH|TP|PP|BR|br|EX|EE|ad)(?: |$)/;
const SECTIONS = ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "EXAMPLES", "SEE ALSO"];

describe.for(manuals)("$name", (manual) => {
  const page = manPage(manual, manuals);
  const lines = page.trimEnd().split("\n");
  test("has the usual sections in the usual order", () => {
    const found = [...page.matchAll(/^\.SH (.*)$/gm)].map((match) => match[1] ?? "");
    expect(found.filter((title) => SECTIONS.includes(title))).toEqual(SECTIONS);
    expect(lines[1]).toMatch(new RegExp(`^\\.TH ${manual.name.toUpperCase()} ${manual.section} `));
  });
  test("contains every option that is not hidden", () => {
    const plain = page.replaceAll("\\-", "-");
    for (const { option, meta } of allOptions(manual)) {
      const isRow = new RegExp(`^\\.TP\n\\\\fB(?:-., )*--${option}(?:=|\\[|\\\\)`, "m").test(plain);
      expect(isRow, option).toBe(!meta.hidden);
    }
  });
  test("each line is text or one of a few macros; no paragraph is empty", () => {
    for (const line of lines) {
      expect(line).not.toBe("");
      expect(line.startsWith(".") ? MACROS.test(line) : !line.startsWith("'"), line).toBe(true);
    }
  });
  test("every backslash starts an escape known to roff", () => {
    const rest = page.replace(/^\.\\".*$/gm, "").replace(/\\(?:f[BR]|e|-|&|\((?:aq|ga|ha|ti))/g, "");
    expect(rest).not.toMatch(/[\\`~^…]/);
  });
});

test("characters special to roff are escaped", () => {
  const table: OptionTable = {
    odd: { key: "odd", kind: "flag", help: ".dot 'q' a\\b `--x`. Next", argument: "A|B", default: "'\\t" },
  };
  const [manual] = manuals;
  if (manual === undefined) throw new Error("no manual");
  const page = manPage({ ...manual, help: { ...manual.help, table } }, []);
  expect(page).toContain(
    "\\fB\\-\\-odd=A|B\\fR\n\\&.dot \\(aqq\\(aq a\\eb \\fB\\-\\-x\\fR.\nNext\n.br\nDefault: \\(aq\\et\n",
  );
});
