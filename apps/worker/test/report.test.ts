import { settle } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { serviceJob, startWorker } from "./worker-world.ts";

test("report on the status queue is answered with numbers as JSON (D61)", async () => {
  const { servers, clock, machine } = await startWorker("--min-worker=2");
  machine.files.loadavg = "0.50 0.40 0.30 1/100 4711\n";
  servers.a.put("service", serviceJob("/x"));
  servers.a.put("service", Buffer.from("sealed with another key"));
  await settle();
  await clock.advance(3000);
  const handle = servers.a.put("worker_w1", Buffer.from("report"));
  await settle();
  const answer = servers.a.completed.find((one) => one.handle === handle);
  expect(JSON.parse(String(answer?.data))).toEqual({
    ...{ version: "1.2.3", slots: 2, busy: 1, load: 0.5, unsentResults: 0, undecodable: 1 },
    ...{ undecodableSeconds: 3, isDraining: false, lastJobSeconds: 3 },
  });
});
