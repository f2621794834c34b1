import { expect, test } from "vitest";

import { SubmissionStatistics } from "../src/statistics.ts";

test("the classic line, columns included", () => {
  const statistics = new SubmissionStatistics(0);
  for (let i = 0; i < 20; i++) statistics.submitted(2);
  statistics.submitted(10);
  statistics.failed();
  expect(statistics.line(10_000)).toBe(
    "gearmand submission statistics: jobs:     22   errors:       1   submit_rate:    2.1/s   " +
      "avg_submit_duration: 0.002381s   max_submit_duration: 0.010000s",
  );
});

test("counters of a line are reset, those of the status answer are not", () => {
  const statistics = new SubmissionStatistics(0);
  statistics.submitted(4);
  statistics.line(1000);
  expect(statistics.line(2000)).toContain("jobs:      0   errors:       0   submit_rate:    0.0/s");
  statistics.failed();
  expect(statistics.status({ hostName: "monhost", version: "1.0.0", resultWorkers: 1 })).toBe(
    "0:OK - result worker running on monhost. Sending 0.0 jobs/s (avg duration:0.000ms). Version: 1.0.0" +
      "|worker=1;;;0;1 avg_submit_duration=0.000000s;;;0;0.000000 jobs=2c errors=1c",
  );
});

test("the status answer shows the last interval", () => {
  const statistics = new SubmissionStatistics(0);
  statistics.submitted(3);
  statistics.line(2000);
  expect(statistics.status({ hostName: "h", version: "1", resultWorkers: 2 })).toContain(
    "Sending 0.5 jobs/s (avg duration:3.000ms). Version: 1|worker=2;;;0;2 avg_submit_duration=0.003000s;;;0;0.003000 ",
  );
});
