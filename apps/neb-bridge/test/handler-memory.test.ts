import { expect, test } from "vitest";

import { HandlerMemory } from "../src/handler-memory.ts";
import type { Message } from "../src/link/fields.ts";

const first = Symbol("first");
const second = Symbol("second");

const event = (over: Partial<Message<"EVENT_HANDLER">> = {}): Message<"EVENT_HANDLER"> => ({
  name: "EVENT_HANDLER",
  seq: 1n,
  host_name: Buffer.from("web01"),
  queue: Buffer.from("eventhandler"),
  command_line: Buffer.from("/bin/restart"),
  core_time: 1_000_000n,
  ...over,
});

function setup(maxEvents = 10): { memory: HandlerMemory; count: () => Promise<void>; runs: () => number } {
  let runs = 0;
  const count = (): Promise<void> => {
    runs += 1;
    return Promise.resolve();
  };
  return { memory: new HandlerMemory(maxEvents), count, runs: () => runs };
}

test("the same event on later connections is not submitted again", async () => {
  const { memory, count, runs } = setup();
  await memory.once(event(), first, count);
  await memory.once(event({ seq: 7n }), second, count);
  await memory.once(event({ seq: 9n }), Symbol("third"), count);
  expect(runs()).toBe(1);
});

test("two equal events of one connection are two events", async () => {
  const { memory, count, runs } = setup();
  await memory.once(event(), first, count);
  await memory.once(event(), first, count);
  expect(runs()).toBe(2);
});

test.for([
  ["another time", { core_time: 1_000_001n }],
  ["another command", { command_line: Buffer.from("/bin/other") }],
  ["another host", { host_name: Buffer.from("web02") }],
  ["a service", { service_description: Buffer.from("") }],
  ["names cut elsewhere", { host_name: Buffer.from("web0"), service_description: Buffer.from("1") }],
] as const)("%s is another event", async ([, over]) => {
  const { memory, count, runs } = setup();
  await memory.once(event(), first, count);
  await memory.once(event(over), second, count);
  expect(runs()).toBe(2);
});

const notification = (contact: string): Message<"NOTIFICATION"> => ({
  name: "NOTIFICATION",
  seq: 1n,
  host_name: Buffer.from("web01"),
  contact: Buffer.from(contact),
  command_line: Buffer.from("/bin/restart"),
  start_time: 1_000_000n,
  core_time: 1_000_000n,
});

test("a notification is recognised, and is another event for another contact", async () => {
  const { memory, count, runs } = setup();
  await memory.once(event(), first, count);
  await memory.once(notification("admin"), first, count);
  await memory.once(notification("deputy"), first, count);
  expect(runs()).toBe(3);
  await memory.once(notification("admin"), second, count);
  await memory.once(notification("deputy"), second, count);
  await memory.once(notification(""), second, count);
  expect(runs()).toBe(4);
});

test("a failed event is retried, and its failure is reported", async () => {
  const { memory, count, runs } = setup();
  await expect(memory.once(event(), first, () => Promise.reject(new Error("away")))).rejects.toThrow("away");
  await memory.once(event(), second, count);
  expect(runs()).toBe(1);
});

test("the number of events is limited: the oldest is dropped", async () => {
  const { memory, count, runs } = setup(2);
  for (const time of [1n, 2n, 3n]) await memory.once(event({ core_time: time }), first, count);
  await memory.once(event({ core_time: 3n }), second, count);
  expect(runs()).toBe(3);
  await memory.once(event({ core_time: 1n }), second, count);
  expect(runs()).toBe(4);
});
