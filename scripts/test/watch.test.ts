// @module-tag slow
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { waitFor } from "@mod-gearman/testkit";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

test("test:watch watches without a terminal too", async (context) => {
  const { scripts } = JSON.parse(readFileSync(`${root}/package.json`, "utf8")) as {
    scripts: { "test:watch": string };
  };
  const command = `exec ${scripts["test:watch"]} --project @mod-gearman/scripts wait-for-an-edit`;
  const env = { ...process.env, PATH: `${root}/node_modules/.bin:${process.env.PATH}` };
  const child = spawn("sh", ["-c", command], { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  context.onTestFinished(() => void child.kill("SIGKILL"));
  const text = { out: "" };
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (text.out += chunk.toString()));
  await waitFor("the wait for an edit", () => text.out.includes("Waiting for file changes"));
  expect(child.exitCode).toBe(null);
  const ended = once(child, "close");
  child.kill("SIGTERM");
  await ended;
});
