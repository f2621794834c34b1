import { execFileSync } from "node:child_process";
import { renameSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { Started } from "./built-program.ts";
import type { TestContext } from "./test-context.ts";
import { tmpFolder } from "./tmp-folder.ts";

/**
 * Starts a program that stops during its start, because its configuration is a FIFO without data; calls `act`, then
 * writes `text`. Afterwards the path is a regular file with the same text.
 *
 * @param start gets the path of the file
 */
export async function heldInStart(
  context: TestContext,
  text: string,
  start: (path: string) => Started,
  act: (program: Started) => void,
): Promise<Started> {
  const folder = tmpFolder(context);
  const path = join(folder, "held.cfg");
  execFileSync("mkfifo", [path]);
  const program = start(path);
  const writer = await open(path, "w"); // resolves when the program has opened it for reading
  act(program);
  writeFileSync(join(folder, "new"), text);
  renameSync(join(folder, "new"), path);
  await writer.write(text);
  await writer.close();
  return program;
}
