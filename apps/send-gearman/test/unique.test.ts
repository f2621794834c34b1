// @module-tag slow
import { join } from "node:path";
import { JobPeer, startGearmand, takingServer, tmpFolder, waitFor } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { sender } from "./built-program.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const names = ["one", "two", "three", "four", "five"];

/** One call for each of `names`. */
async function sendAll(context: Parameters<typeof sender.run>[0], address: string): Promise<void> {
  for (const name of names) {
    const ended = await sender.run(context, [`--server=${address}`, "--host=h", `--message=${name}`]);
    expect(ended).toEqual({ code: 0, stdout: "", stderr: "" });
  }
}

test("empty-unique-persistent: each call sends a different key, in the format of libgearman", async (context) => {
  const { address, jobs } = await takingServer(context);
  await sendAll(context, address);
  const uniques = jobs().map(({ unique }) => unique);
  expect(uniques).toEqual(names.map(() => expect.stringMatching(UUID)));
  expect(new Set(uniques).size).toBe(5);
});

test("empty-unique-persistent: a list has a key for each result", async (context) => {
  const { address, jobs } = await takingServer(context);
  const stdin = Buffer.from(Array.from({ length: 3000 }, (_, at) => `h\ts\t0\t${at}\n`).join(""));
  expect((await sender.run(context, [`--server=${address}`], { stdin })).code).toBe(0);
  expect(new Set(jobs().map(({ unique }) => unique)).size).toBe(3000);
});

test("empty-unique-persistent: a gearmand with its queue in a database has all of them after kill -9", async (context) => {
  const database = join(tmpFolder(context), "queue.db");
  const gearmand = await startGearmand(context, {
    args: ["--queue-type=libsqlite3", `--libsqlite3-db=${database}`],
  });
  await sendAll(context, `127.0.0.1:${gearmand.port}`);
  await gearmand.kill();
  await gearmand.start();
  const peer = await JobPeer.connect(gearmand.port);
  context.onTestFinished(() => peer.close());
  const uniques: string[] = [];
  peer.take(["check_results"], (_workload, _queue, unique) => uniques.push(unique));
  await waitFor("five results", () => uniques.length === 5);
  expect(new Set(uniques).size).toBe(5);
});
