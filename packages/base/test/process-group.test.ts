import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { signalGroup, signalRest } from "../src/process-group.ts";

/** A process group, killed with the test. */
async function startGroup(line: string): Promise<number> {
  const child = spawn("/bin/sh", ["-c", line], { detached: true, stdio: ["ignore", "pipe", "ignore"] });
  const { pid } = child;
  if (pid === undefined) throw new Error("no shell");
  onTestFinished(() => void signalGroup(pid, 9));
  await once(child.stdout, "data");
  return pid;
}

test("a group whose leader lives is not signalled as the rest of a group", async () => {
  const leader = await startGroup("echo started; exec sleep 100");
  expect(signalGroup(leader, 0)).toBe(true);
  // as if the leader had been reaped and its number reused
  expect(signalRest(leader, 9)).toBe(false);
  expect(signalGroup(leader, 0)).toBe(true);
});

test("the rest of a group is signalled after its leader was reaped, until no process is left", async () => {
  const leader = await startGroup("sleep 100 >/dev/null & echo started");
  await expect.poll(() => signalRest(leader, 0)).toBe(true);
  expect(signalRest(leader, 9)).toBe(true);
  await expect.poll(() => signalGroup(leader, 0)).toBe(false);
  expect(signalRest(leader, 0)).toBe(false);
});
