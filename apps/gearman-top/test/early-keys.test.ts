import { expect, test } from "vitest";
import { hideTypedKeys } from "../src/early-keys.ts";

/** Whether typed keys are hidden. */
function isHidden(
  words: readonly string[],
  { input = true, output = true, term = "xterm" }: { input?: boolean; output?: boolean; term?: string } = {},
): boolean {
  let isRaw = false;
  const stdin = {
    isTTY: input,
    setRawMode: (mode: boolean) => {
      isRaw = mode;
      return stdin as never;
    },
  };
  const argv = ["node", "gearman_top", ...words];
  hideTypedKeys({ argv, env: { TERM: term }, stdin, stdout: { isTTY: output } });
  return isRaw;
}

test.for([[[]], [["-H", "bvh:4730", "-i", "2", "-q"]], [["--colours", "--verbose"]], [["-v"]]] as [
  string[],
][])("typed keys are hidden: %s", ([words]) => expect(isHidden(words)).toBe(true));

test.for(["-b", "-qb", "-h", "-V", "--batch", "--help", "--version", "--check-config"])(
  "the terminal stays as it is for text: %s",
  (word) => expect(isHidden(["-H", "host", word])).toBe(false),
);

test("and where there is no terminal, or one without a cursor", () => {
  expect(isHidden([], { input: false })).toBe(false);
  expect(isHidden([], { output: false })).toBe(false);
  expect(isHidden([], { term: "dumb" })).toBe(false);
});
