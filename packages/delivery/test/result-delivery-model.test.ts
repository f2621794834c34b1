import {
  type FakeConnection,
  FakeJobServer,
  type FakeScript,
  ManualClock,
  settle,
} from "@mod-gearman/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ResultDelivery } from "../src/result-delivery.ts";
import { accepting, byHost, first, job, second } from "./fixtures.ts";
import { MemoryStore } from "./memory-store.ts";

const servers = [first, second];

/** Consecutive calls of a sender with servers that go away and return, and the expected outcome. */
class Model {
  readonly #clock = new ManualClock();
  readonly #store = new MemoryStore();
  /** Workloads acknowledged by a server, and the unique keys with which each was sent. */
  readonly #accepted: string[] = [];
  readonly #uniques = new Map<string, Set<string>>();
  readonly #servers: Record<string, FakeJobServer>;
  #isAnswering = true;
  readonly #silent = new WeakSet<FakeConnection>();
  #delivery: ResultDelivery;
  #added = 0;
  /** Added during the current call. */
  #own = 0;
  /** Of killed calls, which may have had them in memory. */
  readonly #mayBeLost = new Set<string>();

  constructor() {
    const answer = accepting();
    const script: FakeScript = {
      onPacket: (packet, connection) => {
        if (!("data" in packet && "unique" in packet)) return;
        const text = packet.data.toString();
        const uniques = this.#uniques.get(text) ?? new Set();
        this.#uniques.set(text, uniques.add(packet.unique.toString()));
        if (!this.#isAnswering) this.#silent.add(connection); // answers are sent in order: none after this one
        if (this.#silent.has(connection)) return;
        this.#accepted.push(text);
        answer.onPacket?.(packet, connection);
      },
    };
    this.#servers = { first: new FakeJobServer(script), second: new FakeJobServer(script) };
    this.#delivery = this.#start();
  }

  async add(): Promise<void> {
    if (!this.#delivery.hasRoom) await this.#settled();
    if (!this.#delivery.hasRoom) return; // a sender stops reading then
    this.#delivery.add(job(`${this.#added++}`));
    this.#own++;
  }

  refuse(host: string): void {
    for (const connection of this.#servers[host]?.connections ?? []) connection.destroy();
    if (this.#servers[host] !== undefined) this.#servers[host].mode = "refuse";
  }

  accept(host: string): void {
    if (this.#servers[host] !== undefined) this.#servers[host].mode = "accept";
  }

  /** Ends connections with unsent answers. */
  cut(): void {
    for (const { connections } of Object.values(this.#servers))
      for (const connection of connections) connection.destroy();
  }

  answering(isAnswering: boolean): void {
    this.#isAnswering = isAnswering;
  }

  async wait(ms: number): Promise<void> {
    await this.#clock.advance(ms);
  }

  /** The call ends; another one starts. */
  async finish(): Promise<void> {
    const finished = this.#delivery.finish();
    await this.#settled();
    const counts = await finished;
    expect(counts.sent + counts.kept + counts.failed).toBe(this.#own);
    expect(counts.failed).toBe(0); // the store has capacity for all
    void this.#delivery.close();
    this.#delivery = this.#start();
  }

  /** The call is killed: jobs neither sent nor kept are lost. */
  kill(): void {
    const { sent, kept } = this.#delivery.counts;
    const unsettled = this.#own - sent - kept;
    for (let at = this.#added - unsettled; at < this.#added; at++) this.#mayBeLost.add(`${at}`);
    void this.#delivery.close();
    this.#store.locked = false;
    this.#delivery = this.#start();
  }

  async end(): Promise<void> {
    this.#isAnswering = true;
    for (const host of ["first", "second"]) this.accept(host);
    await this.finish();
    await this.finish(); // jobs kept meanwhile
    void this.#delivery.close();
    const all = Array.from({ length: this.#added }, (_, at) => `${at}`);
    const accepted = new Set(this.#accepted);
    expect(all.filter((text) => !accepted.has(text) && !this.#mayBeLost.has(text))).toEqual([]);
    expect([...this.#uniques.values()].every(({ size }) => size === 1)).toBe(true);
    expect([this.#store.records, this.#store.locked]).toEqual([[], false]);
  }

  #start(): ResultDelivery {
    this.#own = 0;
    return new ResultDelivery({
      servers,
      dupservers: [],
      duplex: byHost(this.#servers),
      clock: this.#clock,
      onProblem: () => undefined,
      store: this.#store,
      retries: 1,
    });
  }

  /** Advances beyond every time limit. */
  async #settled(): Promise<void> {
    await settle();
    await this.#clock.advance(30_000);
  }
}

type Step = (model: Model) => void | Promise<void>;
const host = fc.constantFrom("first", "second");
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Step>((model) => model.add()) },
  {
    weight: 2,
    arbitrary: host.map(
      (name): Step =>
        (model) =>
          model.refuse(name),
    ),
  },
  {
    weight: 2,
    arbitrary: host.map(
      (name): Step =>
        (model) =>
          model.accept(name),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.boolean().map(
      (is): Step =>
        (model) =>
          model.answering(is),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.integer({ min: 1, max: 12_000 }).map(
      (ms): Step =>
        (model) =>
          model.wait(ms),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Step[]>(
      (model) => model.cut(),
      (model) => model.finish(),
      (model) => model.kill(),
    ),
  },
);

test("in any sequence of calls, kills, outages and silence all jobs except those in memory of a killed call are delivered", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const model = new Model();
      for (const one of steps) await one(model);
      await model.end();
    }),
    { numRuns: 60 },
  );
});
