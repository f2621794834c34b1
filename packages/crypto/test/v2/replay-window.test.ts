import fc from "fast-check";
import { expect, test } from "vitest";
import { type EnvelopeHeader, ReplayWindow } from "../../src/index.ts";

const NOW = 1_795_246_679_712;
const WINDOW_MS = 600_000;

function header(counter: number, { boot = 1, timeMs = NOW } = {}): EnvelopeHeader {
  const bootId = Buffer.alloc(16);
  bootId.writeUInt32BE(boot);
  return { direction: "passive", epoch: 1, keyId: Buffer.alloc(8), bootId, counter, timeMs };
}

test("takes each message once, in any order", () => {
  const window = new ReplayWindow({ windowMs: WINDOW_MS });
  for (const counter of [3, 1, 2, 4]) expect(window.take(header(counter), NOW)).toBeUndefined();
  for (const counter of [1, 2, 3, 4]) expect(window.take(header(counter), NOW)).toBe("REPLAYED");
  expect(window.take(header(1, { boot: 2 }), NOW)).toBeUndefined();
});

test.for([
  [-WINDOW_MS, undefined],
  [WINDOW_MS, undefined],
  [-WINDOW_MS - 1, "OUT_OF_TIME"],
  [WINDOW_MS + 1, "OUT_OF_TIME"],
] as const)("sealed %d ms from now: %s", ([off, outcome]) => {
  expect(new ReplayWindow({ windowMs: WINDOW_MS }).take(header(1, { timeMs: NOW + off }), NOW)).toBe(outcome);
});

test("what was sealed before the start of its memory is refused", () => {
  const window = new ReplayWindow({ windowMs: WINDOW_MS, floorMs: NOW });
  expect(window.take(header(1), NOW)).toBe("OUT_OF_TIME");
  expect(window.take(header(2, { timeMs: NOW + 1 }), NOW)).toBeUndefined();
});

test("a message is not taken again at any later time, nor when the clock was set back", () => {
  const window = new ReplayWindow({ windowMs: WINDOW_MS });
  const early = header(1, { timeMs: NOW + WINDOW_MS }); // a sender whose clock is ahead
  expect(window.take(early, NOW)).toBeUndefined();
  for (let later = -WINDOW_MS; later <= 4 * WINDOW_MS; later += 1000) {
    window.take(header(later + WINDOW_MS, { boot: 2, timeMs: NOW + later }), NOW + later);
    expect(window.take(early, NOW + later), String(later)).not.toBeUndefined();
  }
});

test("a run that was forgotten stays refused after the clock was set back", () => {
  const window = new ReplayWindow({ windowMs: WINDOW_MS });
  expect(window.take(header(1), NOW)).toBeUndefined();
  const later = NOW + 3 * WINDOW_MS;
  expect(window.take(header(1, { boot: 2, timeMs: later }), later)).toBeUndefined();
  expect(window.take(header(1), NOW)).toBe("OUT_OF_TIME");
});

test("counters far behind count as taken", () => {
  const window = new ReplayWindow({ windowMs: WINDOW_MS });
  for (let counter = 2; counter <= 4000; counter += 2) window.take(header(counter), NOW);
  expect(window.take(header(1), NOW)).toBe("REPLAYED");
  expect(window.take(header(3999), NOW)).toBeUndefined();
  expect(window.take(header(4000), NOW)).toBe("REPLAYED");
});

test("with more runs than it remembers, the window becomes shorter and nothing is taken twice", () => {
  const window = new ReplayWindow({ windowMs: WINDOW_MS, maxRuns: 10 });
  const all = Array.from({ length: 30 }, (_, boot) => header(1, { boot, timeMs: NOW + boot }));
  for (const one of all) expect(window.take(one, NOW + 100)).toBeUndefined();
  for (const one of all) expect(window.take(one, NOW + 100)).not.toBeUndefined();
  expect(window.take(header(1, { boot: 99, timeMs: NOW + 19 }), NOW + 100)).toBe("OUT_OF_TIME");
  expect(window.take(header(1, { boot: 99, timeMs: NOW + 20 }), NOW + 100)).toBeUndefined();
});

test("no sequence of messages and times takes one of them twice", () => {
  const step = fc.record({
    counter: fc.integer({ min: 1, max: 20 }),
    boot: fc.integer({ min: 1, max: 4 }),
    passes: fc.integer({ min: -400, max: 400 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const window = new ReplayWindow({ windowMs: 300, maxRuns: 3 });
      const taken = new Set<string>();
      let now = NOW;
      for (const { counter, boot, passes } of steps) {
        now += passes;
        // the time is sealed in: a message always has the same
        const message = header(counter, { boot, timeMs: NOW + counter * 100 });
        if (window.take(message, now) !== undefined) continue;
        expect(taken.has(`${boot}/${counter}`)).toBe(false);
        taken.add(`${boot}/${counter}`);
      }
    }),
    { numRuns: 2000 },
  );
});

test("a sender that leaves gaps fills no memory: its oldest runs are forgotten, and stay refused", () => {
  const window = new ReplayWindow({ windowMs: WINDOW_MS });
  const taken: EnvelopeHeader[] = [];
  for (let boot = 1; boot <= 140; boot++)
    for (let counter = 2; counter <= 1000; counter += 2) {
      const one = header(counter, { boot, timeMs: NOW + boot });
      if (window.take(one, NOW) === undefined) taken.push(one);
    }
  expect(taken).toHaveLength(70_000);
  expect(window.take(header(1, { boot: 1000, timeMs: NOW + 9 }), NOW)).toBe("OUT_OF_TIME"); // as old as run 9
  expect(window.take(header(2, { boot: 1000, timeMs: NOW + 140 }), NOW)).toBeUndefined();
  expect(taken.filter((one) => window.take(one, NOW) === undefined)).toEqual([]);
});
