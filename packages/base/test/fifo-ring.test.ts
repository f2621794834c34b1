import fc from "fast-check";
import { expect, test } from "vitest";
import { Fifo } from "../src/index.ts";

test("behaves like an array with push and shift", () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer(), { nil: undefined })), (actions) => {
      const fifo = new Fifo<number>();
      const model: number[] = [];
      for (const action of actions) {
        if (action === undefined) expect(fifo.shift()).toBe(model.shift());
        else {
          fifo.push(action);
          model.push(action);
        }
        expect([fifo.length, fifo.first]).toEqual([model.length, model[0]]);
      }
    }),
  );
});
