import { expect, test } from "vitest";
import { optionTable } from "../scripts/option-table.ts";
import { helpText } from "../src/help.ts";
import { optionsOf } from "../src/program.ts";
import { gearmandHelp } from "../src/tables/gearmand.ts";
import { moduleTable } from "../src/tables/module.ts";
import { workerHelp, workerTable } from "../src/tables/worker.ts";

test("one row per option; bars and backticks in values do not break the table", () => {
  const rows = optionTable(workerTable);
  expect(rows).toHaveLength(2 + Object.keys(workerTable).length);
  for (const row of rows) expect(row.match(/(?<!\\)\|/g)).toHaveLength(6);
  expect(rows.join("\n")).toContain("| `` $&();<>`\"'\\| `` |");
});

test("the help contains every option that is not hidden, and its syntax", () => {
  const help = helpText(workerHelp);
  for (const { option } of optionsOf(workerTable)) expect(help).toContain(`  --${option}=`);
  expect(help).toMatch(/^Usage: mod_gearman_worker /);
  expect(helpText(gearmandHelp)).toMatch(/ -d, --daemon +Run in the background\.\n/);
});

test("all spellings are distinct", () => {
  const names = optionsOf(moduleTable).flatMap(({ option, meta }) => [option, ...meta.aliases]);
  expect(new Set(names).size).toBe(names.length);
});
