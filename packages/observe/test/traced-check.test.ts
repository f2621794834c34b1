import { expect, test } from "vitest";
import { CHECK_POINTS } from "../src/check-hops.ts";
import { parseChecks } from "../src/traced-check.ts";

const check = {
  ...{ host: "web", service: "ping", queue: "service", worker: "w1", state: 0, unique: "u" },
  timesMs: Object.fromEntries(CHECK_POINTS.map((point) => [point, 1])),
  ...{ clockDifferenceMs: 0, timeoutSeconds: 60 },
};
const parse = (one: unknown) => parseChecks(JSON.stringify({ checks: [one] }));

test("what a bridge answers, of this version and of an earlier one", () => {
  expect(parse(check)).toEqual([check]);
  const { timeoutSeconds: _, ...earlier } = check;
  const underWay = {
    ...earlier,
    service: null,
    worker: null,
    state: null,
    unique: null,
    clockDifferenceMs: null,
  };
  expect(parse(underWay)).toEqual([underWay]);
});

test.for([
  ...["host", "queue", "service", "worker", "unique"].map((name) => ({ [name]: { evil: 1 } })),
  ...["state", "clockDifferenceMs", "timeoutSeconds"].map((name) => ({ [name]: "1" })),
  { timesMs: null },
  { timesMs: { ...check.timesMs, ended: "1" } },
])("%j is of another program", (broken) => {
  expect(() => parse({ ...check, ...broken })).toThrow("something else than checks");
});
