import { expect, test } from "vitest";
import { Job, JobFunction } from "../src/core/entities.ts";
import { peer, request } from "./jobs.ts";

const identity = [{ prefix: "T:", number: 1, order: 1 }, new JobFunction("f")] as const;

test("a workload that is a part of a chunk is copied, so that the chunk is not retained", () => {
  const chunk = Buffer.alloc(65_536, "x");
  const job = new Job(request({ data: chunk.subarray(100, 600) }), ...identity);
  chunk.fill("y");
  expect(job.data).toEqual(Buffer.alloc(500, "x"));
});

test("a workload that is nearly the whole chunk is not copied", () => {
  const chunk = Buffer.from(new ArrayBuffer(1_000_000));
  expect(new Job(request({ data: chunk.subarray(40) }), ...identity).data.buffer).toBe(chunk.buffer);
  expect(new Job(request({ data: chunk.subarray(5000) }), ...identity).data.buffer).not.toBe(chunk.buffer);
});

test("a small workload is copied even from its own chunk", () => {
  const chunk = Buffer.from(new ArrayBuffer(600));
  expect(new Job(request({ data: chunk.subarray(40) }), ...identity).data.buffer).not.toBe(chunk.buffer);
});

test("ignored: no client and not submitted in the background", () => {
  const job = new Job(request({ background: false }), ...identity);
  expect(job.isIgnored).toBe(true);
  job.clients = [peer()];
  expect(job.isIgnored).toBe(false);
  expect(new Job(request({ background: true }), ...identity).isIgnored).toBe(false);
});
