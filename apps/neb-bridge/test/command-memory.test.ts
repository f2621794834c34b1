import { expect, test } from "vitest";
import { type CommandCounts, CommandMemory } from "../src/command-memory.ts";

const ENTRY = 120;
/** Bytes of an object with a name and command of one character each. */
const SMALL = ENTRY + 2;

function memory(maxBytes = 10 * SMALL) {
  const counts: CommandCounts = { objects: 0, bytes: 0, notKept: 0, refused: 0 };
  const commands = new CommandMemory(counts, maxBytes);
  commands.keepFor(true);
  const keep = (key: string, line = "x", timeout = 60, queue = "q") =>
    commands.keep(key, { queue: Buffer.from(queue), timeout, command_line: Buffer.from(line, "latin1") });
  return { counts, commands, keep };
}

test("the command of the last job is kept, its bytes are counted", () => {
  const { counts, commands, keep } = memory();
  keep("a", "one");
  keep("a", "two\xff", 30, "r");
  expect(commands.find("a")).toEqual({ queue: "r", timeoutSeconds: 30, commandLine: "two\xff" });
  expect(counts).toMatchObject({ objects: 1, bytes: ENTRY + 5, notKept: 0 });
  keep("a", "two\xff", 30, "r");
  expect(counts).toMatchObject({ objects: 1, bytes: ENTRY + 5 });
});

test("when it is full, those that are there stay; what was asked for in vain gets room", () => {
  const { counts, commands, keep } = memory(3 * SMALL);
  for (const key of ["a", "b", "c", "d", "e"]) keep(key);
  expect(["a", "b", "c", "d"].map((key) => commands.find(key)?.commandLine)).toEqual([
    "x",
    "x",
    "x",
    undefined,
  ]);
  expect(counts).toMatchObject({ objects: 3, notKept: 2 });
  keep("e");
  expect(commands.find("e")).toBeUndefined();
  keep("d");
  expect(["a", "b", "c", "d"].map((key) => commands.find(key)?.commandLine)).toEqual([
    undefined,
    "x",
    "x",
    "x",
  ]);
  keep("b", "xx"); // a longer command of a kept object
  expect(commands.find("b")?.commandLine).toBe("xx");
  expect(counts.bytes).toBeLessThanOrEqual(3 * SMALL);
});

test("a command that is larger than all of it is not kept", () => {
  const { counts, commands, keep } = memory(SMALL);
  keep("a");
  commands.find("b");
  keep("b", "y".repeat(SMALL));
  expect(commands.find("b")).toBeUndefined();
  expect(counts).toMatchObject({ bytes: 0, objects: 0, notKept: 1 });
});

test("after a reload of the core former commands are found, and make room first", () => {
  const { counts, commands, keep } = memory(3 * SMALL);
  for (const key of ["a", "b", "c"]) keep(key);
  commands.renew();
  expect(commands.find("a")?.commandLine).toBe("x");
  keep("c", "z");
  keep("d");
  keep("e");
  expect(["a", "b", "c", "d", "e"].map((key) => commands.find(key)?.commandLine)).toEqual([
    ...[undefined, undefined],
    ...["z", "x", "x"],
  ]);
  commands.renew();
  commands.renew();
  expect(commands.find("c")?.commandLine).toBe("z");
  expect(counts).toMatchObject({ objects: 3, bytes: 3 * SMALL });
});

test("questions in vain are bounded", () => {
  const { commands, keep } = memory(SMALL);
  keep("first");
  for (let at = 0; at < 257; at++) commands.find(`w${at}`);
  keep("w0");
  expect(commands.find("w0")).toBeUndefined();
});

test("nothing is kept where nothing can be asked", () => {
  const { counts, commands, keep } = memory();
  keep("a");
  commands.keepFor(false);
  keep("b");
  expect([commands.find("a"), commands.find("b")]).toEqual([undefined, undefined]);
  expect(counts).toMatchObject({ objects: 0, bytes: 0 });
});
