import { rmSync } from "node:fs";
import { join } from "node:path";
import { tmpFolder } from "@mod-gearman/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openSpool, type Spool } from "../src/index.ts";
import { crashImage } from "./fixtures.ts";

type Step =
  | { do: "append"; length: number }
  | { do: "peek"; max: number }
  | { do: "acknowledge"; nth: number }
  | { do: "acknowledge first"; count: number }
  | { do: "reopen" | "crash" }
  | { do: "resize"; maxBytes: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("append" as const), length: fc.nat(3000) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("peek" as const), max: fc.nat(30) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("acknowledge" as const), nth: fc.nat(40) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("acknowledge first" as const), count: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("reopen" as const, "crash" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("resize" as const),
      maxBytes: fc.integer({ min: 20_000, max: 80_000 }),
    }),
  },
);

const MAX_BYTES = 80_000;

/** A spool and the plain list that is its model. */
class Pair {
  readonly #options = { maxBytes: MAX_BYTES, maxRecordBytes: 2500 };
  readonly #expected: Buffer[] = [];
  /** Highest id seen since the spool was opened: later records have higher ones. */
  #lastId = -1;
  #folder: string;
  #spool: Spool;
  #made = 0;

  constructor(folder: string) {
    this.#folder = folder;
    this.#spool = openSpool({ ...this.#options, folder });
  }

  take(step: Step): void {
    if (step.do === "append") this.#append(step.length);
    else if (step.do === "acknowledge") this.#acknowledge(step.nth, 1);
    else if (step.do === "acknowledge first") this.#acknowledge(0, step.count);
    else if (step.do === "peek") expect(this.#records(step.max)).toEqual(this.#expected.slice(0, step.max));
    else if (step.do === "resize") this.#resize(step.maxBytes);
    else this.#reopen(step.do === "crash");
    expect(this.#spool.length).toBe(this.#expected.length);
    expect(this.#spool.bytes).toBeLessThanOrEqual(MAX_BYTES);
  }

  end(): void {
    expect(this.#records(Number.MAX_SAFE_INTEGER)).toEqual(this.#expected);
    this.#acknowledge(0, this.#expected.length);
    expect(this.#spool.bytes).toBe(0);
    this.#spool.close();
    rmSync(this.#folder, { recursive: true });
  }

  #records(max: number): Buffer[] {
    return this.#spool.peek(max).map(({ record }) => record);
  }

  #append(length: number): void {
    const record = Buffer.alloc(length, `${this.#made++} `);
    const kept = this.#spool.append(record);
    if (kept) this.#expectNew(record);
    else expect(length > 2500 || this.#spool.bytes + length > this.#options.maxBytes - 10_000).toBe(true);
    expect(this.#spool.dropped).toBe(0); // a refused record stays with the caller
  }

  /** A reader that has seen all others gets it last. */
  #expectNew(record: Buffer): void {
    this.#expected.push(record);
    const [found, ...more] = this.#spool.peek(9, this.#lastId);
    expect([found?.record, more]).toEqual([record, []]);
    this.#lastId = found?.id ?? Number.NaN;
  }

  #resize(maxBytes: number): void {
    this.#options.maxBytes = maxBytes;
    this.#spool.resize(maxBytes);
  }

  #acknowledge(nth: number, count: number): void {
    const gone = this.#spool.peek(nth + count).slice(nth);
    expect(gone.map(({ record }) => record)).toEqual(this.#expected.splice(nth, count));
    for (const { id } of gone) this.#spool.acknowledge(id);
  }

  #reopen(crash: boolean): void {
    const before = { spool: this.#spool, folder: this.#folder };
    if (crash) this.#folder = crashImage(before.folder, `${before.folder}c`);
    else before.spool.close();
    this.#spool = openSpool({ ...this.#options, folder: this.#folder });
    this.#lastId = this.#spool.peek(Number.MAX_SAFE_INTEGER).at(-1)?.id ?? -1;
    if (!crash) return;
    before.spool.close();
    rmSync(before.folder, { recursive: true });
  }
}

test("behaves as a list in any sequence of calls, restarts and crashes", (task) => {
  const base = tmpFolder(task);
  let run = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const pair = new Pair(join(base, `${run++}`));
      for (const one of steps) pair.take(one);
      pair.end();
    }),
    { numRuns: 60 },
  );
});
