import { expect, test } from "vitest";
import { BuiltProgram, startGearmand } from "../src/index.ts";

const program = new BuiltProgram(new URL("..", import.meta.url));

test("a real server and a built program are refused in a test without the tag", async (context) => {
  await expect(startGearmand(context)).rejects.toMatchObject({ code: "NOT_TAGGED" });
  expect(() => program.start(context, [])).toThrow(expect.objectContaining({ code: "NOT_TAGGED" }));
});

test("with the tag they are accepted", { tags: "slow" }, (context) => {
  expect(() => program.start(context, [])).toThrow(expect.objectContaining({ code: "NOT_BUILT" }));
});
