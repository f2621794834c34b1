import { join } from "node:path";
import { memoryLogger } from "@mod-gearman/observe";
import { openSpool } from "@mod-gearman/spool";
import { ManualClock, tmpFolder } from "@mod-gearman/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ReloadableSpool } from "../src/reloadable-spool.ts";
import type { SpoolLocation } from "../src/router-settings.ts";
import { FakeSubmitter, result } from "./fake-submitter.ts";

const MAX_BYTES = 1 << 20;

/** A result spool, a server that goes away and returns, changing settings, and the expected outcome. */
class Model {
  readonly #clock = new ManualClock();
  readonly #submitter = new FakeSubmitter();
  readonly #blocked = new Set<string>();
  readonly #delivered = new Set<string>();
  readonly #base: string;
  readonly #spool: ReloadableSpool;
  #place: SpoolLocation;
  #kept = 0;
  #answered = 0;

  constructor(base: string) {
    this.#base = base;
    const open = (place: SpoolLocation) => {
      if (this.#blocked.has(place.folder)) throw new Error("in use");
      return openSpool(place);
    };
    const logger = memoryLogger();
    const [submitter, clock] = [this.#submitter, this.#clock];
    this.#spool = new ReloadableSpool({ openSpool: open, submitter, clock, logger });
    this.#place = { folder: join(base, "a"), maxBytes: MAX_BYTES };
    this.#spool.follow(this.#place);
  }

  keep(): void {
    expect(this.#spool.keep(result(`${this.#kept++}`))).toBe(true);
  }

  answer(error?: Error): void {
    const one = this.#submitter.sent[this.#answered];
    if (one === undefined) return;
    if (error === undefined) this.#delivered.add(one.result.data.toString());
    this.#submitter.settle(this.#answered++, error);
  }

  answerAll(error?: Error): void {
    while (this.#answered < this.#submitter.sent.length) this.answer(error);
  }

  disconnect(): void {
    this.#submitter.connected = false;
    this.answerAll(new Error("lost"));
  }

  connect(): void {
    this.#submitter.connected = true;
    this.#spool.jobs?.retryNow();
  }

  tend(): void {
    this.#spool.retry();
  }

  wait(ms: number): Promise<void> {
    return this.#clock.advance(ms);
  }

  resize(maxBytes: number): void {
    this.#place = { ...this.#place, maxBytes };
    this.#spool.follow(this.#place);
  }

  move(name: string): void {
    this.#place = { ...this.#place, folder: join(this.#base, name) };
    this.#spool.follow(this.#place);
  }

  block(name: string): void {
    this.#blocked.add(join(this.#base, name));
  }

  async end(): Promise<void> {
    this.#blocked.clear();
    this.disconnect();
    this.connect();
    this.tend();
    for (let round = 0; round < 3; round++) {
      this.answerAll();
      await this.wait(1000);
    }
    const all = Array.from({ length: this.#kept }, (_, at) => `${at}`);
    expect(all.filter((text) => !this.#delivered.has(text))).toEqual([]);
    expect([this.#spool.jobs?.length, this.#clock.pending]).toEqual([0, 0]);
    this.#spool.close();
  }
}

type Step = (model: Model) => void | Promise<void>;
const plain: fc.Arbitrary<Step> = fc.constantFrom<Step[]>(
  (model) => model.keep(),
  (model) => model.keep(),
  (model) => model.answer(),
  (model) => model.answerAll(),
  (model) => model.answer(new Error("full")),
  (model) => model.disconnect(),
  (model) => model.connect(),
  (model) => model.tend(),
);
const folder = fc.constantFrom("a", "b");
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: plain },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 2000 }).map(
      (ms): Step =>
        (model) =>
          model.wait(ms),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 300_000, max: MAX_BYTES }).map(
      (maxBytes): Step =>
        (model) =>
          model.resize(maxBytes),
    ),
  },
  {
    weight: 1,
    arbitrary: folder.map(
      (name): Step =>
        (model) =>
          model.move(name),
    ),
  },
  {
    weight: 1,
    arbitrary: folder.map(
      (name): Step =>
        (model) =>
          model.block(name),
    ),
  },
);

test("in any sequence of results, outages and reloads all results are delivered once a server stays", async (context) => {
  const base = tmpFolder(context);
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
      const model = new Model(join(base, `${run++}`));
      for (const one of steps) await one(model);
      await model.end();
    }),
    { numRuns: 60 },
  );
});
