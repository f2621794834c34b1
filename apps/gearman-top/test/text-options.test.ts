import { topHelp, topTable } from "@mod-gearman/config";
import { expect, test } from "vitest";
import { hideTypedKeys } from "../src/early-keys.ts";

const SWITCHES = Object.entries(topTable).filter(([, { argument }]) => argument === "");
const WITH_VALUE = Object.entries(topTable).filter(([, { argument }]) => argument !== "");
const longWords = (rows: typeof SWITCHES): string[] =>
  rows.flatMap(([name, { aliases = [] }]) => [name, ...aliases]).map((name) => `--${name}`);
const letters = (rows: typeof SWITCHES): string[] => rows.flatMap(([, { short = "" }]) => [...short]);

/** Whether what is typed is no longer shown. */
function isHidden(...words: string[]): boolean {
  let isRaw = false;
  const stdin = {
    isTTY: true,
    setRawMode(mode: boolean) {
      isRaw = mode;
      return this as never;
    },
  };
  hideTypedKeys({
    argv: ["node", "gearman_top", ...words],
    env: {},
    stdin,
    stdout: { isTTY: true, write: () => true },
  });
  return isRaw;
}

test.for([
  ...[
    "",
    "--host=gm1",
    "--hide-empty",
    "-Hhost1",
    "-Hweb1",
    "-H=host1",
    "-sbh",
    "-qHbatch",
    "-i5",
    "-tV",
    "-qv",
  ],
  ...longWords(WITH_VALUE).flatMap((word) => [word, `${word}=batch`]),
  ...longWords(SWITCHES).filter((word) => word !== "--batch"),
  ...letters(WITH_VALUE).map((letter) => `-${letter}bhV`),
])("keys are not shown with %s", (word) => expect(isHidden(word, "x")).toBe(true));

const TEXT_WORDS = ["-b", "--batch", ...topHelp.switches.flatMap(({ words }) => words)];
test.for([
  ...TEXT_WORDS,
  ...TEXT_WORDS.filter((word) => !word.startsWith("--")).flatMap((word) =>
    letters(SWITCHES).map((letter) => `-${letter}${word.slice(1)}`),
  ),
])("the terminal stays as it is with %s", (word) => expect(isHidden("-H", "gm1", word)).toBe(false));

test("text is printed with each switch that asks for it", () =>
  expect(TEXT_WORDS).toEqual(["-b", "--batch", "--check-config", "-h", "--help", "-V", "--version"]));
