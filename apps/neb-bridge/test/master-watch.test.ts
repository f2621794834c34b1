import { memoryLogger } from "@mod-gearman/observe";
import { ManualClock } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { MasterWatch } from "../src/master-watch.ts";

function setup() {
  const [clock, logger] = [new ManualClock(), memoryLogger()];
  const file: { content: string | undefined; problem?: string | undefined } = { content: "epochs=1\n" };
  const used: string[] = [];
  const watch = new MasterWatch({
    ...{ path: "/master", content: Buffer.from("epochs=1\n"), clock, logger },
    readFile: () => {
      if (file.content === undefined) throw Object.assign(new Error("no"), { code: "ENOENT" });
      return Buffer.from(file.content);
    },
    problemOf: () => file.problem,
    use: (content) => {
      if (content.includes("x")) throw new Error("line 1: an epoch is not a number");
      used.push(content.toString());
    },
  });
  return { file, used, clock, lines: logger.lines, watch };
}

test("a changed file is in use within two seconds, half of one is not", () => {
  const { file, used, clock, lines, watch } = setup();
  clock.tick(2000);
  file.content = "epochs=1";
  clock.tick(2000);
  expect([used, lines]).toEqual([[], []]);
  file.content = "epochs=1,2\n";
  clock.tick(2000);
  expect(used).toEqual(["epochs=1,2\n"]);
  expect(lines).toEqual(["info: /master was read again"]);
  clock.tick(60_000);
  watch.close();
  file.content = "epochs=3\n";
  clock.tick(60_000);
  expect(used).toHaveLength(1);
});

test("half of a file that stays so is said, once a minute", () => {
  const { file, used, clock, lines } = setup();
  file.content = "epochs=1,2";
  clock.tick(2000);
  file.content = "epochs=1,23";
  clock.tick(2000);
  expect(lines).toEqual([]);
  clock.tick(6000);
  expect(lines).toEqual([
    "error: /master cannot be used, the former epochs stay in effect: its last line does not end with a line feed",
  ]);
  file.content = "epochs=1,23\n";
  clock.tick(2000);
  expect(used).toEqual(["epochs=1,23\n"]);
});

test("a file that is open to every user now is not taken, until it is closed again", () => {
  const { file, used, clock, lines } = setup();
  Object.assign(file, { content: "epochs=1,2\n", problem: "/master is open" });
  clock.tick(2000);
  expect(used).toEqual([]);
  expect(lines[0]).toMatch(/the former epochs stay in effect: \/master is open$/);
  file.problem = undefined;
  clock.tick(2000);
  expect(used).toEqual(["epochs=1,2\n"]);
});

test("a file that cannot be used is said once a minute, and the former one stays", () => {
  const { file, used, clock, lines } = setup();
  file.content = "epochs=x\n";
  clock.tick(10_000);
  file.content = undefined;
  clock.tick(60_000);
  expect(used).toEqual([]);
  expect(lines[0]).toBe(
    "error: /master cannot be used, the former epochs stay in effect: line 1: an epoch is not a number",
  );
  expect(lines[1]).toMatch(/ENOENT/);
});
