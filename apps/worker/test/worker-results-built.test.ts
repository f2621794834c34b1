// @module-tag slow
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { vectorsFolder } from "@mod-gearman/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expected, fieldOrder, fieldsOf, vectors } from "./recorded-results.ts";
import { Replay } from "./replay.ts";

const folder = mkdtempSync(`${tmpdir()}/mod-gearman-test-`);
const plugins = `${folder}/plugins`;
symlinkSync(`${vectorsFolder}plugins`, plugins);
afterAll(() => rmSync(folder, { recursive: true }));

describe.for(Object.keys(vectors.groups))("the built program, C worker results: %s", (group) => {
  const rows = vectors.results.filter((row) => row.group === group);
  const replay = new Replay(group, rows, plugins);
  beforeAll(() => replay.start());
  afterAll(() => replay.end());

  test.for(rows)("$case ($stream)", async (row) => {
    if (row.noResult) return replay.runWithoutResult(row);
    const { job, text } = await replay.run(row);
    expect(text.endsWith("\n\n\n")).toBe(true);
    expect(fieldsOf(text).map(([key]) => key)).toEqual(fieldOrder(job));
    const [returnCode, output] = expected(row);
    expect(Object.fromEntries(fieldsOf(text))).toMatchObject({
      type: replay.isPassive(row) ? "passive" : "active",
      host_name: job.host_name,
      ...("service_description" in job ? { service_description: job.service_description } : {}),
      core_start_time: job.core_time,
      exited_ok: "1",
      source: "Mod-Gearman Worker @ demo-worker",
      return_code: `${returnCode}`,
      output: output
        .replace("(vm) - ", `(${hostname()}) - `)
        .replace("/srv/plu...", `${plugins.slice(0, 8)}...`),
    });
  });
});
