import { expect, test } from "vitest";
import { optionTable } from "../scripts/option-table.ts";
import { gearmandHelp } from "../src/gearmand.ts";
import { helpText } from "../src/help.ts";
import { moduleSchema } from "../src/module.ts";
import { optionsOf } from "../src/program.ts";
import { workerHelp, workerSchema } from "../src/worker.ts";

test("a row per option, bars and backticks in values do not break the table", () => {
  const rows = optionTable(workerSchema);
  expect(rows).toHaveLength(2 + Object.keys(workerSchema).length);
  for (const row of rows) expect(row.match(/(?<!\\)\|/g)).toHaveLength(6);
  expect(rows.join("\n")).toContain("| `` $&();<>`\"'\\| `` |");
});

test("the help names every option that is not hidden, and how it is written", () => {
  const help = helpText(workerHelp);
  for (const { option } of optionsOf(workerSchema)) expect(help).toContain(`  --${option}=`);
  expect(help).toMatch(/^Usage: mod_gearman_worker /);
  expect(helpText(gearmandHelp)).toMatch(/ -d, --daemon +Run in the background\.\n/);
});

test("no two options share a spelling", () => {
  const names = optionsOf(moduleSchema).flatMap(({ option, facts }) => [option, ...facts.aliases]);
  expect(new Set(names).size).toBe(names.length);
});
