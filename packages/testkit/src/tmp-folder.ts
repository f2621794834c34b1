import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "./test-context.ts";

/** A new empty folder, absolute path, removed with its content at the end of the test. */
export function tmpFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "mod-gearman-test-"));
  context.onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
