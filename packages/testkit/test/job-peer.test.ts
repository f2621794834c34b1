// @module-tag slow
import { expect, onTestFinished, test } from "vitest";
import { FakeJobServer } from "../src/fake-job-server.ts";
import { startGearmand } from "../src/gearmand.ts";
import { JobPeer } from "../src/job-peer.ts";
import { waitFor } from "../src/wait-for.ts";

test("submits jobs to a real gearmand and grabs them, before and after sleeping", async (context) => {
  const gearmand = await startGearmand(context);
  const [feeder, taker] = [await JobPeer.connect(gearmand.port), await JobPeer.connect(gearmand.port)];
  onTestFinished(async () => {
    await feeder.close();
    await taker.close();
  });
  const taken: string[] = [];
  expect(await feeder.submit("one", Buffer.from("early"))).toMatch(/^H:/);
  taker.take(["one", "two"], (workload, queue, unique) => taken.push(`${queue}:${workload}:${unique}`));
  await waitFor("the job that waited", () => taken.length === 1);
  await Promise.all([feeder.submit("two", Buffer.from("a\0b"), "u1"), feeder.submit("one", Buffer.from(""))]);
  await waitFor("the later jobs", () => taken.length === 3);
  expect(taken.toSorted()).toEqual(["one::", "one:early:", "two:a\0b:u1"]);
});

test("reports the end of the server", async () => {
  const server = new FakeJobServer();
  const { port } = await server.listen();
  onTestFinished(() => server.close());
  const peer = await JobPeer.connect(port);
  const connection = await server.connection();
  const submitted = peer.submit("q", Buffer.from("x"));
  await connection.next("SUBMIT_JOB_BG");
  connection.destroy();
  await expect(submitted).rejects.toMatchObject({ code: "CLOSED" });
  await expect(peer.submit("q", Buffer.from("x"))).rejects.toMatchObject({ code: "CLOSED" });
  await peer.close();
});
