// @module-tag slow
import { JobPeer, type SkippableTestContext, startGearmand } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { call } from "./tool.ts";

async function site(context: SkippableTestContext) {
  const { port } = await startGearmand(context, { args: ["--job-handle-prefix=T"] });
  const peer = await JobPeer.connect(port);
  context.onTestFinished(() => peer.close());
  for (const unique of ["a", "b", "c"]) await peer.submit("service", Buffer.from("w"), unique);
  return { peer, tool: (...argv: string[]) => call(["-H", `127.0.0.1:${port}`, ...argv]) };
}

test("a gearmand in C: its queues, cancel by handle, purge by taking the jobs with --force", async (context) => {
  const { tool } = await site(context);
  expect((await tool("list")).stdout).toMatch(/\nservice {2}- +3 +0 +0 +- +-\n/);
  const { stdout } = await tool("list", "--json");
  expect(JSON.parse(stdout)).toMatchObject({
    servers: [{ kind: "gearmand", queues: [{ queue: "service", waiting: 3 }] }],
  });
  expect(await tool("cancel", "T:2", "-y")).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining("T:2 cancelled"),
  });
  expect(await tool("purge", "service", "-y")).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("--force"),
  });
  expect(await tool("purge", "service", "-y", "--force")).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/: 2 jobs of service taken and failed\n$/), // a cancelled one is not handed out
  });
  expect((await tool("list")).stdout).toMatch(/\nservice {2}- +0 +0 +0 /);
});

test.for([
  ["pause", "service"],
  ["resume", "service"],
  ["move", "service", "service2"],
  ["peek", "service"],
  ["cancel", "--unique=a", "-y"],
])("a gearmand in C: %j is not possible, which is said, exit code 1", async (argv, context) => {
  const { tool } = await site(context);
  const { exitCode, stderr, stdout } = await tool(...argv);
  expect([exitCode, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(/^mod_gearman_queue: 127\.0\.0\.1:\d+: .*this job server c/);
});
