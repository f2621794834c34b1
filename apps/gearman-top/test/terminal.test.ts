// @module-tag slow
import { freePort, type TestContext } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { listening, timeless, top } from "./built-program.ts";
import { BEFORE, Pane } from "./pane.ts";
import { playing, type Scene } from "./scene.ts";

const STATUS = "service\t13\t5\t5\nhost\t1\t1\t2\ncheck_results\t0\t0\t1\norphan\t4\t0\t0\n";
const ESC = "\u001b";

async function stage(
  context: TestContext,
  scene: Scene,
  more: Parameters<typeof Pane.start>[2] = {},
  ...args: string[]
) {
  const { address, server } = await listening(context, playing(scene));
  const pane = Pane.start(context, ["-i", "0.05", ...args, "-H", address], more);
  return { pane, address, server, scene };
}

const count = (text: string, part: string) => text.split(part).length - 1;
const untimed = (lines: readonly string[]) => timeless(lines.join("\n")).split("\n");

test("shows the text of batch mode, and nothing else", async (context) => {
  const { address } = await listening(context, playing({ status: STATUS }));
  const down = `127.0.0.1:${await freePort()}`;
  const servers = ["-H", address, "-H", down, "-H", `localhost:${address.split(":")[1]}`];
  const pane = Pane.start(context, servers, { columns: 100, rows: 30 });
  const lines = await pane.until(
    "three blocks",
    (shown) => shown.filter((line) => /^-+$/.test(line)).length === 4,
  );
  const { stdout } = await top.run(context, ["-b", ...servers]);
  const batch = timeless(stdout).split("\n");
  const expected = batch.map((line) => line.trimEnd());
  expect(untimed(lines).join("\n").trimEnd()).toBe(expected.join("\n").trimEnd());
});

describe("ends immediately, restores the terminal, exit code 0", () => {
  const ends = (act: (pane: Pane) => void) => async (context: TestContext) => {
    const { address } = await listening(context, playing({ status: STATUS }));
    const pane = Pane.start(context, ["-i", "3600", "-H", address]);
    await pane.shows("orphan");
    expect(pane.modes()).toEqual({ isAlternate: true, isCursorShown: false });
    act(pane);
    const lines = await pane.shows("exit code");
    expect(lines.filter((line) => line !== "")).toEqual([BEFORE, "exit code 0"]);
    expect(pane.modes()).toEqual({ isAlternate: false, isCursorShown: true });
  };
  test.for(["q", "Q", "Escape", "C-c"])("%s (T16)", (key, context) =>
    ends((pane) => pane.keys(key))(context),
  );
  test.for(["SIGTERM", "SIGINT", "SIGHUP"] as const)("%s", (signal, context) =>
    ends((pane) => void process.kill(pane.pid(), signal))(context),
  );
  test("while no server answers", async (context) => {
    const { address } = await listening(context, {});
    const pane = Pane.start(context, ["-H", address]);
    await pane.shows(address);
    pane.keys("q");
    await pane.shows("exit code 0");
  });
  test("while a filter is being typed, by Ctrl-C", async (context) => {
    const { pane } = await stage(context, { status: STATUS });
    await pane.shows("orphan");
    pane.keys("/", "q");
    await pane.shows("filter: q_");
    pane.keys("C-c");
    await pane.shows("exit code 0");
  });
});

test("no frame clears the screen; the alternate screen is used once", async (context) => {
  const scene = { status: STATUS };
  const { pane } = await stage(context, scene);
  await pane.shows("orphan");
  const atStart = count(pane.bytes(), `${ESC}[?2026h`);
  for (const waiting of [20, 30, 40, 50]) {
    scene.status = `service\t${waiting}\t0\t5\nlast\t${waiting}\t0\t1\n`;
    await pane.shows(`${waiting}`);
  }
  await pane.until("four more frames", () => count(pane.bytes(), `${ESC}[?2026h`) >= atStart + 4);
  const whileRunning = pane.bytes();
  expect(whileRunning).not.toContain(`${ESC}[2J`);
  expect(whileRunning).not.toContain(`${ESC}[J`);
  pane.keys("q");
  await pane.shows("exit code 0");
  const bytes = pane.bytes();
  expect(bytes).not.toContain(`${ESC}[2J`);
  expect([count(bytes, `${ESC}[?1049h`), count(bytes, `${ESC}[?1049l`)]).toEqual([1, 1]);
  expect(bytes.lastIndexOf(`${ESC}[?25h`)).toBeGreaterThan(bytes.lastIndexOf(`${ESC}[?25l`));
});

test("resizes; cut at height and width (T16)", async (context) => {
  const { pane } = await stage(context, { status: STATUS });
  const whole = untimed(await pane.shows("orphan"));
  pane.resize(40, 6);
  const small = await pane.until(
    "the small screen",
    (lines) => lines.length === 6 && lines[5] === " v 4 more lines",
  );
  expect(small.slice(2)).toEqual([
    " Queue Name  |  Wkr |    Wait |     Run",
    "-".repeat(40),
    " check_resu> |    1 |       0 |       0",
    " v 4 more lines",
  ]);
  pane.resize(80, 24);
  const again = await pane.until(
    "the large screen",
    (lines) => lines.length === 24 && lines.some((line) => line.startsWith(" service")),
  );
  expect(untimed(again)).toEqual(whole);
});

test("queue names cannot send control sequences; wide ones keep the columns aligned", async (context) => {
  const status = `${ESC}[31mred${ESC}c\t1\t0\t1\n\u009b2J\u202e\t0\t0\t1\n日本語のキュー\t7\t0\t1\n`;
  const { pane } = await stage(context, { status });
  const lines = await pane.shows("日本語");
  expect(lines).toContain(" ?[31mred?c     |               1  |           1  |           0");
  expect(lines).toContain(" ?2J?           |               1  |           0  |           0");
  expect(lines).toContain(" 日本語のキュー |               1  |           7  |           0");
  for (const command of [`${ESC}[31m`, `${ESC}c`, "\u009b2J"]) expect(pane.bytes()).not.toContain(command);
});

test("a server that does not answer delays no other", async (context) => {
  const silent = await listening(context, {});
  const scene = { status: STATUS };
  const { address } = await listening(context, playing(scene));
  const pane = Pane.start(context, ["-i", "0.05", "-H", silent.address, "-H", address]);
  await pane.shows("orphan");
  scene.status = "changed\t1\t0\t1\n";
  const lines = untimed(await pane.shows("changed"));
  expect(lines[0]).toBe(`<time>  -  ${silent.address}`);
  expect(lines[2]).toBe(`<time>  -  ${address}  -  v1.1.20`);
});

test("input that is not a terminal: the screen is shown, a signal ends it", async (context) => {
  const { pane } = await stage(context, { status: STATUS }, { redirect: "</dev/null" });
  await pane.shows("orphan");
  process.kill(pane.pid(), "SIGTERM");
  await pane.shows("exit code 0");
  expect(pane.modes()).toEqual({ isAlternate: false, isCursorShown: true });
});

test("TERM=dumb: printed once", async (context) => {
  const { pane } = await stage(context, { status: STATUS }, { env: "TERM=dumb" });
  const lines = await pane.shows("exit code 0");
  expect(lines.some((line) => line.startsWith(" orphan"))).toBe(true);
  expect(pane.bytes()).not.toContain(ESC);
});
