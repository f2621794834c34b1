import { IdentityList } from "@mod-gearman/crypto";
import { memoryLogger } from "@mod-gearman/observe";
import { ManualClock } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { IdentityWatch } from "../src/identity-watch.ts";

function setup(start = "worker w1 service\n"): {
  file: { content: Buffer | undefined };
  used: string[];
  clock: ManualClock;
  lines: string[];
  watch: IdentityWatch;
  access: { problem: string | undefined };
} {
  const clock = new ManualClock();
  const logger = memoryLogger();
  const first = Buffer.from(start);
  const access: { problem: string | undefined } = { problem: undefined };
  const file: { content: Buffer | undefined } = { content: first };
  const used: string[] = [];
  const watch = new IdentityWatch({
    path: "/identities",
    content: first,
    readFile: () => {
      if (file.content === undefined) throw Object.assign(new Error("no"), { code: "ENOENT" });
      return file.content;
    },
    problemOf: () => access.problem,
    use: (content) => {
      new IdentityList(content);
      used.push(content.toString());
    },
    clock,
    logger,
  });
  return { file, used, clock, lines: logger.lines, watch, access };
}

test("a changed list is in use within five seconds, an unchanged one is left alone", () => {
  const { file, used, clock, lines } = setup();
  clock.tick(5000);
  expect([used, lines]).toEqual([[], []]);
  file.content = Buffer.from("worker w1 service\nrevoked w1\n");
  clock.tick(5000);
  expect(used).toEqual(["worker w1 service\nrevoked w1\n"]);
  expect(lines).toEqual(["info: /identities was read again"]);
});

test("a list that cannot be used or read is reported once a minute, and the former one stays", () => {
  const { file, used, clock, lines } = setup();
  file.content = Buffer.from("worker w1\n");
  clock.tick(10_000);
  file.content = undefined;
  clock.tick(60_000);
  expect(used).toEqual([]);
  const said = "error: /identities cannot be used, the former list stays in effect: ";
  expect(lines[0]).toBe(`${said}line 1: a line without key and value`);
  expect(lines[1]).toMatch(/ENOENT \(\+\d+ similar\)$/);
  expect(lines).toHaveLength(2);
  file.content = Buffer.from("revoked w1\n");
  clock.tick(2500);
  expect(used).toEqual(["revoked w1\n"]);
});

test("nothing is read any more after the end", () => {
  const { file, used, clock, watch } = setup();
  watch.close();
  file.content = Buffer.from("revoked w1\n");
  clock.tick(60_000);
  expect(used).toEqual([]);
});

test("half of a list that is being written is not taken, also if it can be read", () => {
  const { file, used, clock } = setup();
  for (const half of ["worker w1 service\nrevoked", "worker w1 service\nrevoked w", "worker w2 service\n"]) {
    file.content = Buffer.from(half);
    clock.tick(2000); // looked at once, and changed before the second look
  }
  expect(used).toEqual([]);
  file.content = Buffer.from("worker w2 service\nrevoked w1\n");
  clock.tick(2500);
  expect(used).toEqual(["worker w2 service\nrevoked w1\n"]);
});

test("a list with its end line is taken at once, and never one without it after that", () => {
  const { file, used, clock, lines } = setup();
  file.content = Buffer.from("worker w1 service\nrevoked w2\nend\n");
  clock.tick(2000);
  expect(used).toHaveLength(1);
  file.content = Buffer.from("worker w1 service\n");
  clock.tick(60_000);
  expect(used).toHaveLength(1);
  expect(lines.at(-1)).toContain("its last line is not 'end' any more");
});

test("a list that others may write is not taken, and taken when that is mended", () => {
  const { file, used, clock, lines, access } = setup();
  access.problem = "more users than its owner may write it (mode 0664): chmod go-w";
  file.content = Buffer.from("worker evil service\nend\n");
  clock.tick(4000);
  expect(used).toEqual([]);
  expect(lines[0]).toContain("the former list stays in effect: more users than its owner may write it");
  access.problem = undefined;
  clock.tick(2000);
  expect(used).toHaveLength(1);
});
