import { once } from "node:events";
import { cpSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { settle, type TestContext, tmpFolder } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { openResult, sealJob, serviceJob, WorkerWorld } from "./worker-world.ts";

/** Consecutive workers with one folder of journals; the job server assigns the jobs of one to the next. */
class Lives {
  readonly #context: TestContext;
  readonly #folder: string;
  #count = 0;

  constructor(context: TestContext) {
    this.#context = context;
    this.#folder = tmpFolder(context);
  }

  /** The next worker, after the previous one died in its current state. */
  async next(...args: string[]): Promise<WorkerWorld> {
    const world = new WorkerWorld("--min-worker=4", "--max-worker=4", ...args);
    world.journalFolder = join(this.#folder, `${++this.#count}`);
    if (this.#count > 1)
      cpSync(join(this.#folder, `${this.#count - 1}`), world.journalFolder, { recursive: true });
    this.#context.onTestFinished(() => world.end());
    return world.start();
  }
}

const jobs = {
  good: serviceJob("/good", { service_description: "good" }),
  fine: serviceJob("/fine", { service_description: "fine" }),
  bad: serviceJob("/bad", { service_description: "bad" }),
};
const put = (world: WorkerWorld, ...names: (keyof typeof jobs)[]) => {
  for (const name of names) world.servers.a.put("service", jobs[name]);
};
const running = (world: WorkerWorld) => world.runner.runs.map((run) => run.commandLine);
const end = async (world: WorkerWorld, commandLine: string) => {
  world.runner.runs.find((run) => run.commandLine === commandLine)?.end({ exitCode: 0 });
  await settle();
};
const results = (world: WorkerWorld) =>
  world.servers.a.submitted.map(({ data }) => {
    const { serviceDescription, returnCode, output } = openResult(data);
    return [`${serviceDescription}`, returnCode, output.toString()];
  });
const REFUSED =
  "UNKNOWN: the worker died twice while this check ran, the second time with nothing else running: it is not run again (worker: w1)";

describe("a job that ends its worker (D30)", () => {
  test("is answered UNKNOWN after the second time; the jobs beside it are run", async (context) => {
    const lives = new Lives(context);
    const first = await lives.next();
    put(first, "good", "bad", "fine");
    await settle();
    expect(running(first)).toEqual(["/good", "/bad", "/fine"]); // all of them are running when it dies

    const second = await lives.next();
    expect(second.logger.lines).toContain(
      "warn: the worker died with jobs in hand: if they come again, 3 will run alone and 0 will not run",
    );
    put(second, "good", "bad", "fine");
    second.servers.a.put("service", serviceJob("/new"));
    await settle();
    expect(running(second)).toEqual(["/good"]);
    await end(second, "/good");
    expect(running(second)).toEqual(["/good", "/bad"]); // and it dies again

    const third = await lives.next();
    put(third, "bad", "fine");
    third.servers.a.put("service", serviceJob("/new"));
    await settle();
    expect(results(third)).toEqual([["bad", 3, REFUSED]]);
    expect(third.servers.a.completed).toHaveLength(1);
    expect(third.logger.lines.join("\n")).toContain(
      "error: the worker died twice with this job, it is not run again: service - handle: A:1 - host: h1 - service: bad - command: /bad",
    );
    await end(third, "/fine");
    await end(third, "/new");
    expect(results(third).slice(1)).toEqual([
      ["fine", 0, ""],
      ["s1", 0, ""],
    ]);
    await third.signal("SIGUSR1");
    expect(third.logger.lines).toContain(
      "error: in hand when the worker died: 0 jobs not seen again, 1 not run",
    );
    put(third, "bad"); // it was answered: an ordinary job from now on
    await settle();
    expect(running(third).at(-1)).toBe("/bad");
  });

  test("a notification has no result: it is answered and logged", async (context) => {
    const lives = new Lives(context);
    const notification = sealJob({ type: "notification", command_line: "/mail" });
    for (const life of [1, 2]) {
      const world = await lives.next("--notifications=yes");
      world.servers.a.put("notification", notification);
      await settle();
      expect([life, running(world)]).toEqual([life, ["/mail"]]);
    }
    const third = await lives.next("--notifications=yes");
    const handle = third.servers.a.put("notification", notification);
    await settle();
    expect(third.servers.a.completed).toEqual([{ handle, data: "OK" }]);
    expect(third.logger.lines).toContain("error: host notification exited with return code 3");
  });

  test("an orderly end leaves no suspects, also with killed plugins", async (context) => {
    const lives = new Lives(context);
    const first = await lives.next();
    put(first, "good", "bad");
    await settle();
    await first.end();
    const second = await lives.next();
    put(second, "good", "bad");
    await settle();
    expect(running(second)).toEqual(["/good", "/bad"]);
  });

  test("a stop returns suspects and held jobs; a drain runs them first", async (context) => {
    const lives = new Lives(context);
    put(await lives.next(), "bad");
    await settle();
    const second = await lives.next();
    put(second, "good");
    await settle();
    put(second, "bad");
    await settle();
    await second.signal("SIGTERM");
    await end(second, "/good");
    expect([second.servers.a.requeued.length, results(second).length]).toEqual([1, 1]);
    await settle();
    expect(second.exitCode).toBe(0);

    const again = new Lives(context);
    put(await again.next(), "bad");
    await settle();
    const drained = await again.next();
    put(drained, "bad", "good");
    await settle();
    await drained.signal("SIGUSR2");
    await end(drained, "/bad");
    await end(drained, "/good");
    expect(drained.logger.lines).toContain("info: drained, waiting for sigusr2 or sigterm");
    expect(results(drained).map(([name]) => name)).toEqual(["bad", "good"]);
  });

  test("while jobs wait, none is moved to the background, and no slot is added", async (context) => {
    const lives = new Lives(context);
    put(await lives.next(), "bad");
    await settle();
    const second = await lives.next("--max-worker=8", "--backgrounding-threshold=5");
    put(second, "bad", "good", "fine");
    second.servers.a.put("service", serviceJob("/new"));
    await second.clock.advance(40_000);
    expect(running(second)).toEqual(["/bad"]);
    expect(second.servers.a.completed).toEqual([]);
    expect(second.servers.a.workers("service")).toBe(4);
    await second.clock.advance(25_000); // they have waited for a minute
    expect(running(second)).toHaveLength(4);
  });

  test("a defect of the worker counts as any other death", async (context) => {
    const lives = new Lives(context);
    const first = await lives.next();
    put(first, "bad");
    await settle();
    first.crash(); // as the process does before it exits with 1
    const second = await lives.next();
    expect(second.logger.lines.join("\n")).toContain("the worker died with jobs in hand");
  });

  test("a built-in check that waits is in the journal, check_dummy is not", async (context) => {
    const silent = createServer().listen(0, "127.0.0.1");
    context.onTestFinished(() => void silent.close());
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const lives = new Lives(context);
    const first = await lives.next();
    first.servers.a.put("service", serviceJob("/x/check_dummy 0"));
    first.servers.a.put("service", serviceJob(`/x/check_prometheus --address http://127.0.0.1:${port} m p`));
    const [socket] = await once(silent, "connection");
    context.onTestFinished(() => void socket.destroy());
    expect(first.servers.a.completed).toHaveLength(1);
    const second = await lives.next();
    expect(second.logger.lines.join("\n")).toContain(
      "if they come again, 1 will run alone and 0 will not run",
    );
  });
});
