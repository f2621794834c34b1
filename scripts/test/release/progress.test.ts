import { expect, test } from "vitest";
import { releaseScript } from "./release-script.ts";

interface Terminal {
  readonly isTTY: boolean;
  write(text: string): boolean;
}

const { progressOn } = await releaseScript<{
  progressOn(stream: Terminal, env: { readonly TERM: string }): { show(what: string): void; clear(): void };
}>("progress");

const EMPTY_LINE = "\r\u001b[K";

function written(isTTY: boolean, term = "xterm"): string {
  let text = "";
  const stream = {
    isTTY,
    write: (more: string) => {
      text += more;
      return true;
    },
  };
  const progress = progressOn(stream, { TERM: term });
  progress.show("npm packages");
  progress.clear();
  return text;
}

test("a terminal shows what a release is doing, and an empty line afterwards", () => {
  const [before, line, after] = written(true).split(EMPTY_LINE);
  expect([before, after]).toEqual(["", ""]);
  expect(line).toMatch(/^\d+ s: npm packages …$/);
});

test("nothing is written to a pipe or a terminal without cursor", () => {
  expect(written(false)).toBe("");
  expect(written(true, "dumb")).toBe("");
});
