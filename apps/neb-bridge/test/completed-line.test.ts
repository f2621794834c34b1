import type { CheckResult } from "@mod-gearman/payload";
import { expect, test } from "vitest";

import { completedLine } from "../src/completed-line.ts";
import { resultMessage } from "../src/result-message.ts";

const NOW = 1_795_246_681_250_000n;
const result: CheckResult = {
  type: "active",
  hostName: Buffer.from("web01"),
  serviceDescription: Buffer.from("HTTP"),
  returnCode: 2,
  exitedOk: true,
  earlyTimeout: false,
  scheduledCheck: true,
  coreStartTime: NOW - 2_000_000n,
  startTime: NOW - 750_000n,
  finishTime: NOW - 250_000n,
  source: Buffer.from("Mod-Gearman Worker @ w1"),
  output: Buffer.from("x"),
};
const lineOf = (one: CheckResult, elapsedMs?: number): string =>
  completedLine(resultMessage(Buffer.alloc(16), one, NOW), elapsedMs);

test("3.3: the line of the original; its latency is the time since the planned start during which the plugin did not run", () => {
  const text = "service job completed: web01 HTTP: exit 2, latency: 1.500, exec_time: 0.500";
  expect(lineOf(result, 12.4)).toBe(`${text} [Mod-Gearman Worker @ w1, round trip 12 ms]`);
});

test("3.3: a latency given by the sender is added; a host of unknown source", () => {
  const { serviceDescription: _, source: __, ...host } = result;
  const text = "host job completed: web01: exit 2, latency: 4.500, exec_time: 0.500";
  expect(lineOf({ ...host, latency: 3_000_000n })).toBe(`${text} [unknown source]`);
});
