import type { SenderOptions } from "@mod-gearman/config";
import { SealBatch } from "@mod-gearman/crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ResultTemplate } from "../src/result-template.ts";
import { printOutcome } from "../src/result-text.ts";

const base = { active: false } as SenderOptions;

const plain = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => {
  const text = Buffer.from(bytes.filter((byte) => byte !== 0 && byte !== 0x0a));
  return text.length === 0 ? Buffer.from("x") : text;
});
const outcomes = fc.record(
  { host: plain, service: plain, returnCode: fc.integer(), output: plain },
  { requiredKeys: ["host", "returnCode", "output"] },
);
const options = fc.record(
  {
    active: fc.boolean(),
    startTime: fc.bigInt({ min: 0n, max: 2n ** 60n }),
    finishTime: fc.bigInt({ min: 0n, max: 2n ** 60n }),
    latency: fc.bigInt({ min: -(2n ** 40n), max: 2n ** 40n }),
  },
  { requiredKeys: ["active"] },
);

test("prints any result as single mode does", () => {
  fc.assert(
    fc.property(options, fc.array(outcomes), fc.bigInt({ min: 0n, max: 2n ** 60n }), (given, list, now) => {
      const template = new ResultTemplate(given as SenderOptions);
      const batch = new SealBatch();
      template.setNow(now);
      for (const one of list) template.write(one, batch);
      const sealed = batch.seal().map((payload) => Buffer.from(payload.toString("latin1"), "base64"));
      expect(sealed).toEqual(list.map((one) => printOutcome(given as SenderOptions, one, now)));
    }),
  );
});

test("uses the current time", () => {
  const template = new ResultTemplate(base);
  const outcome = { host: Buffer.from("h"), returnCode: 0, output: Buffer.from("x") };
  const batch = new SealBatch();
  for (const now of [1_000_000n, 2_500_000n]) {
    template.setNow(now);
    template.write(outcome, batch);
  }
  const texts = batch.seal().map((payload) => Buffer.from(payload.toString("latin1"), "base64").toString());
  expect(texts.map((text) => /^finish_time=(.*)$/m.exec(text)?.[1])).toEqual(["1.000000", "2.500000"]);
});
