import { expect, test } from "vitest";
import { Flights } from "../src/flights.ts";

const NOW = 1_795_246_680_000;
const SECRET = Buffer.alloc(32, 1);
const LATER = NOW + 60_000;

/** A new id, as it comes back in a result. */
type Issue = (key: string, deadlineMs?: number) => Buffer;

function setup(from = NOW): { flights: Flights; issue: Issue; at: { now: number } } {
  const at = { now: from };
  const flights = new Flights(() => at.now);
  const issue: Issue = (key, deadlineMs = LATER) =>
    Buffer.from(flights.issue(key, "service", deadlineMs, SECRET), "latin1");
  return { at, flights, issue };
}

test("an id is of plain characters, and no two are equal", () => {
  const { issue } = setup();
  const ids = Array.from({ length: 2000 }, () => issue("a").toString());
  for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{48}$/);
  expect(new Set(ids).size).toBe(2000);
});

test("a result is taken once, for its object only, until the deadline", () => {
  const { flights, issue, at } = setup();
  const id = issue("web01\0HTTP");
  expect(flights.land(id, "web01\0SSH", SECRET)).toBe("WRONG_OBJECT");
  expect(flights.land(id, "web01\0HTTP", SECRET)).toBeUndefined();
  expect(flights.land(id, "web01\0HTTP", SECRET)).toBe("NOT_IN_FLIGHT");
  const late = issue("web01\0HTTP");
  at.now = LATER + 1;
  expect(flights.land(late, "web01\0HTTP", SECRET)).toBe("OUT_OF_TIME");
});

test("a result is taken only from who serves the queue of its job, and waits for that one otherwise", () => {
  const { flights, issue } = setup();
  const id = issue("web01");
  expect(flights.land(id, "web01", SECRET, ["host"])).toBe("NOT_ALLOWED");
  expect(flights.land(id, "web01", SECRET, ["service"])).toBeUndefined();
});

test.for([false, true])("jobs of one object are known until each has landed; asked before: %s", (isAsked) => {
  const { flights, issue } = setup();
  if (isAsked) expect(flights.hasObject("a")).toBe(false);
  const [one, other] = [issue("a"), issue("a")];
  flights.land(one, "a", SECRET);
  expect(flights.hasObject("a")).toBe(true);
  flights.land(other, "a", SECRET);
  expect(flights.hasObject("a")).toBe(false);
});

test("a name of any length belongs to its id", () => {
  const name = "x".repeat(5000);
  const id = setup().issue(name);
  const { flights } = setup(NOW + 1000);
  expect(flights.land(id, `${name.slice(1)}y`, SECRET)).toBe("NOT_IN_FLIGHT");
  expect(flights.land(id, name, SECRET)).toBeUndefined();
});

test("ids whose deadline is over are forgotten", () => {
  const { flights, issue, at } = setup();
  for (let n = 0; n < 100; n++) issue(`a${n}`);
  at.now = LATER + 1;
  issue("b", LATER + 60_000);
  expect(flights.size).toBe(1);
  expect(flights.hasObject("a0")).toBe(false);
});

test("of more flights than are kept the oldest ones are forgotten", () => {
  const flights = new Flights(() => NOW, 100);
  const ids = Array.from({ length: 150 }, () => Buffer.from(flights.issue("a", "service", LATER, SECRET)));
  expect(flights.size).toBeLessThanOrEqual(100);
  expect(flights.size).toBeGreaterThan(90);
  const landed = ids.map((id) => flights.land(id, "a", SECRET));
  expect(landed.slice(0, 50)).toEqual(Array(50).fill("NOT_IN_FLIGHT"));
  expect(landed.slice(60)).toEqual(Array(90).fill(undefined));
  expect(flights.forgotten).toBe(150 - landed.filter((one) => one === undefined).length);
});

test("after a restart a result of before is taken, once, for its object, until the deadline", () => {
  const former = setup();
  const [id, other, late] = [former.issue("web01"), former.issue("web01"), former.issue("web01", NOW + 10)];
  const { flights } = setup(NOW + 1000);
  expect(flights.land(id, "web02", SECRET)).toBe("NOT_IN_FLIGHT");
  expect(flights.land(id, "web01", Buffer.alloc(32, 2))).toBe("NOT_IN_FLIGHT");
  expect(flights.land(id, "web01", SECRET)).toBeUndefined();
  expect(flights.land(id, "web01", SECRET)).toBe("NOT_IN_FLIGHT");
  expect(flights.land(other, "web01", SECRET)).toBeUndefined();
  expect(flights.land(late, "web01", SECRET)).toBe("OUT_OF_TIME");
});

test("an id that was changed anywhere is not taken after a restart", () => {
  const id = setup().issue("web01");
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
  const { flights, issue, at } = setup();
  at.now += 5;
  const id = issue("web01");
  expect(flights.land(id, "web01", SECRET)).toBeUndefined();
  expect(flights.land(id, "web01", SECRET)).toBe("NOT_IN_FLIGHT");
});

test("an id that was made after the clock was set back is taken once", () => {
  const { flights, issue, at } = setup();
  at.now = NOW - 30_000;
  const id = issue("web01");
  expect(flights.land(id, "web01", SECRET)).toBeUndefined();
  expect(flights.land(id, "web01", SECRET)).toBe("NOT_IN_FLIGHT");
});

test("after a restart a result of before is taken from who serves the queue of its job only", () => {
  const id = Buffer.from(setup().flights.issue("web01", "tenant_a", LATER, SECRET));
  const { flights } = setup(NOW + 1000);
  expect(flights.land(id, "web01", SECRET, ["tenant_b", "service"])).toBe("NOT_ALLOWED");
  expect(flights.land(id, "web01", SECRET, [])).toBe("NOT_ALLOWED");
  expect(flights.land(id, "web01", SECRET, ["service", "tenant_a"])).toBeUndefined();
  expect(flights.land(id, "web01", SECRET, ["tenant_a"])).toBe("NOT_IN_FLIGHT");
});

test("while the id of an object is young it is used again, for the same queue, and its result is taken once", () => {
  const { flights } = setup();
  const bind = (queue: string, againMs: number) =>
    flights.bind("web01", queue, { newMs: LATER, againMs }, SECRET);
  const first = bind("service", LATER - 1);
  expect(first.deadlineMs).toBe(LATER);
  expect(bind("service", LATER)).toEqual(first);
  const [moved, old] = [bind("sticky_1", LATER), bind("sticky_1", LATER + 1)];
  expect(new Set([first.jobId, moved.jobId, old.jobId]).size).toBe(3);
  expect(flights.size).toBe(3);
  const land = (): unknown => flights.land(Buffer.from(first.jobId), "web01", SECRET);
  expect([land(), land()]).toEqual([undefined, "NOT_IN_FLIGHT"]);
  flights.land(Buffer.from(old.jobId), "web01", SECRET);
  expect(bind("sticky_1", LATER).jobId).not.toBe(old.jobId);
});

test("an hour without workers leaves few ids of each object", () => {
  const { flights, at } = setup();
  for (let minute = 0; minute < 600; minute++) {
    at.now = NOW + minute * 60_000;
    for (const key of ["a", "b"])
      flights.bind(key, "service", { newMs: at.now + 3_660_000, againMs: at.now + 1_860_000 }, SECRET);
  }
  expect(flights.size).toBeLessThanOrEqual(8);
  expect(flights.forgotten).toBe(0);
});
