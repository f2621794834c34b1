import { describe, expect, test } from "vitest";
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

describe("jobs that a server joins", () => {
  const [server, other] = [4730, 4731].map((port) => ({ host: "localhost", port })) as [Server, Server];
  type Server = { host: string; port: number };
  /** Of one object. */
  function jobs() {
    const { flights, at } = setup();
    const submit = (to: Server, handle: number): string => {
      const id = flights.issue("web01", "service", at.now + 3_660_000, SECRET);
      flights.accepted(id, to, handle);
      return id;
    };
    const land = (id: string): unknown => flights.land(Buffer.from(id), "web01", SECRET);
    return { flights, at, submit, land };
  }

  test("to a waiting one leave its id and the newest, and its result ends both", () => {
    const { flights, submit, land } = jobs();
    const first = submit(server, 7);
    const ids = [1, 2, 3].map(() => submit(server, 7));
    expect(flights.size).toBe(2);
    expect(ids.slice(0, 2).map(land)).toEqual(["NOT_IN_FLIGHT", "NOT_IN_FLIGHT"]);
    expect(land(first)).toBeUndefined();
    expect([flights.size, flights.hasObject("web01"), land(first)]).toEqual([0, false, "NOT_IN_FLIGHT"]);
  });

  test("not: a run that is forced while the result of the first is on its way has its own id, and both are taken", () => {
    const { submit, land } = jobs();
    const ids = [submit(server, 7), submit(server, 8)];
    expect(ids.map(land)).toEqual([undefined, undefined]);
    expect(ids.map(land)).toEqual(["NOT_IN_FLIGHT", "NOT_IN_FLIGHT"]);
  });

  test("not: the same number on another server, and handles without a number, are other jobs", () => {
    const { submit, land } = jobs();
    const ids = [submit(server, 7), submit(other, 7), submit(server, -1), submit(server, -1)];
    expect(ids.map(land)).toEqual([undefined, undefined, undefined, undefined]);
  });

  test("a number that a server gives again after a restart takes nothing from the new job", () => {
    const { submit, land } = jobs();
    submit(server, 7); // lost with the server
    const again = submit(server, 7);
    expect(land(again)).toBeUndefined();
  });

  test("the result of the first comes while the next one is being submitted", () => {
    const { flights, at, submit, land } = jobs();
    const first = submit(server, 7);
    submit(server, 7);
    const next = flights.issue("web01", "service", at.now + 3_660_000, SECRET);
    expect(land(first)).toBeUndefined();
    flights.accepted(next, server, 8);
    expect([flights.size, land(next), flights.size]).toEqual([1, undefined, 0]);
  });

  test("a result that is faster than the acknowledgement", () => {
    const { flights, submit, land } = jobs();
    const id = flights.issue("web01", "service", LATER, SECRET);
    expect(land(id)).toBeUndefined();
    flights.accepted(id, server, 7);
    expect([flights.size, land(submit(server, 8))]).toEqual([0, undefined]);
  });

  test("a job that no server took leaves nothing, and the one before counts as the newest again", () => {
    const { flights, at, submit, land } = jobs();
    const first = submit(server, 7);
    const id = flights.issue("web01", "service", at.now + 3_660_000, SECRET);
    flights.withdraw(id);
    expect([flights.size, land(id)]).toEqual([1, "NOT_IN_FLIGHT"]);
    submit(server, 7);
    submit(server, 7);
    expect([flights.size, land(first), flights.size]).toEqual([2, undefined, 0]);
  });

  test("an hour without workers leaves few ids of each object", () => {
    const { flights, at, submit, land } = jobs();
    const first = submit(server, 7);
    for (let minute = 1; minute < 60; minute++) {
      at.now = NOW + minute * 60_000;
      submit(server, 7);
    }
    expect([flights.size, flights.forgotten, land(first)]).toEqual([2, 0, undefined]);
  });
});

test("an id is in flight for its object and queues until it has landed", () => {
  const { flights, issue } = setup();
  const id = issue("web01");
  const is = (key: string, queue: string): boolean => flights.isInFlight(id, key, ["host", queue]);
  expect([is("web01", "service"), is("web02", "service"), is("web01", "x")]).toEqual([true, false, false]);
  flights.land(id, "web01", SECRET);
  expect(is("web01", "service")).toBe(false);
});
