import { spawn } from "node:child_process";
import { once } from "node:events";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "./test-context.ts";
import { tmpFolder } from "./tmp-folder.ts";

/** The id of an idle process that is started under the given name, and killed with the test. */
export async function namedProcess(context: TestContext, name: string): Promise<number> {
  const path = join(tmpFolder(context), name);
  symlinkSync(process.execPath, path);
  const child = spawn(path, ["-e", "setInterval(() => undefined, 2 ** 30)"], { stdio: "ignore" });
  context.onTestFinished(() => void child.kill("SIGKILL"));
  await once(child, "spawn");
  return child.pid ?? 0;
}
