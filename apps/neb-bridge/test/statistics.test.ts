import { expect, test } from "vitest";

import { SubmissionStatistics } from "../src/statistics.ts";

/** Statistics every `seconds`, and the lines that they wrote. */
function statisticsEvery(seconds: number) {
  const lines: string[] = [];
  const statistics = new SubmissionStatistics((line) => lines.push(line));
  statistics.countEvery(seconds);
  return { statistics, lines };
}
const WHO = { hostName: "monhost", version: "1.0.0", resultWorkers: 1 };

test("2.12: the classic line, columns included; a failed attempt counts in the average", () => {
  const { statistics, lines } = statisticsEvery(10);
  for (let i = 0; i < 20; i++) statistics.attempted(2, true, 0);
  statistics.attempted(11, true, 1000);
  statistics.attempted(4, false, 10_000);
  expect(lines).toEqual([
    "gearmand submission statistics: jobs:     22   errors:       1   submit_rate:    2.1/s   " +
      "avg_submit_duration: 0.002500s   max_submit_duration: 0.011000s",
  ]);
});

test("2.12: the line is written with a submission only, not before the interval has passed", () => {
  const { statistics, lines } = statisticsEvery(60);
  statistics.attempted(1, true, 5000);
  statistics.attempted(1, true, 64_999);
  expect(lines).toEqual([]);
  statistics.attempted(1, true, 185_000);
  expect(lines).toEqual([expect.stringContaining("jobs:      3   errors:       0   submit_rate:    0.0/s")]);
  statistics.attempted(1, true, 244_000);
  expect(lines).toHaveLength(1);
  statistics.attempted(1, true, 245_000);
  expect(lines[1]).toContain("jobs:      2   errors:       0   submit_rate:    0.0/s");
});

test("records that were dropped are added to the next line, and only there", () => {
  const { statistics, lines } = statisticsEvery(1);
  statistics.recordsDropped(5);
  statistics.recordsDropped(2);
  for (const now of [0, 2000, 4000]) statistics.attempted(1, true, now);
  expect(lines.map((line) => line.replace(/^.*max_submit_duration: /, ""))).toEqual([
    "0.001000s   records_dropped: 7",
    "0.001000s",
  ]);
});

test("3.4: the counters of a line are reset, those of the status answer are not", () => {
  const { statistics, lines } = statisticsEvery(1);
  statistics.attempted(4, true, 0);
  statistics.attempted(2, true, 2000);
  expect(statistics.status(WHO)).toBe(
    "0:OK - result worker running on monhost. Sending 1.0 jobs/s (avg duration:3.000ms). Version: 1.0.0" +
      "|worker=1;;;0;1 avg_submit_duration=0.003000s;;;0;0.004000 jobs=2c errors=0c",
  );
  statistics.attempted(1, false, 4000);
  expect(lines[1]).toContain("jobs:      1   errors:       1   submit_rate:    0.0/s");
  expect(statistics.status({ ...WHO, resultWorkers: 3 })).toBe(
    "0:OK - result worker running on monhost. Sending 0.0 jobs/s (avg duration:1.000ms). Version: 1.0.0" +
      "|worker=3;;;0;3 avg_submit_duration=0.001000s;;;0;0.001000 jobs=3c errors=1c",
  );
});

test("3.4: rate, average and maximum are 0 until the first interval has ended", () => {
  const { statistics } = statisticsEvery(60);
  statistics.attempted(4, true, 0);
  expect(statistics.status(WHO)).toContain(
    "Sending 0.0 jobs/s (avg duration:0.000ms). Version: 1.0.0" +
      "|worker=1;;;0;1 avg_submit_duration=0.000000s;;;0;0.000000 jobs=1c errors=0c",
  );
});

test("2.12: log_stats_interval=0 counts nothing; a change at a reload takes effect", () => {
  const { statistics, lines } = statisticsEvery(0);
  statistics.attempted(4, true, 0);
  statistics.attempted(4, true, 900_000);
  expect(lines).toEqual([]);
  expect(statistics.status(WHO)).toContain(" jobs=0c errors=0c");
  statistics.countEvery(5);
  statistics.attempted(4, true, 1_000_000);
  statistics.attempted(4, true, 1_005_000);
  expect(lines).toHaveLength(1);
  statistics.countEvery(0);
  expect(statistics.status(WHO)).toContain("Sending 0.0 jobs/s (avg duration:0.000ms)");
});
