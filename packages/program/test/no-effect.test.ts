import { moduleTable, optionsOf } from "@mod-gearman/config";
import { describe, expect, test } from "vitest";
import { loadAs, warningsOf } from "./loaders.ts";

const texts = (program: string, argv: string[], files: Record<string, string> = {}) =>
  warningsOf(program, argv, files).map(({ text }) => text);

describe("an option of the module without effect is reported with its source", () => {
  test("result_workers beyond its bounds", () =>
    expect(texts("module", ["--result_workers=400"])).toEqual([
      "result_workers: 400 is not a number from 0 to 100, the nearest one is used",
    ]));
  test.for([...["result_workers=1", "result_workers=0", "debug_result=no"]])(
    "%s asks for what happens",
    (line) => expect(texts("module", [`--${line}`])).toEqual([]),
  );
  test.for(["bridge_command=/x", "bridge_arg=y", "bridge_instance=z"])(
    "%s has an effect on the broker_module line only",
    (line) => {
      const option = line.replace(/=.*/, "");
      expect(texts("module", ["--config=/m"], { "/m": `${line}\n` })).toEqual([
        `${option} has no effect here: the module reads it from its broker_module line only`,
      ]);
    },
  );
  test("options that the original ignores too are only mentioned", () =>
    expect(warningsOf("module", ["--dupserver=d", "--debug_result"])).toMatchObject([
      { level: "info", text: "dupserver has no effect: workers send the copies" },
      { level: "info", text: "debug_result has no effect: it had one in debug builds of the original only" },
    ]));
});

test.for([
  ["worker", "max-jobs=500", "max-jobs has no effect: slots need no renewal"],
  ["worker", "fork_on_exec=yes", "fork_on_exec has no effect: every plugin is a process of its own"],
  ["send_multi", "service=x", "service has no effect: it is part of the report"],
  ["check_gearman", "port=1", "port has no effect: the port is part of --host"],
] as const)("%s --%s says so", ([program, argument, text]) =>
  expect(texts(program, [`--${argument}`])).toEqual([text]),
);

test("help and tables contain it too", () => {
  expect(moduleTable.dupserver?.help).toMatch(/ No effect: workers send the copies\.$/);
  const without = optionsOf(moduleTable).filter((one) => one.meta.noEffect !== undefined);
  expect(without.map((one) => one.option)).toEqual(expect.arrayContaining(["dupserver", "debug_result"]));
});

test("all of them together are a valid configuration", () =>
  expect(loadAs("module", ["--orphan_return=1", "--perfdata", "--result_workers=9"])).toMatchObject({
    options: { resultWorkers: 9 },
  }));
