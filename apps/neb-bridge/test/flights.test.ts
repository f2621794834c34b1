import { expect, test } from "vitest";
import { Flights } from "../src/flights.ts";

const NOW = 1_795_246_680_000;
const SECRET = Buffer.alloc(32, 1);
const LATER = NOW + 60_000;

function setup(from = NOW): { flights: Flights; at: { now: number } } {
  const at = { now: from };
  return { at, flights: new Flights(() => at.now) };
}

test("an id is of plain characters, and no two are equal", () => {
  const { flights } = setup();
  const ids = Array.from({ length: 2000 }, () => flights.issue("a", "service", LATER, SECRET).toString());
  for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{48}$/);
  expect(new Set(ids).size).toBe(2000);
});

test("a result is taken once, for its object only, until the deadline", () => {
  const { flights, at } = setup();
  const id = flights.issue("web01\0HTTP", "service", LATER, SECRET);
  expect(flights.queueOf(id)?.toString()).toBe("service");
  expect(flights.land(id, "web01\0SSH", SECRET)).toBe("WRONG_OBJECT");
  expect(flights.land(id, "web01\0HTTP", SECRET)).toBeUndefined();
  expect(flights.land(id, "web01\0HTTP", SECRET)).toBe("NOT_IN_FLIGHT");
  const late = flights.issue("web01\0HTTP", "service", LATER, SECRET);
  at.now = LATER + 1;
  expect(flights.land(late, "web01\0HTTP", SECRET)).toBe("OUT_OF_TIME");
});

test("jobs of one object are known until each has landed", () => {
  const { flights } = setup();
  const [one, other] = [1, 2].map(() => flights.issue("a", "service", LATER, SECRET)) as [Buffer, Buffer];
  flights.land(one, "a", SECRET);
  expect(flights.hasObject("a")).toBe(true);
  flights.land(other, "a", SECRET);
  expect(flights.hasObject("a")).toBe(false);
});

test("ids whose deadline is over are forgotten", () => {
  const { flights, at } = setup();
  for (let n = 0; n < 100; n++) flights.issue(`a${n}`, "service", LATER, SECRET);
  at.now = LATER + 1;
  flights.issue("b", "service", LATER + 60_000, SECRET);
  expect(flights.size).toBe(1);
  expect(flights.hasObject("a0")).toBe(false);
});

test("after a restart a result of before is taken, once, for its object, until the deadline", () => {
  const former = setup();
  const [id, other, late] = [LATER, LATER, NOW + 10].map((deadline) =>
    former.flights.issue("web01", "service", deadline, SECRET),
  ) as [Buffer, Buffer, Buffer];
  const { flights } = setup(NOW + 1000);
  expect(flights.land(id, "web02", SECRET)).toBe("NOT_IN_FLIGHT");
  expect(flights.land(id, "web01", Buffer.alloc(32, 2))).toBe("NOT_IN_FLIGHT");
  expect(flights.land(id, "web01", SECRET)).toBeUndefined();
  expect(flights.land(id, "web01", SECRET)).toBe("NOT_IN_FLIGHT");
  expect(flights.land(other, "web01", SECRET)).toBeUndefined();
  expect(flights.land(late, "web01", SECRET)).toBe("OUT_OF_TIME");
});

test("an id that was changed anywhere is not taken after a restart", () => {
  const id = setup().flights.issue("web01", "service", LATER, SECRET);
  const { flights } = setup(NOW + 1000);
  for (let at = 0; at < id.length; at++) {
    const changed = Buffer.from(id);
    changed[at] = changed[at] === 0x41 ? 0x42 : 0x41;
    expect(flights.land(changed, "web01", SECRET)).toBe("NOT_IN_FLIGHT");
  }
  for (const odd of ["", "A", `${id}A`, `${id.toString().slice(0, -1)}=`, `${id}\n`])
    expect(flights.land(Buffer.from(odd), "web01", SECRET)).toBe("NOT_IN_FLIGHT");
});

test("an id that this run made and that is used up does not count as one of an earlier run", () => {
  const { flights, at } = setup();
  at.now += 5;
  const id = flights.issue("web01", "service", LATER, SECRET);
  expect(flights.land(id, "web01", SECRET)).toBeUndefined();
  expect(flights.land(id, "web01", SECRET)).toBe("NOT_IN_FLIGHT");
});

test("an id that was made after the clock was set back is taken once", () => {
  const { flights, at } = setup();
  at.now = NOW - 30_000;
  const id = flights.issue("web01", "service", LATER, SECRET);
  expect(flights.land(id, "web01", SECRET)).toBeUndefined();
  expect(flights.land(id, "web01", SECRET)).toBe("NOT_IN_FLIGHT");
});
