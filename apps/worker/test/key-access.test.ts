// @module-tag slow
import { chmodSync, chownSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BuiltProgram, closedAddress, type TestContext, tmpFolder, waitFor } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";

const worker = new BuiltProgram(new URL("..", import.meta.url));
const isRoot = process.geteuid?.() === 0;
const OTHER_USER = 65_533;
const BASE = ["--hostgroups=a", "--result_spool=no"];

/** A file with this mode, regardless of the umask. */
function file(context: TestContext, content: string, mode: number): string {
  const path = join(tmpFolder(context), "file");
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

const KEY = "a key of more than 16 bytes";
const said = (path: string) => `every user may read ${path}, which holds a key (mode 0644)`;

describe.for([
  ["keyfile", `${KEY}\n`, ""],
  ["config", `key=${KEY}\n`, ":1"],
] as const)("a key in --%s", ([option, content, line]) => {
  test("readable by all: reported once at the start and with --check-config", async (context) => {
    const path = file(context, content, 0o644);
    const args = [...BASE, `--server=${await closedAddress()}`, `--${option}=${path}`];
    const checked = await worker.run(context, [...args, "--check-config"]);
    const where = line === "" ? "command line" : `${path}${line}`;
    expect(checked.stdout).toContain(`  ${where}: ${said(path)}\n`);
    const program = worker.start(context, args);
    const log = () => `${program.output()}${program.errors()}`;
    await waitFor("a running worker", () => log().includes("cannot connect to"));
    program.child.kill("SIGTERM");
    await program.ended;
    expect(log().split(said(path))).toHaveLength(2);
  });

  test("not readable by others: silent", async (context) => {
    for (const mode of [0o400, 0o440, 0o600, 0o640]) {
      const path = file(context, content, mode);
      const args = [...BASE, "--server=127.0.0.1:1", `--${option}=${path}`, "--check-config"];
      expect((await worker.run(context, args)).stdout).not.toContain("which holds a key");
    }
  });

  test.runIf(isRoot)("of another user: a warning, except for a credential of systemd", async (context) => {
    const path = file(context, content, 0o600);
    chownSync(path, OTHER_USER, OTHER_USER);
    const args = [...BASE, "--server=127.0.0.1:1", `--${option}=${path}`, "--check-config"];
    const text = `${path}, which holds a key, belongs to user ${OTHER_USER}, neither to root nor to the user of this program (0)`;
    expect((await worker.run(context, args)).stdout).toContain(text);
    const env = { CREDENTIALS_DIRECTORY: join(path, "..") };
    expect((await worker.run(context, args, { env })).stdout).not.toContain("which holds a key");
  });
});
