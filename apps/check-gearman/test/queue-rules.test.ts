import { describe, expect, test } from "vitest";
import { judgeQueues, type Queue, type Thresholds } from "../src/queue-rules.ts";
import type { State } from "../src/verdict.ts";

const defaults: Thresholds = {
  warningJobs: 10,
  criticalJobs: 100,
  warningWorkers: 25,
  criticalWorkers: 50,
  criticalWithoutWorker: false,
};
const queue = (more: Partial<Queue>): Queue => ({ name: "q", waiting: 0, running: 0, workers: 1, ...more });

describe("the first applicable rule of tools.md 3.2 decides", () => {
  test.for<[string, Partial<Queue>, Partial<Thresholds>, State, string]>([
    [
      "1 jobs without worker",
      { waiting: 1, workers: 0 },
      {},
      "CRITICAL",
      "Queue q has 1 job without any worker. ",
    ],
    ["1 several", { waiting: 2, workers: 0 }, {}, "CRITICAL", "Queue q has 2 jobs without any worker. "],
    [
      "1 without thresholds",
      { waiting: 1, workers: 0 },
      { warningJobs: 0, criticalJobs: 0 },
      "CRITICAL",
      "Queue q has 1 job without any worker. ",
    ],
    ["1 before 2", { waiting: 100, workers: 0 }, {}, "CRITICAL", "Queue q has 100 jobs without any worker. "],
    ["2 at -c", { waiting: 100 }, {}, "CRITICAL", "Queue q has 100 waiting jobs. "],
    ["2 one job", { waiting: 1 }, { criticalJobs: 1 }, "CRITICAL", "Queue q has 1 waiting job. "],
    ["2 off", { waiting: 100 }, { criticalJobs: 0 }, "WARNING", "Queue q has 100 waiting jobs. "],
    ["2 before 3", { waiting: 100, workers: 50 }, {}, "CRITICAL", "Queue q has 100 waiting jobs. "],
    ["3 at -C", { workers: 50 }, {}, "CRITICAL", "Queue q has 50 worker. "],
    ["3 off", { workers: 50 }, { criticalWorkers: 0 }, "WARNING", "Queue q has 50 worker. "],
    ["3 before 5", { workers: 50, waiting: 10 }, {}, "CRITICAL", "Queue q has 50 worker. "],
    ["4 -x", { workers: 0 }, { criticalWithoutWorker: true }, "CRITICAL", "Queue q has no worker. "],
    [
      "1 before 4",
      { workers: 0, waiting: 1 },
      { criticalWithoutWorker: true },
      "CRITICAL",
      "Queue q has 1 job without any worker. ",
    ],
    ["5 at -w", { waiting: 10 }, {}, "WARNING", "Queue q has 10 waiting jobs. "],
    ["5 before 6", { waiting: 10, workers: 25 }, {}, "WARNING", "Queue q has 10 waiting jobs. "],
    ["6 at -W", { workers: 25 }, {}, "WARNING", "Queue q has 25 worker. "],
    ["below 5", { waiting: 9 }, {}, "OK", "0 jobs running and 9 jobs waiting. Version: 1"],
    ["below 6", { workers: 24 }, {}, "OK", "0 jobs running and 0 jobs waiting. Version: 1"],
    ["5 off", { waiting: 99 }, { warningJobs: 0 }, "OK", "0 jobs running and 99 jobs waiting. Version: 1"],
    ["6 off", { workers: 49 }, { warningWorkers: 0 }, "OK", "0 jobs running and 0 jobs waiting. Version: 1"],
    ["no -x", { workers: 0 }, {}, "OK", "0 jobs running and 0 jobs waiting. Version: 1"],
    ["one of each", { waiting: 1, running: 1 }, {}, "OK", "1 job running and 1 job waiting. Version: 1"],
    ["a negative count", { waiting: -1 }, {}, "OK", "0 jobs running and -1 jobs waiting. Version: 1"],
  ])("%s", ([, given, limits, state, text]) => {
    const verdict = judgeQueues([queue(given)], { ...defaults, ...limits }, { version: "1" });
    expect([verdict.state, verdict.text]).toEqual([state, text]);
  });
});

test("T4: the worst queue decides, in any order; texts are in the order of the queues", () => {
  const queues = [
    queue({ name: "a", waiting: 100 }),
    queue({ name: "b", waiting: 10 }),
    queue({ name: "c" }),
  ];
  for (const order of [queues, [...queues].reverse()]) {
    expect(judgeQueues(order, defaults, { version: "" }).state).toBe("CRITICAL");
  }
  expect(judgeQueues(queues, defaults, { version: "" }).text).toBe(
    "Queue a has 100 waiting jobs. Queue b has 10 waiting jobs. ",
  );
});

test("perfdata: three values per queue with the thresholds of the command line, prefixed by a label", () => {
  const limits = { ...defaults, warningJobs: 5, criticalWorkers: 0 };
  const { perfdata } = judgeQueues([queue({ waiting: 1, running: 2 })], limits, {
    version: "",
    label: "h:1/",
  });
  expect(perfdata).toBe("'h:1/q_waiting'=1;5;100;0 'h:1/q_running'=2 'h:1/q_worker'=1;25;0;0 ");
});

test("in names, quotes are doubled in labels; bars and control bytes are replaced", () => {
  const { text, perfdata } = judgeQueues([queue({ name: "a'|\u001b[31m", waiting: 10 })], defaults, {
    version: "",
  });
  expect(text).toBe("Queue a'/?[31m has 10 waiting jobs. ");
  expect(perfdata.startsWith("'a''|?[31m_waiting'=10;")).toBe(true);
});

test("C1 controls, as bytes and as UTF-8, are replaced; letters containing such a byte are kept", () => {
  const { text, perfdata } = judgeQueues(
    [queue({ name: "a\x9b1m\xc2\x9b2m\xe2\x9b\x9b", waiting: 10 })],
    defaults,
    {
      version: "",
    },
  );
  expect(text).toBe("Queue a?1m?2m\xe2\x9b\x9b has 10 waiting jobs. ");
  expect(perfdata.startsWith("'a?1m?2m\xe2\x9b\x9b_waiting'=10;")).toBe(true);
  expect(judgeQueues([], defaults, { version: "1\x9b" }).text).toContain("Version: 1?");
});

test("no queue at all", () =>
  expect(judgeQueues([], defaults, { version: "1.1.20" })).toEqual({
    state: "OK",
    text: "0 jobs running and 0 jobs waiting. Version: 1.1.20",
    perfdata: "",
  }));
