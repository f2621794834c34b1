import type { ServerAddress as ConfigServerAddress } from "@mod-gearman/config";
import { type Logger, memoryLogger } from "@mod-gearman/observe";
import { ManualClock } from "@mod-gearman/testkit";
import { expect, expectTypeOf, test } from "vitest";
import { type ClientLogger, type Clock, type ServerAddress, systemClock } from "../src/index.ts";

test("the logger of the observe room is a logger here", () => {
  expectTypeOf<Logger>().toExtend<ClientLogger>();
  const logger = memoryLogger();
  const here: ClientLogger = logger;
  here.warn("text");
  expect(logger.lines).toEqual(["warn: text"]);
});

test("an address from the configuration is an address here", () => {
  expectTypeOf<ConfigServerAddress>().toExtend<ServerAddress>();
});

test("the manual clock of the test kit is a clock here", () => {
  expectTypeOf<ManualClock>().toExtend<Clock>();
  const clock: Clock = new ManualClock(5);
  expect(clock.now()).toBe(5);
});

test("the system clock runs forwards, its timers fire and can be cleared", async () => {
  const before = systemClock.now();
  await new Promise<void>((resolve, reject) => {
    const never = systemClock.setTimeout(() => reject(new Error("was cleared")), 1);
    systemClock.clearTimeout(never);
    systemClock.setTimeout(resolve, 2);
  });
  expect(systemClock.now()).toBeGreaterThan(before);
  expect(systemClock.random()).toSatisfy((value: number) => value >= 0 && value < 1);
});
