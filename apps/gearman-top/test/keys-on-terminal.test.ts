// @module-tag slow
import type { TestContext } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { listening } from "./built-program.ts";
import { Pane } from "./pane.ts";
import { playing, type Scene } from "./scene.ts";

const STATUS = "service\t13\t5\t5\nhost\t3\t1\t2\ncheck_results\t0\t0\t1\norphan\t4\t0\t0\n";
const NAMES = ["check_results", "host", "orphan", "service"];

async function stage(context: TestContext, scene: Scene, ...args: string[]) {
  const { address } = await listening(context, playing(scene));
  const pane = Pane.start(context, ["-i", "0.05", ...args, "-H", address], { columns: 120, rows: 24 });
  const start = await pane.shows("orphan");
  return { pane, scene, start };
}

/** Names of the queues from top to bottom. */
const names = (lines: readonly string[]) =>
  lines.map((line) => /^[ >](\w+) +\| +\d/.exec(line)?.[1]).filter((name) => name !== undefined);
/** Colour sequences that the program has written. */
const colours = (pane: Pane): string[] => pane.bytes().match(/\[3[0-7]m/g) ?? [];
const isOrder =
  (...order: string[]) =>
  (lines: readonly string[]) =>
    names(lines).join() === order.join();

test("?: a help line that names every key, and off again", async (context) => {
  const { pane, start } = await stage(context, { status: STATUS });
  expect(start.join()).not.toContain("quit");
  pane.keys("?");
  const lines = await pane.shows("q Q ^C: quit");
  const help = lines.slice(-2).join(" ");
  for (const effect of [
    "sort",
    "reverse",
    "filter",
    "highlight",
    "colours",
    "trend",
    "jobs/s",
    "oldest",
    "details",
    "pause",
  ]) {
    expect(help).toContain(effect);
  }
  pane.keys("?");
  await pane.lacks("quit");
  pane.keys("?");
  await pane.shows("q Q ^C: quit");
  pane.keys("Escape");
  await pane.lacks("quit");
});

test("s and r: sorted by each column, and reversed", async (context) => {
  const { pane, start } = await stage(context, { status: STATUS });
  expect(names(start)).toEqual(NAMES);
  pane.keys("s");
  await pane.until("by workers", isOrder("service", "host", "check_results", "orphan"));
  await pane.shows("sorted by workers");
  pane.keys("s");
  await pane.until("by waiting", isOrder("service", "orphan", "host", "check_results"));
  pane.keys("r");
  await pane.until("by waiting, reversed", isOrder("check_results", "host", "orphan", "service"));
  await pane.shows("reversed");
  pane.keys("s");
  await pane.until("by running", isOrder("service", "host", "check_results", "orphan"));
});

test("/: only queues that contain the text, until Escape", async (context) => {
  const { pane } = await stage(context, { status: STATUS });
  pane.type("/S");
  await pane.until("two queues", isOrder("check_results", "host", "service"));
  pane.type("erq");
  await pane.shows("no queues found");
  pane.keys("BSpace");
  await pane.until("one queue", isOrder("service"));
  pane.keys("Enter");
  await pane.shows(/filter: Ser$/);
  pane.keys("/", "Escape");
  await pane.until("all queues", isOrder(...NAMES));
  await pane.lacks("filter");
});

test("h and c: colours only on request; queues without worker, growing backlog", async (context) => {
  const scene = { status: STATUS };
  const { pane, start } = await stage(context, scene);
  expect(start.join("\n")).not.toMatch(/\d[!+]/);
  pane.keys("h");
  await pane.shows(/orphan.*!$/);
  for (const total of [14, 15, 16]) {
    scene.status = STATUS.replace("13", String(total));
    await pane.shows(new RegExp(`service .*${total - 5} `));
  }
  await pane.shows(/service.*\+$/);
  expect(colours(pane)).toEqual([]);
  pane.keys("c");
  await pane.until("red", () => colours(pane).includes("[31m"));
});

test("--colours: from the start", async (context) => {
  const { pane } = await stage(context, { status: STATUS }, "--colours");
  await pane.shows(/orphan.*!$/);
  await pane.until("red", () => colours(pane).includes("[31m"));
});

test("NO_COLOR: marks without colours, also on request", async (context) => {
  const { address } = await listening(context, playing({ status: STATUS }));
  const pane = Pane.start(context, ["--colours", "-H", address], { columns: 120, env: "NO_COLOR=1" });
  await pane.shows(/orphan.*!$/);
  expect(colours(pane)).toEqual([]);
});

test("t and j: trend of waiting jobs and jobs per second", async (context) => {
  const scene = { status: STATUS };
  const { pane } = await stage(context, scene);
  pane.keys("t", "j");
  await pane.shows(/Jobs Running \| +In\/s \| +Out\/s \| Waiting$/);
  for (const total of [20, 40, 60]) {
    scene.status = STATUS.replace("13", String(total));
    await pane.shows(new RegExp(`service .*${total - 5} `));
  }
  const lines = await pane.shows(/service.*[1-9]\d*\.\d \| +\d+\.\d \| +[▁▂▃▄▅▆▇]+█/);
  // one job runs all the time: jobs that arrive and finish between answers are not visible
  expect(lines.find((line) => line.startsWith(" host"))).toMatch(/\| +- \| +- \|/);
});

test("Enter: one queue and its workers, as listed by the server", async (context) => {
  const workers = "32 10.0.0.7 worker one : service host\n33 10.0.0.8 two : service\n34 10.0.0.9 - : host\n";
  const { pane, scene } = await stage(context, { status: STATUS, workers });
  pane.keys("Up");
  await pane.shows(/^>service/);
  pane.keys("Enter");
  const lines = await pane.shows("Workers: 2");
  const from = lines.indexOf(" Queue service");
  expect(lines.slice(from, from + 5)).toEqual([
    " Queue service",
    "",
    " Worker Available | 5",
    " Jobs Waiting     | 8",
    " Jobs Running     | 5",
  ]);
  const at = lines.indexOf(" Workers: 2");
  expect(lines.slice(at, at + 4)).toEqual([
    " Workers: 2",
    "   Id         | Address  | Other queues",
    "   worker one | 10.0.0.7 | host",
    "   two        | 10.0.0.8 | -",
  ]);
  scene.status = STATUS.replace("service\t13\t5\t5\n", "");
  await pane.shows("the server does not know this queue any more");
  pane.keys("Enter");
  await pane.until("the tables", isOrder("check_results", "host", "orphan"));
});

test("p: the screen is frozen, and resumes", async (context) => {
  const { pane, scene } = await stage(context, { status: STATUS });
  pane.keys("p");
  await pane.shows("paused");
  scene.status = "later\t1\t0\t1\n";
  pane.keys("?");
  const lines = await pane.shows("quit");
  expect(names(lines)).toEqual(NAMES);
  pane.keys("p");
  await pane.shows("later");
  await pane.lacks("paused");
});

test("the selected row stays visible", async (context) => {
  const queues = Array.from({ length: 60 }, (_, at) => `orphan${String(at).padStart(2, "0")}\t0\t0\t1\n`);
  const { pane } = await stage(context, { status: queues.join("") });
  await pane.lacks("orphan59");
  pane.keys("End");
  await pane.shows(">orphan59");
  pane.keys("Home");
  await pane.shows(">orphan00");
});
