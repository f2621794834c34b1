import {
  checkGearmanTable,
  gearmandTable,
  moduleTable,
  type OptionTable,
  optionsOf,
  queueTable,
  readOption,
  sendGearmanTable,
  topTable,
  WarningCollector,
  workerTable,
} from "@mod-gearman/config";
import { describe, expect, test } from "vitest";
import { loadAs } from "./loaders.ts";

const TABLES: Record<string, OptionTable> = {
  module: moduleTable,
  worker: workerTable,
  send_gearman: sendGearmanTable,
  check_gearman: checkGearmanTable,
  gearman_top: topTable,
  mod_gearman_queue: queueTable,
  gearmand: gearmandTable,
};
const BOUND = 2_147_483_647;
/** Numbers that are not times of this program. */
const NO_DURATION = [
  "timeout_return",
  "hashtable-buckets",
  "limit_open_files",
  "keepalive-count",
  "keepalive",
];

test.for(Object.entries(TABLES))("%s: every time is a duration", ([, table]) => {
  const times = optionsOf(table).filter(
    ({ option, meta }) =>
      !NO_DURATION.includes(option) &&
      meta.isNumber &&
      (/timeout|interval|age$|stale|window|threshold|seconds|idle/.test(option) ||
        /^(?:Milli)?seconds/i.test(meta.help)) &&
      !/^(?:warning|critical)-/.test(option),
  );
  for (const { option, meta } of times) expect([option, meta.unit]).toEqual([option, expect.any(String)]);
});

const durations = Object.entries(TABLES).flatMap(([program, table]) =>
  optionsOf(table)
    .filter(({ meta }) => meta.unit !== undefined)
    .map(({ option }) => [program, option] as const),
);

describe("all durations are below the common bound", () => {
  test("there are many", () => expect(durations.length).toBeGreaterThan(18));
  test.for(durations)("%s %s", ([program, option]) => {
    const warnings = new WarningCollector();
    const entries = [{ text: "99999999999999999999", where: "command line", folder: undefined }];
    const row = TABLES[program]?.[option];
    if (row === undefined) throw new Error(`no ${option}`);
    let value: unknown;
    try {
      value = readOption(row, { option, entries, warnings });
    } catch (error) {
      expect(String(error)).toContain(`${option}: a number`); // refused with a clear message
      return;
    }
    expect(value).toBeLessThanOrEqual(BOUND);
    expect(warnings.list().map(({ text }) => text)).toContain(
      `${option}: 99999999999999999999 ${row.unit} are too many, using ${value}`,
    );
  });
});

test.for<[string, string, string, number]>([
  ["module", "log_stats_interval=2147484", "logStatsIntervalSeconds", 2_147_484], // beyond a timer of Node
  ["module", "log_stats_interval=2147483647", "logStatsIntervalSeconds", BOUND],
  ["worker", "max-age=2592000", "maxAgeSeconds", 2_592_000], // 30 days
  ["worker", "job_timeout=3000000", "jobTimeoutSeconds", 3_000_000],
  ["send_gearman", "timeout=2147484", "timeoutSeconds", 2_147_484],
  ["send_gearman", "retry-interval=100000.5", "retryIntervalSeconds", 100_000.5],
  ["check_gearman", "timeout=100000", "timeoutSeconds", 100_000],
  ["gearman_top", "interval=2147484", "intervalSeconds", 2_147_484],
])("%s --%s is taken as it is", ([program, argument, name, value]) =>
  expect(loadAs(program, [`--${argument}`])).toMatchObject({ options: { [name]: value }, warnings: [] }),
);

test("a negative and a large time of a sender are reported as such", () => {
  const texts = (argument: string) => loadAs("send_gearman", [argument]).warnings.map(({ text }) => text);
  expect(texts("--timeout=-1")).toEqual(["timeout: -1 is negative, using 10"]);
  expect(texts("--timeout=2147483648")).toEqual([
    "timeout: 2147483648 seconds are too many, using 2147483647",
  ]);
});
