import { expect, test } from "vitest";
import { PayloadError, parseCheckResult, parseJob } from "../src/index.ts";
import { latin1 } from "./vectors.ts";

test("an error names its code and keeps its cause", () => {
  const cause = new Error("open");
  const error = new PayloadError("NO_COMMAND", { cause });
  expect(error).toBeInstanceOf(Error);
  expect(error.name).toBe("PayloadError");
  expect(error.message).toBe("NO_COMMAND: the job has no command_line");
  expect(error.cause).toBe(cause);
});

test.for([parseJob, parseCheckResult])("an error does not quote the text", (parse) => {
  try {
    parse(latin1("a secret payload"));
    expect.unreachable();
  } catch (error) {
    expect(JSON.stringify([String(error), error])).not.toContain("a secret");
  }
});
