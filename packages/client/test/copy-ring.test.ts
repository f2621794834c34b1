import fc from "fast-check";
import { expect, test } from "vitest";
import { CopyRing } from "../src/client/copy-ring.ts";
import type { ForegroundSubmit } from "../src/client/foreground-submit.ts";

/** The members that a ring uses. */
interface Submit {
  readonly id: number;
  cancelled: boolean;
}
const add = (ring: CopyRing, id: number, cancelled = false): Submit => {
  const submit: Submit = { id, cancelled };
  ring.add(submit as unknown as ForegroundSubmit);
  return submit;
};
const settle = (ring: CopyRing, submit: Submit): void => {
  submit.cancelled = true;
  ring.settled();
};
/** The ids that one packet, sent `copies` times, reaches. */
const deliver = (ring: CopyRing, copies: number): number[] =>
  Array.from({ length: copies }, () => ring.next() as unknown as Submit | undefined).flatMap((submit) =>
    submit === undefined || submit.cancelled ? [] : [submit.id],
  );

test("100,000 cancelled submits of one handle are not retained", () => {
  const ring = new CopyRing();
  const waiting = add(ring, -1);
  let most = 0;
  for (let id = 0; id < 100_000; id++) {
    settle(ring, add(ring, id));
    most = Math.max(most, ring.length);
  }
  expect(most).toBeLessThanOrEqual(2 + 16 + 1);
  expect(deliver(ring, 100_001)).toEqual([-1]);
  expect(ring.submits()).toEqual([waiting]);
});

test("nor are submits that were cancelled before the server accepted them", () => {
  const ring = new CopyRing();
  for (let id = 0; id < 1000; id++) add(ring, id, true);
  expect(ring.length).toBeLessThanOrEqual(17);
  expect([ring.waiting, deliver(ring, 1000), ring.submits()]).toEqual([0, [], []]);
});

/** A ring and the model of its expected behaviour. */
class Model {
  readonly ring = new CopyRing();
  readonly #all: Submit[] = [];

  get waiting(): number[] {
    return this.#all.flatMap(({ id, cancelled }) => (cancelled ? [] : [id]));
  }

  add({ many, cancelled }: { many: number; cancelled: boolean }): void {
    for (let n = 0; n < many; n++) this.#all.push(add(this.ring, this.#all.length, cancelled));
  }

  /** One packet; the chosen submit is settled after some of its copies. */
  packet({ which, early }: { which: number; early: number }): void {
    const chosen = this.#all[which % Math.max(1, this.#all.length)];
    const first = Math.min(early, this.#all.length);
    const reached = deliver(this.ring, first);
    if (chosen?.cancelled === false) settle(this.ring, chosen);
    reached.push(...deliver(this.ring, this.#all.length - first));
    const others = reached.filter((id) => id !== chosen?.id).sort((a, b) => a - b);
    expect(others).toEqual(this.waiting);
  }
}

test("each waiting submit gets one copy of each packet, in any sequence of adding and settling", () => {
  const added = fc.record({ many: fc.nat(30), cancelled: fc.boolean() });
  const packet = fc.record({ which: fc.nat(200), early: fc.nat(100) });
  fc.assert(
    fc.property(fc.array(fc.oneof(added, packet), { maxLength: 60 }), (steps) => {
      const model = new Model();
      for (const step of steps) {
        if ("many" in step) model.add(step);
        else model.packet(step);
        expect(model.ring.waiting).toBe(model.waiting.length);
        expect(model.ring.length).toBeLessThanOrEqual(2 * model.ring.waiting + 17);
      }
    }),
  );
});
