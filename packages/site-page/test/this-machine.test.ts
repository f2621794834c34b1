import { hostname } from "node:os";
import { ManualClock } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { ThisMachine } from "../src/http/this-machine.ts";

test("host name and addresses are those of this machine, others are not", () => {
  const here = new ThisMachine(new ManualClock());
  expect(here.has(hostname().toLowerCase())).toBe(true);
  expect(here.has("127.0.0.1")).toBe(true);
  expect(here.has("mon9.example")).toBe(false);
});

test("addresses are read once a minute", async () => {
  const clock = new ManualClock();
  const hosts = ["192.0.2.1"];
  let reads = 0;
  const here = new ThisMachine(clock, () => {
    reads += 1;
    return hosts;
  });
  expect([here.has("192.0.2.1"), here.has("192.0.2.2"), reads]).toEqual([true, false, 1]);
  hosts.push("192.0.2.2");
  await clock.advance(60_000);
  expect([here.has("192.0.2.2"), reads]).toEqual([true, 2]);
});
