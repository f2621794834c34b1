import { expect, test } from "vitest";
import { bashCompletion } from "../scripts/bash-completion.ts";
import { foreignNames } from "../scripts/foreign-names.ts";
import { jsonSchema } from "../scripts/json-schema.ts";
import { manPage } from "../scripts/man-page.ts";
import { worker } from "../scripts/manuals/worker.ts";
import { optionTable } from "../scripts/option-table.ts";
import { helpOf, tableOf } from "../scripts/programs.ts";
import { zshCompletion } from "../scripts/zsh-completion.ts";
import { effectiveOf } from "../src/effective.ts";
import { helpText } from "../src/help.ts";
import { type Program, parseGiven } from "../src/program.ts";
import { moduleSchema } from "../src/schemas/module.ts";
import { programRegistry } from "../src/schemas/registry.ts";
import { sendGearmanSchema } from "../src/schemas/sender.ts";
import { workerSchema } from "../src/schemas/worker.ts";
import { SettingsReader } from "../src/settings-reader.ts";
import { WarningCollector } from "../src/warning-collector.ts";

/** The worker's schema with one option deleted. */
const less = workerSchema.omit({ maxAgeSeconds: true });
programRegistry.add(less, programRegistry.get(workerSchema) ?? {});

const noFiles = {
  readFile: () => Buffer.from(""),
  readDir: () => [],
  isDirectory: () => false,
};

/** Reads `--max-age=5`: the values, the warnings, and the rows of `--check-config`. */
function read(schema: typeof less): {
  values: Record<string, unknown>;
  warnings: string[];
  shown: string[];
} {
  const table = tableOf(schema);
  const program: Program = { table, grammar: "worker", foreign: [], exitCode: 2 };
  const warnings = new WarningCollector();
  const reader = new SettingsReader(program, noFiles, warnings);
  reader.takeArguments(["--max-age=5"]);
  const values: Record<string, unknown> = { ...(parseGiven(program, reader.given, warnings) as object) };
  return {
    values,
    warnings: warnings.list().map(({ text }) => text),
    shown: effectiveOf(table, values, new Map()).map(({ option }) => option),
  };
}

/** All files generated from the worker's schema. */
const outputs = {
  "the help": (schema: typeof less) => helpText(helpOf(schema)),
  "the option table": (schema: typeof less) => optionTable(tableOf(schema)).join("\n"),
  "the man page": (schema: typeof less) =>
    manPage({ ...worker, help: helpOf(schema) }, []).replaceAll("\\-", "-"),
  "the completion of bash": (schema: typeof less) => bashCompletion({ ...worker, help: helpOf(schema) }),
  "the completion of zsh": (schema: typeof less) => zshCompletion({ ...worker, help: helpOf(schema) }),
  "the JSON Schema": (schema: typeof less) => JSON.stringify(jsonSchema(schema, [])),
};

test("an option in its schema is read", () => {
  const { values, warnings, shown } = read(workerSchema);
  expect(values).toMatchObject({ maxAgeSeconds: 5 });
  expect(warnings).toEqual([]);
  expect(shown).toContain("max-age");
});

test("a deleted option is unknown", () => {
  const { values, warnings, shown } = read(less);
  expect(values).not.toHaveProperty("maxAgeSeconds");
  expect(warnings).toEqual(["unknown configuration option: max-age"]);
  expect(shown).not.toContain("max-age");
});

test.for(Object.entries(outputs))("%s does not contain it", ([, print]) => {
  expect(print(workerSchema)).toContain("max-age");
  expect(print(less)).not.toContain("max-age");
  expect(print(less)).toContain("job_timeout");
});

test("nor do the names that the other programs accept in a shared file", () => {
  const names = (worker: typeof less) =>
    foreignNames({ module: moduleSchema, worker, sender: sendGearmanSchema });
  expect(names(workerSchema)).toMatchObject({
    module: { values: expect.arrayContaining(["max-age"]) },
    sender: { values: expect.arrayContaining(["max-age"]) },
  });
  expect(JSON.stringify(names(less))).not.toContain("max-age");
});
