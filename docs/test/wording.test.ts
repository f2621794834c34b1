import { describe, expect, test } from "vitest";
import { lineAt, textFiles } from "../src/repository.ts";
import { proseOf, unplainIn } from "../src/wording.ts";

/** The word list and its examples. */
const OWN = ["docs/src/wording.ts", "docs/test/wording.test.ts"];

test("comments and test titles use plain technical English", () => {
  const found = textFiles()
    .filter(({ path }) => /\.(?:tsx?|mjs|p[lm])$/.test(path) && !OWN.includes(path))
    .flatMap(({ path, text }) =>
      proseOf(path, text).flatMap(({ text: prose, offset }) => {
        const word = unplainIn(prose);
        return word === undefined ? [] : [`${path}:${lineAt(text, offset)}: ${word}`];
      }),
    );
  expect(found).toEqual([]);
});

describe("the search", () => {
  test.for([
    ["a.ts", "/** Nobody knows. */", "Nobody"],
    ["a.ts", "const x = 1; // counted and told", "told"],
    ["a.ts", 'test("retried for ever", () => {});', "for ever"],
    ["a.ts", "test.for([1])(`begins anew`, () => {});", "anew"],
    ["a.pm", "use strict;    # seldom", "seldom"],
  ] as const)("finds a word in %s: %s", ([path, text, word]) =>
    expect(proseOf(path, text).map((prose) => unplainIn(prose.text))).toContain(word),
  );

  test.for([
    ["a.ts", 'run("--run_as=nobody");'],
    ["a.ts", "/** Undefined if there is none. */"],
    ["a.pm", "my $nobody = 1;"],
  ] as const)("ignores other text in %s: %s", ([path, text]) =>
    expect(
      proseOf(path, text)
        .map((prose) => unplainIn(prose.text))
        .filter(Boolean),
    ).toEqual([]),
  );
});
