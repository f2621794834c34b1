import { expect, test } from "vitest";
import { parseReport } from "../src/model/worker-report.ts";

const parse = (text: string) => parseReport(Buffer.from(text, "latin1"));

test("the line of any worker and the report of ours", () => {
  expect(parse("w1 has 5 worker and is working on 2 jobs. Version: 5.2.4|worker=5;;;1;20 jobs=7c")).toEqual({
    ...{ slots: 5, busy: 2, version: "5.2.4" },
  });
  expect(parse('{"version":"1.0","slots":4,"busy":1,"load":0.5,"undecodableSeconds":1.5}')).toEqual({
    ...{ version: "1.0", slots: 4, busy: 1, load: 0.5, undecodableSeconds: 1.5 },
  });
});

test("nothing but known numbers, flags and a short version is taken", () => {
  expect(parse("hello")).toBeUndefined();
  expect(parse("{no json")).toBeUndefined();
  expect(parse('{"slots":-1,"busy":"9","load":1e999,"isDraining":1,"__proto__":{"slots":1},"x":1}')).toEqual(
    {},
  );
  expect(parse(`{"version":"${"9".repeat(1000)}"}`)?.version).toHaveLength(64);
  expect(parse("null")).toBeUndefined();
});
