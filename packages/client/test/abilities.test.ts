import { expect, test } from "vitest";
import { Abilities } from "../src/worker/abilities.ts";
import { bytes } from "./fixtures.ts";

const list = (...names: string[]) => names.map(bytes);
const texts = (names: Buffer[]) => names.map((name) => name.toString("latin1"));
const never = () => false;

test("announces every function on a new connection, in random order", () => {
  const abilities = new Abilities(list("a", "b", "c", "a"));
  expect(texts(abilities.announceAll(() => 0))).toEqual(["b", "c", "a"]);
  expect(texts(abilities.announceAll(() => 0.999))).toEqual(["a", "b", "c"]);
  expect(abilities.changes(true, never)).toEqual({ canDo: [], cantDo: [] });
});

test("all orders occur", () => {
  const abilities = new Abilities(list("a", "b", "c"));
  const values = [0, 0.2, 0.4, 0.6, 0.8, 0.99];
  const orders = new Set<string>();
  for (const one of values)
    for (const two of values) {
      const dice = [one, two];
      orders.add(texts(abilities.announceAll(() => dice.shift() ?? 0)).join(""));
    }
  expect(orders.size).toBe(6);
});

test("announces and withdraws on a live connection", () => {
  const abilities = new Abilities(list("a", "b"));
  abilities.announceAll(() => 0);
  abilities.set(list("b", "c"));
  const { canDo, cantDo } = abilities.changes(true, never);
  expect([texts(canDo), texts(cantDo)]).toEqual([["c"], ["a"]]);
  expect(abilities.withdrawing).toBe(false);
});

test("withdraws nothing while a grab is unanswered or a job of the function runs", () => {
  const abilities = new Abilities(list("a", "b"));
  abilities.announceAll(() => 0);
  abilities.set(list("b"));
  expect(abilities.changes(false, never).cantDo).toEqual([]);
  expect(abilities.changes(true, (name) => name.toString() === "a").cantDo).toEqual([]);
  expect(abilities.withdrawing).toBe(true);
  expect(texts(abilities.changes(true, never).cantDo)).toEqual(["a"]);
});

test("a function that is wanted again before its withdrawal needs no packet", () => {
  const abilities = new Abilities(list("a"));
  abilities.announceAll(() => 0);
  abilities.set([]);
  expect(abilities.empty).toBe(true);
  abilities.changes(false, never);
  abilities.set(list("a"));
  expect(abilities.changes(true, never)).toEqual({ canDo: [], cantDo: [] });
  expect(abilities.withdrawing).toBe(false);
});

test("names are bytes: the same letter in latin1 and in UTF-8 makes two functions", () => {
  const abilities = new Abilities([Buffer.from([0xe9]), Buffer.from([0xc3, 0xa9])]);
  expect(abilities.announceAll(() => 0.999)).toEqual([Buffer.from([0xe9]), Buffer.from([0xc3, 0xa9])]);
});

test.for([
  ["an empty name", ""],
  ["NUL", "a\0b"],
  ["512 bytes", "x".repeat(512)],
] as const)("refuses %s and changes nothing", ([, name]) => {
  const refused = expect.objectContaining({ code: "BAD_ARGUMENT" });
  expect(() => new Abilities(list(name))).toThrow(refused);
  const abilities = new Abilities(list("a"));
  abilities.announceAll(() => 0);
  expect(() => abilities.set(list("b", name))).toThrow(refused);
  expect(abilities.changes(true, never)).toEqual({ canDo: [], cantDo: [] });
});
