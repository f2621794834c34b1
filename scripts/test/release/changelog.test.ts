import { expect, test } from "vitest";
import { releaseScript } from "./release-script.ts";

const { debianChangelog, mailDate, notesOf } = await releaseScript<{
  debianChangelog(
    source: string,
    facts: { version: string; release: string; epoch: number; maintainer: string },
  ): string;
  mailDate(epoch: number): string;
  notesOf(text: string, version: string): string[];
}>("changelog");

const TEXT =
  "# Changes\n\n## 2.0.0 (2026-12-02)\n\nFaster.\n\n- a\n\n## 1.0.0\n\nThe first\nrelease.\n\nSecond.\n\n### Part\n\n- b\n";

test("the paragraphs above a version's list are taken", () => {
  expect(notesOf(TEXT, "2.0.0")).toEqual(["Faster."]);
  expect(notesOf(TEXT, "1.0.0")).toEqual(["The first release.", "Second."]);
  expect(notesOf(TEXT, "3.0.0")).toEqual([]);
});

test("dates are in English and UTC", () => expect(mailDate(0)).toBe("Thu, 01 Jan 1970 00:00:00 +0000"));

test("an entry of Debian's changelog has its form", () => {
  const text = debianChangelog("suite", {
    version: "9.9.9",
    release: "9.9.9-1",
    epoch: 0,
    maintainer: "A B <a@b.example>",
  });
  expect(text).toMatch(
    /^suite \(9\.9\.9-1\) unstable; urgency=medium\n\n {2}\* [^\n]+\n\n -- A B <a@b\.example> {2}Thu, /,
  );
});
