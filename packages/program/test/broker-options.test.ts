import { nodeFiles } from "@mod-gearman/config";
import { expect, test } from "vitest";

import { neededBrokerBits, shownBits } from "../src/broker-options.ts";
import { loadModule } from "../src/load-module.ts";

const OFF = "hosts=no services=no eventhandler=no latency_flatten_window=0";

test.for([
  ["", [1, 4, 8, 16]],
  [OFF, [1]],
  [`${OFF} services=yes`, [1, 4]],
  [`${OFF} hosts=yes`, [1, 8]],
  [`${OFF} hosts=yes do_hostchecks=no`, [1]],
  [`${OFF} servicegroups=a`, [1, 4]],
  [`${OFF} hostgroups=a`, [1, 4, 8]],
  [`${OFF} hostgroups=a do_hostchecks=no`, [1, 4]],
  [`${OFF} queue_custom_variable=WORKER`, [1, 4, 8]],
  [`${OFF} latency_flatten_window=30`, [1, 4, 8]],
  [`${OFF} perfdata=yes`, [1, 4, 8]],
  [`${OFF} eventhandler=yes`, [1, 16]],
  [`${OFF} notifications=yes`, [1, 64]],
  [`${OFF} export=q:0:NEBCALLBACK_LOG_DATA`, [1, 32]],
  [`${OFF} export=q:0:NEBCALLBACK_TIMED_EVENT_DATA`, [1, 2]],
  [`${OFF} export=q:0:NEBCALLBACK_PROCESS_DATA`, [1]],
] as const)("%s", ([line, values]) => {
  const { options } = loadModule(`server=localhost encryption=no ${line}`, "/", nodeFiles);
  expect(neededBrokerBits(options).map(({ value }) => value)).toEqual(values);
});

test("as a text", () => {
  expect(shownBits([{ value: 64, name: "BROKER_NOTIFICATIONS" }])).toBe("BROKER_NOTIFICATIONS (64)");
});
