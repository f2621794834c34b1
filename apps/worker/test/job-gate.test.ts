import { crc32 } from "node:zlib";
import type { Logger } from "@mod-gearman/base";
import { memoryLogger } from "@mod-gearman/observe";
import { ManualClock, type TestContext, tmpFolder } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import type { JobEnd } from "../src/job.ts";
import { JobGate } from "../src/job-gate.ts";
import { type OpenedJournal, openJournal } from "../src/job-journal.ts";
import { markOf } from "../src/job-mark.ts";

const QUEUE = Buffer.from("q");

/** Consecutive processes with one folder for their journals; each has died when the next one opens it. */
class Processes {
  readonly #folder: string;
  #pid = 0;

  /** @param died running when each of the first `deaths` processes died */
  constructor(folder: string, died: readonly string[], deaths: number) {
    this.#folder = folder;
    for (let n = 0; n < (died.length === 0 ? 0 : deaths); n++) {
      const { journal } = this.open(memoryLogger());
      for (const name of died) journal.begin(markOf(QUEUE, Buffer.from(name), crc32(name)));
    }
  }

  open(logger: Logger): OpenedJournal {
    const pid = ++this.#pid;
    const readProc = (name: string) => (name === "self/stat" ? `${pid} (x) S` : undefined);
    return openJournal({ folder: this.#folder, readProc, logger });
  }
}

/** A gate whose jobs are ended by the test. */
class World {
  readonly clock = new ManualClock();
  readonly logger = memoryLogger();
  readonly notes: string[] = [];
  readonly gate: JobGate;
  readonly #processes: Processes;
  readonly #running = new Map<string, (end: JobEnd) => void>();

  constructor(processes: Processes) {
    this.#processes = processes;
    const { journal, remains } = processes.open(this.logger);
    this.gate = new JobGate({
      run: ({ data }, _origin, done, begins) => {
        const name = data.toString("latin1", 0, 8);
        this.notes.push(`run ${name}`);
        if (!name.startsWith("inside")) begins();
        this.#running.set(name, done);
      },
      refuse: ({ data }, _origin, done) => {
        this.notes.push(`refuse ${data}`);
        this.#running.set(data.toString(), done);
      },
      hold: (isHeld) => this.notes.push(isHeld ? "hold" : "go on"),
      journal,
      deaths: remains.deaths,
      clock: this.clock,
      logger: this.logger,
    });
  }

  put(name: string, data = name): void {
    const assignment = {
      handle: Buffer.from(name),
      data: Buffer.from(data),
      complete: () => undefined,
      fail: () => undefined,
    };
    const origin = { server: "a", via: undefined, queue: QUEUE, crc: crc32(data) };
    this.gate.handle(assignment, origin, (end) => this.notes.push(`${end} ${name}`));
  }

  end(name: string, end: JobEnd = "answered"): void {
    const done = this.#running.get(name);
    this.#running.delete(name);
    done?.(end);
  }

  /** Calls since the previous look. */
  news(): string[] {
    return this.notes.splice(0);
  }

  /** Suspects of a process that starts now, after the death of this one. */
  afterDeath(...names: string[]): string[] {
    this.gate.flush();
    const { journal } = this.#processes.open(this.logger);
    return names.map((name) => {
      const suspect = journal.find(markOf(QUEUE, Buffer.from(name), crc32(name)));
      return suspect === undefined ? "unknown" : suspect.isRefused ? "refused" : "suspect";
    });
  }

  /** The next process, after the death of this one. */
  afterLife(): World {
    this.gate.flush();
    return new World(this.#processes);
  }
}

const setUp = (context: TestContext, died: readonly string[] = [], deaths = 1): World =>
  new World(new Processes(tmpFolder(context), died, deaths));

test("without suspects every job runs at once, and is in the journal while it runs", (context) => {
  const world = setUp(context);
  for (const name of ["a", "b", "inside"]) world.put(name);
  expect(world.news()).toEqual(["run a", "run b", "run inside"]);
  world.end("a");
  expect(world.afterDeath("a", "b", "inside")).toEqual(["unknown", "suspect", "unknown"]);
});

test("a large payload is in the journal before it is decoded", (context) => {
  const world = setUp(context);
  const data = `inside${"x".repeat(64 * 1024)}`;
  world.put("inside", data);
  expect(world.afterDeath(data)).toEqual(["suspect"]);
});

describe("suspects", () => {
  test("run alone, one after the other, when running jobs have ended; others wait and then run", (context) => {
    const world = setUp(context, ["s1", "s2"]);
    world.put("a");
    world.put("s1");
    world.put("b"); // it was requested before
    world.put("s2");
    expect(world.news()).toEqual(["run a", "hold"]);
    world.end("a");
    expect(world.news()).toEqual(["answered a", "run s1"]);
    world.end("s1");
    expect(world.news()).toEqual(["answered s1", "run s2"]);
    world.end("s2");
    expect(world.news()).toEqual(["answered s2", "run b", "go on"]);
    expect([world.gate.suspects, world.gate.refused]).toEqual([0, 0]);
    world.put("s1"); // the same job once more: it is cleared
    expect(world.news()).toEqual(["run s1"]);
    expect(world.logger.lines).toEqual([
      "info: a job came again that was in hand when the worker died: it runs alone, others wait for at most 60 s",
    ]);
  });

  test("a job is refused only if it was running alone when the process died again", (context) => {
    const world = setUp(context, ["s1", "s2", "s3"]);
    for (const name of ["s1", "s2", "s3"]) world.put(name);
    world.end("s1");
    expect(world.afterDeath("s1", "s2", "s3")).toEqual(["unknown", "refused", "suspect"]);
  });

  test("waiting jobs, jobs that have not come and jobs running before it are not refused", (context) => {
    const world = setUp(context, ["s1", "s2"]);
    world.put("a");
    world.put("s1");
    expect(world.afterDeath("a", "s1", "s2")).toEqual(["suspect", "suspect", "suspect"]);
  });

  test.for(["canceled", "shortage"] as const)("that was not executed (%s) stays one", (end, context) => {
    const world = setUp(context, ["s1"]);
    world.put("s1");
    world.end("s1", end);
    expect(world.news()).toEqual(["hold", "run s1", `${end} s1`, "go on"]);
    expect(world.afterDeath("s1")).toEqual(["suspect"]);
  });

  test("the same job twice: the second one is free after the first", (context) => {
    const world = setUp(context, ["s1"]);
    world.put("s1");
    world.put("s1");
    world.end("s1");
    world.end("s1");
    expect(world.news()).toEqual(["hold", "run s1", "answered s1", "run s1", "answered s1", "go on"]);
  });

  test("the same job twice: the second one is in the journal as any other", (context) => {
    const world = setUp(context, ["s1"]);
    world.put("s1");
    world.put("s1");
    world.end("s1");
    expect(world.afterDeath("s1")).toEqual(["suspect"]);
  });

  test("a suspect that has not come within an hour is dropped", async (context) => {
    const world = setUp(context, ["s1"]);
    await world.clock.advance(3_599_000);
    world.gate.tend();
    expect(world.gate.suspects).toBe(1);
    await world.clock.advance(1000);
    world.gate.tend();
    expect([world.gate.suspects, world.gate.describe()]).toEqual([0, []]);
  });
});

describe("the waiting time of other jobs", () => {
  test("is at most a minute in total; then suspects run beside them and are not refused", async (context) => {
    const world = setUp(context, ["s1", "s2", "s3"]);
    world.put("s1");
    await world.clock.advance(20_000);
    world.end("s1");
    world.news();
    world.put("s2");
    world.put("b");
    world.put("s3");
    await world.clock.advance(39_999);
    expect(world.news()).toEqual(["hold", "run s2"]);
    await world.clock.advance(1);
    expect(world.news()).toEqual(["run s3", "run b", "go on"]);
    expect(world.logger.lines.at(-1)).toBe(
      "warn: other jobs have waited for long enough, 2 jobs that were in hand when the worker died run beside them",
    );
    expect(world.afterDeath("s2", "s3", "b")).toEqual(["suspect", "suspect", "suspect"]);
    world.end("s2");
    world.end("s3");
    expect(world.gate.suspects).toBe(0);
    expect(world.clock.pending).toBe(0);
  });

  test("also while a suspect does not end", async (context) => {
    const world = setUp(context, ["s1"]);
    world.put("long");
    world.put("s1");
    await world.clock.advance(60_000);
    expect(world.news()).toEqual(["run long", "hold", "run s1", "go on"]);
    world.put("s1");
    expect(world.news()).toEqual(["run s1"]); // no further waiting in this process
  });

  test.for([
    [1, 60_000],
    [2, 120_000],
    [4, 480_000],
    [20, 3_600_000],
  ] as const)("after %i deaths in a row %i ms", async ([deaths, ms], context) => {
    const world = setUp(context, ["s1"], deaths);
    world.put("s1");
    world.put("b");
    await world.clock.advance(ms - 1);
    expect(world.news()).toEqual(["hold", "run s1"]);
    await world.clock.advance(1);
    expect(world.news()).toEqual(["run b", "go on"]);
  });
});

describe("a job that was running alone", () => {
  test("is answered without being run, others do not wait for it, and then it is dropped", (context) => {
    const world = setUp(context, ["s1", "s2"]);
    world.put("s1");
    const next = world.afterLife();
    next.put("s1");
    next.put("a");
    expect([next.news(), next.gate.refused]).toEqual([["refuse s1", "run a"], 1]);
    expect(next.gate.describe()).toEqual(["in hand when the worker died: 2 jobs not seen again, 1 not run"]);
    next.end("s1", "canceled"); // the result was not accepted: the job comes again
    next.put("s1");
    expect(next.news()).toEqual(["canceled s1", "refuse s1"]);
    next.end("s1");
    next.put("s1");
    expect(next.news()).toEqual(["answered s1", "run s1"]);
  });
});

test("at a stop jobs that have not started go back", async (context) => {
  const world = setUp(context, ["s1"]);
  world.put("a");
  world.put("s1");
  world.put("b");
  world.news();
  world.gate.cancel();
  expect(world.news()).toEqual(["canceled s1", "canceled b"]);
  world.put("s1");
  world.put("c");
  expect(world.news()).toEqual(["run s1", "run c"]);
  expect(world.clock.pending).toBe(0);
  world.gate.close();
  expect(world.afterDeath("s1", "a")).toEqual(["unknown", "unknown"]);
});
