import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { CLIENT_LIBRARIES, libraryFolder, removeFolder, type Verdicts } from "../src/client-libraries.ts";
import { needs, skipWithout } from "../src/needs.ts";

const passedIn = (verdicts: Verdicts): string[] =>
  [...verdicts].filter(([, isOk]) => isOk).map(([name]) => name);

describe.for(CLIENT_LIBRARIES.map((one) => [one.name, one] as const))("%s", ([, library]) => {
  const whyNot = library.whyNot();
  let folder = "";

  beforeAll(async () => {
    folder = libraryFolder();
    if (whyNot === undefined) await library.prepare?.(folder);
  });
  afterAll(() => removeFolder(folder));

  test("what passes with the real gearmand passes with ours", async (context) => {
    skipWithout(context, whyNot);
    needs(context, { jobServer: "the real gearmand" });
    const theirs = await library.run("the real gearmand", folder);
    const ours = await library.run("our job server", folder);
    expect(passedIn(theirs).length).toBeGreaterThan(5);
    expect(passedIn(ours)).toEqual(expect.arrayContaining(passedIn(theirs)));
  });
});
