import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { issueIdentity, parseIdentityFile, parseMasterFile } from "../../src/index.ts";

const SCRIPT = fileURLToPath(new URL("../../scripts/issue-keys.ts", import.meta.url));

function issue(...args: string[]): { code: number | null; out: Buffer } {
  const flags = ["--experimental-strip-types", "--no-warnings", "--conditions=source"];
  const { status, stdout } = spawnSync(process.execPath, [...flags, SCRIPT, ...args]);
  return { code: status, out: stdout };
}

test("makes a master secret, and from it the keys of workers and senders", () => {
  const folder = mkdtempSync(join(tmpdir(), "mod-gearman-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [first, second] = [issue("master"), issue("master")];
  const master = parseMasterFile(first.out);
  expect(master.secret.equals(parseMasterFile(second.out).secret)).toBe(false);
  const file = join(folder, "master");
  writeFileSync(file, first.out, { mode: 0o600 });
  const queues = ["service", "host"];
  expect(parseIdentityFile(issue("worker", file, "w1", ...queues).out)).toEqual(
    issueIdentity(master, { kind: "worker", name: "w1", queues: queues.map((queue) => Buffer.from(queue)) }),
  );
  expect(parseIdentityFile(issue("sender", file, "s1").out).kind).toBe("sender");
  expect(issue("worker", file, "w1").code).toBe(3);
});
