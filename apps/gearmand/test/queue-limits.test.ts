import { expect, test } from "vitest";
import { queueLimitRules } from "../src/queue-limits.ts";

const none = { queueLimitCount: [], queueLimitBytes: [], queueLimitAge: [], queueLimitPolicy: [] };

test("limits for a function, for a start of names and for all", () => {
  const rules = queueLimitRules({
    queueLimitCount: ["5", "a=b=7"],
    queueLimitBytes: ["host*=1000"],
    queueLimitAge: ["h\u00f6st=60"],
    queueLimitPolicy: ["service=drop-oldest"],
  });
  expect(rules).toEqual([
    { functions: "*", count: 5 },
    { functions: "a=b", count: 7 },
    { functions: "host*", bytes: 1000 },
    { functions: "h\u00c3\u00b6st", ageSeconds: 60 },
    { functions: "service", policy: "drop-oldest" },
  ]);
});

test.for([
  [{ queueLimitCount: ["f=x"] }, "--queue-limit-count: [FUNCTION=]NUMBER is needed"],
  [{ queueLimitBytes: ["f=-1"] }, "--queue-limit-bytes: [FUNCTION=]NUMBER is needed"],
  [{ queueLimitAge: ["f="] }, "--queue-limit-age: [FUNCTION=]NUMBER is needed"],
  [
    { queueLimitPolicy: ["f=drop"] },
    "--queue-limit-policy: [FUNCTION=]reject, drop-oldest or drop-newest is needed",
  ],
] as const)("%j is refused", ([options, problem]) => {
  expect(queueLimitRules({ ...none, ...options })).toEqual({ problem });
});
