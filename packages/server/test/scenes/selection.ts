import type { Scene } from "../play.ts";

const submitted = (...jobs: readonly string[]): string[] =>
  jobs.flatMap((job, index) => [`C > ${job}`, `C < JOB_CREATED T:${index + 1}`]);
const registered = (...functions: readonly string[]): string[] => functions.map((one) => `W > CAN_DO ${one}`);
const grabbed = (...jobs: readonly string[]): string[] =>
  jobs.flatMap((job) => ["W > GRAB_JOB", `W < JOB_ASSIGN ${job}`]);

const waiting = submitted(
  "SUBMIT_JOB_LOW_BG a u1 low",
  "SUBMIT_JOB_BG a u2 normal",
  "SUBMIT_JOB_HIGH_BG a u3 high",
  "SUBMIT_JOB_BG b u4 normal",
  "SUBMIT_JOB_HIGH_BG b u5 high",
  "SUBMIT_JOB_HIGH_BG b u6 high",
);
const threeFunctions = [
  ...submitted(
    "SUBMIT_JOB_BG a u1 w",
    "SUBMIT_JOB_BG a u2 w",
    "SUBMIT_JOB_BG a u3 w",
    "SUBMIT_JOB_BG b u4 w",
    "SUBMIT_JOB_BG b u5 w",
    "SUBMIT_JOB_BG c u6 w",
  ),
  ...registered("a", "b", "c"),
];

/** Selection order and wake-ups. Source: job-server.md 2.4, 2.5; X6, X7, X12. */
export const selectionScenes: readonly Scene[] = [
  {
    name: "2.4 first in, first out; high, normal, low",
    steps: [
      ...submitted(
        "SUBMIT_JOB_LOW_BG f u1 w",
        "SUBMIT_JOB_BG f u2 w",
        "SUBMIT_JOB_HIGH_BG f u3 w",
        "SUBMIT_JOB_LOW_BG f u4 w",
        "SUBMIT_JOB_BG f u5 w",
        "SUBMIT_JOB_HIGH_BG f u6 w",
      ),
      ...registered("f"),
      ...grabbed("T:3 f w", "T:6 f w", "T:2 f w", "T:5 f w", "T:1 f w", "T:4 f w"),
      "W > GRAB_JOB",
      "W < NO_JOB",
    ],
  },
  {
    name: "2.4 several functions: high jobs of any function first, newest CAN_DO first among equals",
    because: "[D] 2.4: gearmand 1.1 empties one function after the other, as ours does with compat 1.1",
    steps: [
      ...waiting,
      ...registered("b", "a"),
      ...["real", "ours"].flatMap((which) => {
        const order =
          which === "real"
            ? ["T:3 a high", "T:2 a normal", "T:1 a low", "T:5 b high", "T:6 b high", "T:4 b normal"]
            : ["T:3 a high", "T:5 b high", "T:6 b high", "T:2 a normal", "T:4 b normal", "T:1 a low"];
        return grabbed(...order).map((step) => `${which}: ${step}`);
      }),
    ],
  },
  {
    name: "job-server.md 2.4, compat 1.1: newest CAN_DO first, inside it by priority",
    options: { compat: "1.1" },
    steps: [
      ...waiting,
      ...registered("b", "a"),
      ...grabbed("T:3 a high", "T:2 a normal", "T:1 a low", "T:5 b high", "T:6 b high", "T:4 b normal"),
    ],
  },
  {
    name: "2.4 compat 1.1 without round robin: the newest function is emptied first",
    options: { compat: "1.1" },
    steps: [...threeFunctions, ...grabbed("T:6 c w", "T:4 b w", "T:5 b w", "T:1 a w", "T:2 a w", "T:3 a w")],
  },
  {
    name: "2.4 X25 a function that had its turn goes to the end, without an option too",
    because: "X25: gearmand 2.0 rotates always, 1.1 with --round-robin",
    steps: [
      ...threeFunctions,
      ...grabbed("T:6 c w"),
      ...["real", "ours"].flatMap((which) => {
        const order =
          which === "real" ? ["T:4 b w", "T:5 b w", "T:1 a w"] : ["T:4 b w", "T:1 a w", "T:5 b w"];
        return grabbed(...order).map((step) => `${which}: ${step}`);
      }),
      ...grabbed("T:2 a w", "T:3 a w"),
    ],
  },
  {
    name: "2.4 round robin, compat 1.1: a function that had its turn goes to the end",
    options: { compat: "1.1", roundRobin: true },
    steps: [...threeFunctions, ...grabbed("T:6 c w", "T:4 b w", "T:1 a w", "T:5 b w", "T:2 a w", "T:3 a w")],
  },
  {
    name: "2.4 round robin: a function that had its turn goes to the end",
    options: { roundRobin: true },
    steps: [...threeFunctions, ...grabbed("T:6 c w", "T:4 b w", "T:1 a w", "T:5 b w", "T:2 a w", "T:3 a w")],
  },
  {
    name: "X12 CAN_DO twice: registered once, in the newest place",
    because: "X12: gearmand counts it twice",
    steps: [
      ...submitted("SUBMIT_JOB_BG a u1 w", "SUBMIT_JOB_BG b u2 w"),
      ...registered("a", "b", "a"),
      "C > text status\\n",
      "real: C <table a\\t1\\t0\\t2|b\\t1\\t0\\t1",
      "ours: C <table a\\t1\\t0\\t1|b\\t1\\t0\\t1",
      ...grabbed("T:1 a w", "T:2 b w"),
    ],
  },
  {
    name: "2.4 one connection may hold any number of jobs, and only of functions it announced",
    steps: [
      ...submitted("SUBMIT_JOB_BG a u1 w", "SUBMIT_JOB_BG b u2 w", "SUBMIT_JOB_BG a u3 w"),
      "W > GRAB_JOB",
      "W < NO_JOB",
      ...registered("a"),
      ...grabbed("T:1 a w", "T:3 a w"),
      "W > GRAB_JOB",
      "W < NO_JOB",
      "W > WORK_COMPLETE T:3 x",
      "W > WORK_COMPLETE T:1 x",
      "C > text status\\n",
      "C <table a\\t0\\t0\\t1|b\\t1\\t0\\t0",
    ],
  },
  {
    name: "2.4 an abandoned job is skipped and dropped when its turn comes",
    steps: [
      "C > SUBMIT_JOB f u1 w",
      "C < JOB_CREATED T:1",
      "D > SUBMIT_JOB f u2 w",
      "D < JOB_CREATED T:2",
      "C leaves",
      "D > text status\\n",
      "D <table f\\t2\\t0\\t0",
      ...registered("f"),
      ...grabbed("T:2 f w"),
      "D > text status\\n",
      "D <table f\\t1\\t1\\t1",
      "D > text show\\sjobs\\n",
      "D <table T:2\\t0\\t0\\t0",
    ],
  },
  {
    name: "2.5 a sleeping worker hears one NOOP, however many jobs come",
    steps: [
      ...registered("f"),
      "W > GRAB_JOB",
      "W < NO_JOB",
      "W > PRE_SLEEP",
      "C > SUBMIT_JOB_BG f u1 w",
      "C < JOB_CREATED T:1",
      "W < NOOP",
      "C > SUBMIT_JOB_BG f u2 w",
      "C < JOB_CREATED T:2",
      ...grabbed("T:1 f w", "T:2 f w"),
      "W > GRAB_JOB",
      "W < NO_JOB",
      "C > SUBMIT_JOB_BG f u3 w",
      "C < JOB_CREATED T:3",
      "W > PRE_SLEEP",
      "W < NOOP",
    ],
  },
  {
    name: "2.5 who sleeps and grabs all the same does not sleep any more",
    steps: [
      ...registered("f"),
      "W > PRE_SLEEP",
      "W > GRAB_JOB",
      "W < NO_JOB",
      "C > SUBMIT_JOB_BG f u1 w",
      "C < JOB_CREATED T:1",
      ...grabbed("T:1 f w"),
    ],
  },
  {
    name: "2.5 who does not sleep, or cannot do it, is not woken; CAN_DO does not wake",
    steps: [
      ...registered("f"),
      "V > CAN_DO g",
      "V > PRE_SLEEP",
      "U > PRE_SLEEP",
      "C > SUBMIT_JOB_BG f u1 w",
      "C < JOB_CREATED T:1",
      "U > CAN_DO f",
      "C > SUBMIT_JOB_BG h u2 w",
      "C < JOB_CREATED T:2",
      "C > SUBMIT_JOB_BG f u3 w",
      "C < JOB_CREATED T:3",
      "U < NOOP",
    ],
  },
  {
    name: "2.5 all sleeping workers are woken",
    steps: [
      ...registered("f"),
      "V > CAN_DO f",
      "U > CAN_DO f",
      "W > PRE_SLEEP",
      "V > PRE_SLEEP",
      "U > PRE_SLEEP",
      "C > SUBMIT_JOB_BG f u1 w",
      "C < JOB_CREATED T:1",
      "W < NOOP",
      "V < NOOP",
      "U < NOOP",
    ],
  },
  {
    name: "2.5 --worker-wakeup 1: one at a time, in turn",
    options: { workerWakeup: 1 },
    steps: [
      ...registered("f"),
      "V > CAN_DO f",
      "W > PRE_SLEEP",
      "V > PRE_SLEEP",
      "C > SUBMIT_JOB_BG f u1 w",
      "C < JOB_CREATED T:1",
      "C > SUBMIT_JOB_BG f u2 w",
      "C < JOB_CREATED T:2",
      "W < NOOP",
      "V < NOOP",
      ...grabbed("T:1 f w"),
    ],
  },
  {
    name: "X6 a worker that was woken, did not grab and sleeps again is woken again",
    because: "X6: gearmand loses the wake-up",
    steps: [
      ...registered("f"),
      "V > CAN_DO f",
      "W > PRE_SLEEP",
      "C > SUBMIT_JOB_BG f u1 w",
      "C < JOB_CREATED T:1",
      "W < NOOP",
      "V > GRAB_JOB",
      "V < JOB_ASSIGN T:1 f w",
      "W > PRE_SLEEP",
      "C > SUBMIT_JOB_BG f u2 w",
      "C < JOB_CREATED T:2",
      "ours: W < NOOP",
    ],
  },
  {
    name: "X7 a job for later hides no other job and wakes no worker",
    because: "X7: gearmand 1.1 hides the low job and sends NOOP all the time",
    steps: [
      "W > CAN_DO f",
      "ours: W > PRE_SLEEP",
      "C > SUBMIT_JOB_EPOCH f u1 32503680000 later",
      "C < JOB_CREATED T:1",
      "C > SUBMIT_JOB_LOW_BG f u2 low",
      "C < JOB_CREATED T:2",
      "ours: W < NOOP",
      "W > GRAB_JOB",
      "real: W < NO_JOB",
      "ours: W < JOB_ASSIGN T:2 f low",
      "W > GRAB_JOB",
      "W < NO_JOB",
      "ours: W > PRE_SLEEP",
    ],
  },
];
