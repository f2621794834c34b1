// @module-tag slow
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { findGearmand, RunningGearmand, startGearmand } from "../src/gearmand.ts";
import { tmpFolder } from "../src/tmp-folder.ts";

async function versionOf(port: number): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write("version\n");
  const [answer] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  return answer.toString();
}

test("starts, answers, is killed and restarts on the same port", async (context) => {
  const server = await startGearmand(context);
  expect(await versionOf(server.port)).toMatch(/^OK \d/);
  const { pid, port } = server;
  await server.kill();
  expect(server.pid).toBeUndefined();
  const [error] = await once(connect(port, "127.0.0.1"), "error");
  expect(error).toMatchObject({ code: "ECONNREFUSED" });
  await server.start();
  expect(server.pid).not.toBe(pid);
  expect(await versionOf(port)).toMatch(/^OK \d/);
  await server.stop();
  await server.stop(); // a second call has no effect
});

test("a program that ends at once is reported with its output", async () => {
  await expect(RunningGearmand.start("/bin/false")).rejects.toMatchObject({ code: "GEARMAND_FAILED" });
});

test("a missing program gives the reason", () => {
  const found = findGearmand("/nowhere");
  // the system folders are searched too, so either answer is valid
  expect("path" in found ? found.path : found.reason).toMatch(/gearmand/);
});

test("our own program of that name, linked by the package manager, is not used as the original", (context) => {
  const folder = join(tmpFolder(context), "node_modules/.bin");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "gearmand"), "#!/bin/sh\n", { mode: 0o755 });
  expect(findGearmand(folder)).not.toEqual({ path: join(folder, "gearmand") });
});

test("without the program the test is skipped with the reason, and fails in CI", async (context) => {
  const search = { reason: "not installed" };
  const skip = vi.fn((reason?: string): never => {
    throw new Error(`skipped: ${reason}`);
  });
  const fake = { skip, onTestFinished: () => {} };
  context.onTestFinished(() => void vi.unstubAllEnvs());
  vi.stubEnv("CI", "");
  await expect(startGearmand(fake, { search })).rejects.toThrow("skipped: not installed");
  vi.stubEnv("CI", "true");
  await expect(startGearmand(fake, { search })).rejects.toMatchObject({ code: "NO_GEARMAND" });
  expect(skip).toHaveBeenCalledTimes(1);
});
