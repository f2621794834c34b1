import { expect, test } from "vitest";
import { chooseQueues, type QueueFilter } from "../src/queue-choice.ts";
import type { Queue } from "../src/queue-rules.ts";

const utf8 = (text: string) => Buffer.from(text).toString("latin1");
const names = ["host", "hostgroup_a", "service", "worker_w1", utf8("größe")];
const queues = names.map((name): Queue => ({ name, waiting: 0, running: 0, workers: 1 }));
const all: QueueFilter = { include: [], exclude: [] };

test.for<[string, Partial<QueueFilter>, string[], string[], string[]]>([
  ["nothing said", {}, [], names, []],
  ["-q", { queue: Buffer.from("host") }, [], ["host"], []],
  ["-q is no pattern", { queue: Buffer.from("h.st") }, [], [], ["Queue h.st not found"]],
  ["include", { include: ["^host"] }, [], ["host", "hostgroup_a"], []],
  ["one of several", { include: ["^host$", "^service$"] }, [], ["host", "service"], []],
  ["exclude", { exclude: ["_"] }, [], ["host", "service", utf8("größe")], []],
  ["both: exclude wins", { include: ["^host"], exclude: ["group"] }, [], ["host"], []],
  [
    "include that matches nothing is named",
    { include: ["^host$", "nix"] },
    [],
    ["host"],
    ["No queue matches nix. "],
  ],
  ["exclude may match nothing", { exclude: ["nix"] }, [], names, []],
  ["characters, not bytes", { include: ["^gr..e$"] }, [], [utf8("größe")], []],
  [
    "-q and a pattern against it",
    { queue: Buffer.from("host"), exclude: ["^h"] },
    [],
    [],
    ["Queue host is left out by a pattern"],
  ],
  ["-q and a pattern for it", { queue: Buffer.from("host"), include: ["^h", "nix"] }, [], ["host"], []],
  ["stale ones", { include: ["_"] }, ["worker_w1"], ["hostgroup_a"], []],
  ["a bar in a pattern does not end the text", { include: ["x|y"] }, [], [], ["No queue matches x/y. "]],
])("%s", ([, filter, stale, chosen, missing]) => {
  const choice = chooseQueues(queues, { ...all, ...filter }, new Set(stale));
  expect([choice.queues.map(({ name }) => name), choice.missing]).toEqual([chosen, missing]);
});
