import { ManualClock, settle } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { MemoryRelease } from "../src/memory-release.ts";
import { join, serverFor } from "./stages.ts";
import { message, packet } from "./wire.ts";

const MIB = 1_048_576;

test("16 MiB of large buffers are reported once, five seconds apart at least", async () => {
  const clock = new ManualClock();
  let reports = 0;
  const release = new MemoryRelease(clock, () => {
    reports += 1;
  });
  for (let n = 0; n < 100; n++) release.note(MIB - 1); // not large
  release.note(15 * MIB);
  expect(clock.pending).toBe(0);
  release.note(MIB);
  release.note(64 * MIB);
  await clock.advance(500);
  expect([reports, clock.pending]).toEqual([1, 0]);
  release.note(16 * MIB);
  await clock.advance(4900);
  expect(reports).toBe(1);
  await clock.advance(200);
  expect(reports).toBe(2);
  release.note(16 * MIB);
  release.close();
  expect(clock.pending).toBe(0);
  release.note(16 * MIB);
  expect(clock.pending).toBe(0);
});

test("a large job is reported when it is gone", async (context) => {
  const clock = new ManualClock();
  let reports = 0;
  const server = serverFor(context, {
    clock,
    maxOutputBytes: 8 * MIB,
    releaseMemory: () => {
      reports += 1;
    },
  });
  const reportsAfter = async (ms: number) => {
    await settle();
    await clock.advance(ms);
    return reports;
  };
  const worker = join(server);
  worker.send(packet("REQ", 18, Buffer.concat([Buffer.from("f\0u\0"), Buffer.alloc(20 * MIB)])));
  await worker.sync();
  expect(await reportsAfter(10_000)).toBe(0); // it is the job's buffer
  worker.send(Buffer.concat([message("REQ", "CAN_DO f"), message("REQ", "GRAB_JOB")]));
  await worker.take(20 * MIB);
  worker.send(message("REQ", "WORK_COMPLETE T:1 x"));
  await worker.sync();
  expect(await reportsAfter(10_000)).toBe(1);
  expect(await reportsAfter(10_000)).toBe(1);
});
