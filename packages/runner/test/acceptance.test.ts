import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CheckRunner, createCheckRunner, createRunner, type Runner } from "../src/index.ts";

const NOT_FOUND =
  "UNKNOWN: Return code of 127 is out of bounds. Make sure the plugin you're trying to run actually exists. (worker: w1)";
const ALL = { negate: true, checkDummy: true, checkNscWeb: true, checkPrometheus: true };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "acceptance-"));
  for (const [name, text] of [
    ["test.sh", `#!/bin/sh\nprintf %s "$1" | od -An -c | tr -s ' '\n`],
    ["command", `#!/bin/sh\necho "$ENV1|$#|$1"\n`],
    ["test", '#!/bin/sh\necho "$3"\n'],
    ["python3", '#!/bin/sh\necho "$@"\n'],
    ["raw", "#!/bin/sh\nprintf 'a\\377\\303\\244'\n"],
  ] as const) {
    writeFileSync(join(folder, name), text, { mode: 0o755 });
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

/** One row of worker.md 9.1; DIR is replaced by a folder with plugins. */
interface Row {
  readonly name: string;
  readonly command: string;
  readonly exec: string;
  readonly returnCode: number;
  readonly output: string;
  readonly type?: string;
  readonly timeoutMs?: number;
  readonly description?: string;
}

const rows: Row[] = [
  {
    name: "an exit code with its text",
    command: `/bin/sh -c "echo 'exit status 2'; exit 2"`,
    exec: "exec",
    returnCode: 2,
    output: "exit status 2",
  },
  {
    name: "stderr behind stdout in brackets",
    command: '/bin/sh -c "echo e >&2; echo o; exit 2"',
    exec: "exec",
    returnCode: 2,
    output: "o\n[e]",
  },
  {
    name: "stderr alone",
    command: '/bin/sh -c "echo e >&2; exit 2"',
    exec: "exec",
    returnCode: 2,
    output: "[e]",
  },
  {
    name: "no stderr at rc 0",
    command: '/bin/sh -c "echo e >&2; echo o"',
    exec: "exec",
    returnCode: 0,
    output: "o",
  },
  {
    name: "quotes in all their forms",
    command: `echo a '''b''' '' """c""" ''d'' ee""ee f' 'f '" "' "' ''"`,
    exec: "exec",
    returnCode: 0,
    output: `a b  c d eeee f f " " ' ''`,
  },
  {
    name: "backslashes in double quotes stay",
    command: String.raw`DIR/test.sh "\t\n"`,
    exec: "exec",
    returnCode: 0,
    output: String.raw`\ t \ n`,
  },
  {
    name: "an environment prefix",
    command: `ENV1='var space' DIR/command "args 123"`,
    exec: "exec",
    returnCode: 0,
    output: "var space|1|args 123",
  },
  {
    name: "a shell command that traps the timeout",
    command: "trap 'echo Booh!' INT TERM; sleep 20",
    exec: "shell",
    returnCode: 3,
    output: "(Check Timed Out On Worker: w1)",
    type: "",
    timeoutMs: 1000,
  },
  {
    name: "quoted shell characters need no shell",
    command: "DIR/test a -P 'm1|m2'",
    exec: "exec",
    returnCode: 0,
    output: "m1|m2",
  },
  {
    name: "a trailing semicolon does",
    command: "DIR/test a -P 'm1|m2';",
    exec: "shell",
    returnCode: 0,
    output: "m1|m2",
  },
  {
    name: "a missing plugin",
    command: '/not-there ""',
    exec: "exec",
    returnCode: 3,
    output: NOT_FOUND,
  },
  {
    name: "an exit code out of bounds",
    command: '/bin/sh -c "echo x; exit 42"',
    exec: "exec",
    returnCode: 3,
    output: "CRITICAL: Return code of 42 is out of bounds. (worker: w1)\nx",
  },
  {
    name: "a plugin killed by a signal",
    command: "/bin/sh -c 'echo k; kill $$'",
    exec: "exec",
    returnCode: 3,
    output:
      "UNKNOWN: Return code of 15 is out of bounds. Plugin exited by signal: terminated. (worker: w1)\nk",
  },
  {
    name: "negate swaps OK and CRITICAL, text too",
    command: `lib/negate -s /bin/sh -c 'echo "OK - fine"'`,
    exec: "exec",
    returnCode: 2,
    output: "CRITICAL - fine",
  },
  {
    name: "negate of one quoted string",
    command: `lib/negate -o 1 "/bin/sh -c 'echo OK'"`,
    exec: "exec",
    returnCode: 1,
    output: "OK",
  },
  {
    name: "the timeout of negate",
    command: "lib/negate -t 1 -s /bin/sh -c 'sleep 3'",
    exec: "exec",
    returnCode: 3,
    output: "(Service Check Timed Out On Worker: w1)",
  },
  {
    name: "check_dummy inside the worker",
    command: `ENV1=x ./lib/check_dummy 1 test' 'out"put"`,
    exec: "internal",
    returnCode: 1,
    output: "WARNING: test output",
    description: "InternalCheckDummy",
  },
  {
    name: "the metric description of a script",
    command: "DIR/python3 -u /x/file1 a",
    exec: "exec",
    returnCode: 0,
    output: "-u /x/file1 a",
    description: "python3 file1",
  },
  {
    name: "bytes that are no UTF-8",
    command: "DIR/raw",
    exec: "exec",
    returnCode: 0,
    output: "a\xff\xc3\xa4",
  },
  {
    name: "a plugin that opens /dev/stderr",
    command: "/bin/sh -c 'echo x >/dev/stderr && echo fine'",
    exec: "exec",
    returnCode: 0,
    output: "fine",
  },
];

describe.for(["off", "auto"] as const)("acceptance examples (worker.md 9.1), native spawner %s", (native) => {
  let runner: Runner;
  let checks: CheckRunner;
  beforeAll(() => {
    runner = createRunner({ native });
    checks = createCheckRunner({
      runner,
      builtin: ALL,
      version: "1.2.3",
      judge: {
        identifier: Buffer.from("w1"),
        showErrorOutput: true,
        timeoutReturn: 3,
        workerNameInResult: "off",
      },
    });
  });
  afterAll(async () => {
    await runner.abortAll("at once");
    runner.close();
  });

  test.for(rows)("$name: $command", async (row) => {
    const here = (text: string) => text.replaceAll("DIR", folder);
    const outcome = await checks.check({
      commandLine: Buffer.from(here(row.command)),
      type: row.type ?? "service",
      timeoutMs: row.timeoutMs ?? 50_000,
    });
    expect({
      exec: outcome.exec,
      returnCode: outcome.returnCode,
      output: outcome.output.toString("latin1"),
    }).toEqual({ exec: row.exec, returnCode: row.returnCode, output: here(row.output) });
    if (row.description !== undefined) expect(outcome.description).toBe(row.description);
  });
});
