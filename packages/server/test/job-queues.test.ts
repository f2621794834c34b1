import fc from "fast-check";
import { expect, test } from "vitest";
import { HIGH, LOW, NORMAL, PRIORITIES } from "../src/core/job-request.ts";
import { type MoveOutcome, QueueOperations } from "../src/core/queue-operations.ts";
import { finish, grab, heldBy, peer, queues, request } from "./jobs.ts";

test("finished jobs leave nothing behind", () => {
  const { queues: all, gone } = queues();
  const [client, worker] = [peer(1), peer(2)];
  all.canDo(worker, "f", 0);
  for (const unique of ["u", "-", ""]) {
    const data = Buffer.from("w");
    const job = all.submit(request({ unique, data, background: false }), client);
    expect(grab(all, worker)).toBe(job);
    if (job !== undefined) all.finish(job);
  }
  const [jobFunction] = [...all.functions];
  expect(gone).toHaveLength(3);
  expect(jobFunction).toMatchObject({ total: 0, running: 0 });
  expect(all.coalescing.size).toBe(0);
  expect([client.awaited.size, worker.held.size, all.jobs.size, all.hasWork()]).toEqual([0, 0, 0, false]);
});

test("with a limited wake-up, another worker is woken when the woken one leaves", () => {
  const { queues: all } = queues({ workerWakeup: 1 });
  const [woken, other] = [peer(1), peer(2)];
  for (const one of [woken, other]) {
    all.canDo(one, "f", 0);
    all.sleep(one);
  }
  all.submit(request(), peer(3));
  expect([woken.heard, other.heard]).toEqual([[6], []]);
  finish(all.disconnect(woken));
  expect(other.heard).toEqual([6]);
});

test("a worker closed while it is notified of the end of its own job returns each job once", () => {
  const { queues: all, gone } = queues({ jobRetries: 2 });
  const worker = peer(1);
  all.canDo(worker, "f", 0);
  for (const unique of ["a", "b", "c"]) all.submit(request({ unique, background: false }), worker);
  for (let round = 0; round < 2; round++) {
    finish(all.resetAbilities(worker));
    all.canDo(worker, "f", 0);
    for (let n = 0; n < 3; n++) grab(all, worker);
  }
  Object.assign(worker, { send: () => finish(all.disconnect(worker)) });
  finish(all.resetAbilities(worker));
  const [jobFunction] = [...all.functions];
  expect(new Set(gone).size).toBe(gone.length);
  expect(jobFunction).toMatchObject({ total: 3 - gone.length, running: 0 });
  expect(all.jobs.size).toBe(3 - gone.length);
});

const likely = fc.constantFrom("u", "v", "-", "");
const action = fc.oneof(
  fc.record({
    kind: fc.constant("submit" as const),
    who: fc.nat({ max: 2 }),
    unique: likely,
    function: fc.constantFrom("f", "g"),
    priority: fc.constantFrom(HIGH, NORMAL, LOW),
    background: fc.boolean(),
  }),
  fc.record({
    kind: fc.constantFrom(
      "grab" as const,
      "finish" as const,
      "sleep" as const,
      "leave" as const,
      "reset" as const,
    ),
    who: fc.nat({ max: 2 }),
  }),
  fc.record({
    kind: fc.constantFrom("canDo" as const, "cantDo" as const),
    who: fc.nat({ max: 2 }),
    function: fc.constantFrom("f", "g"),
  }),
  fc.record({ kind: fc.constantFrom("cancel" as const, "cancelNow" as const), which: fc.nat({ max: 9 }) }),
  fc.record({
    kind: fc.constantFrom("pause" as const, "resume" as const, "purge" as const, "move" as const),
    function: fc.constantFrom("f", "g"),
  }),
);

test("counters stay consistent for any sequence of requests", () => {
  fc.assert(
    fc.property(
      fc.array(action, { maxLength: 60 }),
      fc.integer({ min: 0, max: 3 }),
      (actions, jobRetries) => {
        const { queues: all } = queues({ jobRetries });
        const peers = [peer(0), peer(1), peer(2)];
        for (const one of actions) {
          perform(one, all, peers);
          balance(all, peers);
        }
      },
    ),
  );
});

type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;
type Queues = ReturnType<typeof queues>["queues"];
type TestPeer = ReturnType<typeof peer>;

function perform(one: Action, all: Queues, peers: TestPeer[]): void {
  if ("who" in one) act(one, all, peers);
  else operate(one, all);
}

function operate(one: Exclude<Action, { who: number }>, all: Queues): void {
  const operations = new QueueOperations(all);
  if ("which" in one) {
    const job = [...all.jobs][one.which];
    if (job === undefined) return;
    if (one.kind === "cancel") all.cancel(job);
    else finish(operations.cancel(job).steps);
    return;
  }
  const [own, other] = [all.functionFor(one.function), all.functionFor(one.function === "f" ? "g" : "f")];
  if (own === undefined || other === undefined) return;
  if (one.kind === "pause" || one.kind === "resume") operations[one.kind](own);
  else if (one.kind === "purge") {
    finish(operations.purge(own, () => undefined));
    expect(own.waitingCount).toBe(0);
  } else {
    const outcomes: MoveOutcome[] = [];
    finish(operations.move(own, other, undefined, (outcome) => outcomes.push(outcome)));
    expect(outcomes).toHaveLength(1);
    expect(own.waitingCount).toBe(outcomes[0]?.equal);
  }
}

function act(one: Extract<Action, { who: number }>, all: Queues, peers: TestPeer[]): void {
  const who = peers[one.who] as TestPeer;
  const held = heldBy(who).at(-1);
  if (one.kind === "submit") all.submit(request({ ...one, data: Buffer.from("w") }), who);
  else if (one.kind === "canDo") all.canDo(who, one.function, 0);
  else if (one.kind === "cantDo") finish(all.cantDo(who, one.function));
  else if (one.kind === "grab") grab(all, who);
  else if (one.kind === "sleep") all.sleep(who);
  else if (one.kind === "reset") finish(all.resetAbilities(who));
  else if (one.kind === "leave") {
    finish(all.disconnect(who));
    peers[one.who] = peer(one.who);
  } else if (held !== undefined) all.finish(held);
}

function balance(all: Queues, peers: readonly TestPeer[]): void {
  const jobs = [...all.jobs];
  for (const one of all.functions) {
    const own = jobs.filter((job) => job.function === one);
    const waiting = PRIORITIES.map((priority) => one.waiting(priority)).reduce((a, b) => a + b);
    expect([one.total, one.running, waiting]).toEqual([
      own.length,
      own.filter((job) => job.worker !== undefined).length,
      own.filter((job) => job.worker === undefined).length,
    ]);
    const workers = [...one.workers];
    expect(workers.every((ability) => peers.includes(ability.peer as TestPeer))).toBe(true);
    expect(workers).toHaveLength(one.workers.size);
    expect(one.workers.sleepers).toBe(workers.filter((ability) => ability.peer.isAsleep).length);
  }
  expect(all.running).toBe(jobs.filter((job) => job.worker !== undefined).length);
  for (const unique of ["u", "v"]) {
    const newest = all.coalescing.findByUnique(unique, () => true);
    if (newest !== undefined) expect(all.jobs.find(newest.handle)).toBe(newest);
  }
  for (const one of peers) {
    expect(heldBy(one)).toEqual(expect.arrayContaining(jobs.filter((job) => job.worker === one)));
    for (const job of one.awaited) expect(job.clients).toContain(one);
  }
  for (const job of jobs) for (const client of job.clients) expect(peers).toContain(client);
}
