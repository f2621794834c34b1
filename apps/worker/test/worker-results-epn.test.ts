// @module-tag slow
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { vectorsFolder, waitFor } from "@mod-gearman/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expected, fieldOrder, fieldsOf, vectors } from "./recorded-results.ts";
import { Replay } from "./replay.ts";

const plugins = mkdtempSync(`${tmpdir()}/mod-gearman-test-`);
afterAll(() => rmSync(plugins, { recursive: true }));

// each recorded plugin as a Perl script that executes it
for (const name of readdirSync(`${vectorsFolder}plugins`)) {
  const text = `exec {"${vectorsFolder}plugins/${name}"} "${plugins}/${name}", @ARGV;`;
  writeFileSync(`${plugins}/${name}`, `#!/usr/bin/perl\n# nagios: +epn\n${text}\n`, { mode: 0o755 });
}

/** Rows that need no program, the shell, or another program. */
const OTHERS = [
  "notfound-exec",
  "notfound-shell",
  "shell-meta",
  "relative",
  "old",
  "oldhost",
  "otherpath",
  "shellchars",
];
/** A crash is run again as a program, as the interpreter may be the cause; after the second one at once. */
const AGAIN = ["signal-11", "signal-6", "signal-9-shell"];
const GROUPS = ["default", "show_error_output-no_debug-result_rc25", "max-age", "restrict_path"];

describe.for(GROUPS)("embedded Perl, C worker results: %s", (group) => {
  const rows = vectors.results.filter((row) => row.group === group);
  const replay = new Replay(group, rows, plugins);
  const ended = (exec: string) => (replay.worker?.log.split(`| exec: ${exec})`).length ?? 0) - 1;
  beforeAll(async () => {
    replay.env = { ...process.env, TMPDIR: plugins }; // the worker is killed at the end
    await replay.start("--enable_embedded_perl=yes", "--debug=1");
    await waitFor("the Perl server", () => replay.worker?.log.includes("embedded Perl: server ready"));
  });
  afterAll(() => replay.end());

  test.for(rows)("$case ($stream)", async (row) => {
    if (row.noResult) return replay.runWithoutResult(row);
    const before = ended("epn");
    const { job, text } = await replay.run(row);
    expect(fieldsOf(text).map(([key]) => key)).toEqual(fieldOrder(job));
    const [returnCode, output] = expected(row);
    expect(Object.fromEntries(fieldsOf(text))).toMatchObject({
      type: "active",
      core_start_time: job.core_time,
      exited_ok: "1",
      source: "Mod-Gearman Worker @ demo-worker",
      return_code: `${returnCode}`,
      output: output
        .replace("(vm) - ", `(${hostname()}) - `)
        .replace("/srv/plu...", `${plugins.slice(0, 8)}...`),
    });
    if (OTHERS.includes(row.case) || AGAIN.includes(row.case)) return;
    await waitFor("its label", () => ended("epn") === before + 1);
  });
});
