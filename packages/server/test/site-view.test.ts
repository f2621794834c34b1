import { ManualClock } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { join, serverFor } from "./stages.ts";
import { message, type Wire } from "./wire.ts";

async function say(wire: Wire, ...requests: readonly string[]): Promise<void> {
  for (const request of requests) wire.send(message("REQ", request));
  await wire.sync();
}

test("queues with priorities, workers with what they run since when; clients are left out", async (context) => {
  const clock = new ManualClock();
  const server = serverFor(context, { clock });
  const [client, worker] = [join(server), join(server)];
  await say(worker, "SET_CLIENT_ID w1@mod_gearman_worker/1.0", "CAN_DO f", "CAN_DO g", "CAN_DO h");
  await say(client, "SUBMIT_JOB_BG f u1 x", "SUBMIT_JOB_LOW_BG f u2 x", "SUBMIT_JOB_HIGH_BG f u3 x");
  await say(worker, "GRAB_JOB");
  await clock.advance(7000);
  await say(worker, "GRAB_JOB");
  await clock.advance(1000);
  expect([...server.site.queues()].map(({ name, priorities }) => [name, priorities])).toEqual([
    ["f", [0, 0, 1]],
    ["g", [0, 0, 0]],
    ["h", [0, 0, 0]],
  ]);
  const [first, ...others] = server.site.workers(2);
  expect(others).toEqual([]);
  expect(first).toMatchObject({ clientId: "w1@mod_gearman_worker/1.0", functionCount: 3, jobCount: 2 });
  expect(first?.functions).toEqual(["h", "g"]);
  expect(
    first?.jobs.map(({ unique, seconds, isBackground, retries }) => [unique, seconds, isBackground, retries]),
  ).toEqual([
    ["u3", 8, true, 0],
    ["u1", 1, true, 0],
  ]);
  const [one] = server.site.workers(1);
  expect(one?.jobs).toHaveLength(1);
});
