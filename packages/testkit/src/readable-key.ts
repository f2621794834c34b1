import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BuiltProgram } from "./built-program.ts";
import type { TestContext } from "./test-context.ts";
import { tmpFolder } from "./tmp-folder.ts";

const KEY = "a key of more than 16 bytes";

/** The two options of a sender that name a file with a key. */
type KeyOption = "keyfile" | "config";

/** What a sender writes about a file with a key that every user may read. */
interface ReadableKeyReports {
  readonly path: string;
  /** What has to be reported. */
  readonly text: string;
  /** Standard output with `--check-config`. */
  readonly checkConfig: string;
  /** Standard error with `--debug=1`. */
  readonly debug: string;
  /** Standard error of a usual call. */
  readonly usual: string;
  /** Standard error with `--debug=1` once the file is closed to other users. */
  readonly closed: string;
}

/** Calls a sender with a key that every user may read. @param args the other arguments of each call */
export async function reportsOfReadableKey(
  context: TestContext,
  sender: BuiltProgram,
  option: KeyOption,
  args: readonly string[],
): Promise<ReadableKeyReports> {
  const path = join(tmpFolder(context), "file");
  writeFileSync(path, option === "keyfile" ? `${KEY}\n` : `key=${KEY}\n`);
  chmodSync(path, 0o644);
  const call = (...more: string[]) => sender.run(context, [...args, `--${option}=${path}`, ...more]);
  const { stdout: checkConfig } = await call("--check-config");
  const { stderr: debug } = await call("--debug=1");
  const { stderr: usual } = await call();
  chmodSync(path, 0o640);
  const { stderr: closed } = await call("--debug=1");
  const text = `every user may read ${path}, which holds a key (mode 0644)`;
  return { path, text, checkConfig, debug, usual, closed };
}
