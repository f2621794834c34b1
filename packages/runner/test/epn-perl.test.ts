// @module-tag slow
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { epnScript } from "@mod-gearman/epn";
import { createEpn, type Epn, type EpnSettings, PerlFiles } from "@mod-gearman/epn-client";
import { memoryLogger } from "@mod-gearman/observe";
import { tmpFolder, waitFor } from "@mod-gearman/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type CheckOutcome,
  type CheckRequest,
  type CheckRunner,
  createCheckRunner,
  createRunner,
  type Runner,
} from "../src/index.ts";
import { aliveIn, processes } from "./processes.ts";

const OFF = { negate: false, checkDummy: false, checkNscWeb: false, checkPrometheus: false };
const judge = {
  identifier: Buffer.from("w1"),
  showErrorOutput: true,
  timeoutReturn: 3,
  workerNameInResult: "off",
} as const;
const settings: EpnSettings = { script: epnScript(), keepCompiled: true, verbosity: 0 };
const LONG_MS = 60_000;

let folder: string;
let epn: Epn;
let runner: Runner;
let embedded: CheckRunner;
let plain: CheckRunner;
const logger = memoryLogger();

beforeEach(async (context) => {
  folder = tmpFolder(context);
  logger.lines.length = 0;
  runner = createRunner({ logger });
  epn = createEpn({ ...settings, logger, folder });
  const common = { runner, builtin: OFF, judge, version: "1" };
  plain = createCheckRunner(common);
  embedded = createCheckRunner({ ...common, embeddedPerl: { epn, files: new PerlFiles(), implicit: false } });
  expect(await epn.start()).toBe(true);
});
afterEach(async () => {
  await runner.abortAll("at once");
  await epn.abortAll("at once");
  await epn.close();
  runner.close();
  expect(processes().filter(({ parent, state }) => parent === process.pid && state !== "Z")).toEqual([]);
});

/** A plugin for the real server: first line, marker, `body`. */
function plugin(body: string, { name = "check_it", first = "#!/usr/bin/perl" } = {}): string {
  const path = join(folder, name);
  writeFileSync(`${path}.new`, Buffer.from(`${first}\n# nagios: +epn\n${body}\n`, "latin1"));
  chmodSync(`${path}.new`, 0o755);
  renameSync(`${path}.new`, path);
  return path;
}
const check = (
  checks: CheckRunner,
  commandLine: string,
  request: Partial<CheckRequest> = {},
): Promise<CheckOutcome> =>
  checks.check({
    commandLine: Buffer.from(commandLine, "latin1"),
    type: "service",
    timeoutMs: LONG_MS,
    ...request,
  });
const shown = ({ exec, returnCode, output }: CheckOutcome) => [exec, returnCode, output.toString("latin1")];
const bytesOf = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => String.fromCharCode(from + n)).join("");

describe("the same result as when run as a program", () => {
  test.for<[name: string, body: string, args?: string]>([
    ["OK", 'print "OK - fine|a=1\\n"; exit 0;'],
    ["WARNING", 'print "WARNING\\n"; exit 1;'],
    ["CRITICAL", 'print "CRITICAL\\n"; exit 2;'],
    ["UNKNOWN", 'print "UNKNOWN\\n"; exit 3;'],
    ["exit without a number", 'print "OK\\n"; exit;'],
    ["no output", "exit 0;"],
    ["a code that is no state", 'print "so\\n"; exit 77;'],
    ["126", "exit 126;"],
    ["127", 'print "x"; exit 127;'],
    ["255", "exit 255;"],
    ["-1", "exit(-1);"],
    ["256", "exit 256;"],
    ["exit in a sub, an eval and a sort", 'sub end { eval { () = sort { exit 1 } 2, 1 } } print "x"; end();'],
    ["several lines", 'print "OK\\nline 2\\n\\nline 4|x=1\\n\\n"; exit 0;'],
    ["white space at both ends", 'print "\\n  a b \\t\\n\\n"; exit 0;'],
    ["stderr with OK", 'print STDERR "oops\\n"; print "OK\\n"; exit 0;'],
    ["stderr with CRITICAL", 'print STDERR "oops\\n"; print "bad\\n"; exit 2;'],
    ["a warning", 'warn "careful\\n"; print "bad\\n"; exit 1;'],
    ["warnings are on", 'use warnings; my $x; my $y = "$x"; print "done\\n"; exit 1;'],
    ["nothing but stderr", 'print STDERR "oops"; exit 2;'],
    ["backslashes", 'print "a\\\\nb \\\\ c\\n"; exit 0;'],
    ["NUL bytes", 'print "a\\0b\\n"; exit 0;'],
    ["every byte above ASCII", 'print join("", map { chr } 128 .. 255), "\\n"; exit 0;'],
    ["UTF-8 as it stands in the file", 'print "Gr\xc3\xbc\xc3\x9fe \xe2\x98\x83\\n"; exit 0;'],
    ["use utf8 and binmode", 'use utf8; binmode STDOUT, ":utf8"; print "Gr\xc3\xbc\xc3\x9fe\\n"; exit 0;'],
    ["arguments", "print join('|', scalar @ARGV, @ARGV), qq(\\n); exit 0;", "-w '1 2' \"\" a\\ b 'x\"y'"],
    ["arguments that are no UTF-8", "print join('|', @ARGV), qq(\\n); exit 0;", `'${bytesOf(128, 256)}'`],
    ["the environment", "print map({ qq($_=$ENV{$_} ) } qw(HOME PATH)), qq(\\n); exit 0;"],
    ["variables of others are not there", "print defined $ENV{X} ? 1 : 0; $ENV{X} = 1; exit 0;"],
    ["stdin is at its end", 'my $line = <STDIN>; print defined $line ? "text" : "end"; exit 0;'],
    ["the working directory", 'use Cwd; print getcwd(), "\\n"; exit 0;'],
    ["$0", 'use File::Basename; print basename($0), "\\n"; exit 0;'],
    ["$^W, strict off", '$x = "a"; print "$x", $^W ? 1 : 0; exit 0;'],
    ["-w in the first line", 'my $x; my $y = "$x"; print "w\\n"; exit 1;'],
    ["system", 'print "a"; $| = 1; system("echo b; echo c >&2"); exit 2;'],
    ["backticks", "my $x = `echo from a child; exit 3`; print $x, $? >> 8; exit 0;"],
    ["exec", 'exec "/bin/sh", "-c", "echo replaced; exit 2";'],
    [
      "fork and wait",
      'my $p = fork; if (!$p) { print "child\\n"; exit 0 } waitpid $p, 0; print "parent\\n"; exit 1;',
    ],
    ["an END block", 'END { print "at the end\\n" } print "first\\n"; exit 1;'],
    ["an END block that changes the code", 'END { $? = 2 } print "x\\n"; exit 1;'],
    ["a BEGIN block", "BEGIN { $ENV{FROM_BEGIN} = 4 } print $ENV{FROM_BEGIN}; exit 0;"],
    ["exit in a BEGIN block", 'BEGIN { print "UNKNOWN - no module\\n"; exit 3 } exit 0;'],
    ["use of a module that is not there", 'eval { require Not::There } or print "none\\n"; exit 2;'],
    ["eval and $@", 'eval { die "inner\\n" }; print "got $@"; exit 1;'],
    [
      "local $SIG{ALRM}",
      'eval { local $SIG{ALRM} = sub { die "late\\n" }; alarm 1; sleep 30 }; print $@; exit 2;',
    ],
    ["__DATA__", "print <DATA>; exit 0;\n__DATA__\nline 1\nline 2"],
    ["__END__", 'print "ended\\n"; exit 0;\n__END__\n=pod\n\nNo Perl ( {\n'],
    ["POD and here documents", 'print <<"E";\nhere\nE\nexit 0;\n\n=head1 NAME\n\nx ( {\n\n=cut\n'],
    [
      "a package of its own",
      "package My::Plugin; sub new { bless {} } package main; print ref(My::Plugin->new); exit 1;",
    ],
    ["globals are fresh", "our $n; $n++; print $n; exit 0;"],
    ["a printf and a format", 'printf "%05.2f %s\\n", 3.14159, "x"; exit 0;'],
    ["write to STDOUT by number", 'open my $o, ">&=", 1; print $o "by number\\n"; close $o; exit 0;'],
    ["/dev/stdout", 'open my $o, ">", "/dev/stdout"; print $o "by name\\n"; close $o; exit 0;'],
    [
      "Getopt::Long",
      'use Getopt::Long; GetOptions("w=s" => \\my $w, "v+" => \\my $v); print "$w $v @ARGV\\n"; exit 0;',
      "-w 5 -v -v rest",
    ],
    ["killed by SIGKILL", '$| = 1; print "about to die\\n"; kill 9, $$; sleep 60;'],
    ["killed by SIGUSR1", 'kill "USR1", $$; sleep 60;'],
    ["crashed", 'kill "SEGV", $$; sleep 60;'],
    ["taint mode", `print "tainted: \${^TAINT}\\n"; exit 0;`],
    ["300 KB", 'print "x" x 300_000; exit 0;'],
    ["a syntax error in an eval", 'eval "1 +* 2"; print $@ ? "no\\n" : "yes\\n"; exit 0;'],
    ["its file name in a warning", 'warn "here"; exit 1;'],
    ["caller, __FILE__, __LINE__", "print __FILE__, __LINE__, defined caller() ? 1 : 0; exit 0;"],
  ])("%s", async ([name, body, args = ""]) => {
    const first =
      name === "taint mode" ? "#!/usr/bin/perl -T" : name.startsWith("-w") ? "#!/usr/bin/perl -w" : undefined;
    const command = `${plugin(body, first === undefined ? {} : { first })} ${args}`;
    const [, ...expected] = shown(await check(plain, command));
    for (let time = 0; time < 2; time++) {
      const [exec, ...found] = shown(await check(embedded, command));
      expect(found).toEqual(expected);
      const isGivenBack = name === "crashed" || name === "exit in a BEGIN block";
      expect(exec).toBe(isGivenBack ? "exec" : "epn");
    }
  });
});

describe("where embedded Perl reports more than Perl", () => {
  const file = () => join(folder, "check_it");
  const text = (outcome: CheckOutcome) => outcome.output.toString("latin1");

  test("no exit()", async () => {
    const outcome = await check(embedded, plugin('print "fine\\n";'));
    expect(shown(outcome)).toEqual(["epn", 3, `**ePN: ${file()}: plugin did not call exit()\nfine`]);
  });

  test("die", async () => {
    const outcome = await check(embedded, plugin('print "so far\\n"; die "no luck\\n";'));
    expect(outcome).toMatchObject({ exec: "epn", returnCode: 3 });
    expect(text(outcome)).toContain(`**ePN: ${file()}: plugin did not call exit()\n`);
    expect(text(outcome)).toContain(`**ePN: ${file()}: no luck`);
  });

  test("it cannot be compiled, then it can", async () => {
    const command = plugin("use strict; $undeclared = 1; exit 0;");
    const outcome = await check(embedded, command);
    expect(outcome).toMatchObject({ exec: "epn", returnCode: 3 });
    expect(text(outcome)).toMatch(/^\*\*ePN: failed to compile .*Global symbol "\$undeclared"/s);
    plugin('print "repaired\\n"; exit 0;');
    expect(shown(await check(embedded, command))).toEqual(["epn", 0, "repaired"]);
  });
});

describe("while it runs", () => {
  const go = () => writeFileSync(join(folder, "go"), "");
  const waiting = `select undef, undef, undef, 0.02 until -e "$ENV{GO}";`;
  const env = () => ({ GO: join(folder, "go") });

  test("a changed script is compiled again, also one with an older time", async () => {
    for (const word of ["one", "two", "three"]) {
      const path = plugin(`print "${word}\\n"; exit 0;`);
      expect(shown(await check(embedded, path))).toEqual(["epn", 0, word]);
      expect(shown(await check(embedded, path))).toEqual(["epn", 0, word]);
    }
  });

  test("50 concurrent plugins, each with its own arguments and numbers", async () => {
    const path = plugin(`${waiting} print "$ARGV[0] ", rand, " $$\\n"; exit $ARGV[0] % 4;`);
    const runs = Array.from({ length: 50 }, (_, n) => check(embedded, `${path} ${n}`, { env: env() }));
    go();
    const outcomes = await Promise.all(runs);
    expect(outcomes.map(({ returnCode }) => returnCode)).toEqual(outcomes.map((_, n) => n % 4));
    const words = outcomes.map(({ output }) => output.toString().split(" "));
    expect(words.map(([n]) => Number(n))).toEqual(words.map((_, n) => n));
    expect(new Set(words.map(([, random]) => random)).size).toBe(50);
    expect(new Set(words.map(([, , pid]) => pid)).size).toBe(50);
    expect(outcomes.every(({ exec }) => exec === "epn")).toBe(true);
  }, 60_000);

  test("a reload with 20 running plugins: all end where they started", async () => {
    const path = plugin(`${waiting} print "$ARGV[0]\\n"; exit 0;`);
    const runs = Array.from({ length: 20 }, (_, n) => check(embedded, `${path} ${n}`, { env: env() }));
    epn.reload({ ...settings, keepCompiled: false });
    await waitFor("the new server", () => logger.lines.filter((line) => line.includes("ready")).length === 2);
    go();
    const outcomes = await Promise.all(runs);
    expect(outcomes.map(shown)).toEqual(outcomes.map((_, n) => ["epn", 0, String(n)]));
    await waitFor("the end of the old one", () => {
      return processes().filter(({ parent, state }) => parent === process.pid && state !== "Z").length === 1;
    });
  }, 60_000);

  test("kill -9 of the server with 20 running plugins: all end once, as programs", async () => {
    const path = plugin(`${waiting} print "$ARGV[0]\\n"; exit 0;`);
    let ended = 0;
    const runs = Array.from({ length: 20 }, (_, n) =>
      check(embedded, `${path} ${n}`, { env: env() }).finally(() => ended++),
    );
    const [server] = processes().filter(({ parent }) => parent === process.pid);
    process.kill(server?.pid ?? 0, "SIGKILL");
    go();
    const outcomes = await Promise.all(runs);
    expect(outcomes.map(({ output }) => output.toString())).toEqual(outcomes.map((_, n) => String(n)));
    expect(ended).toBe(20);
    await waitFor("a new server", () => logger.lines.filter((line) => line.includes("ready")).length === 2);
  }, 60_000);

  const sleeper = () => {
    const mark = join(folder, "pid");
    const path = plugin(
      `$SIG{TERM} = $SIG{INT} = "IGNORE"; system("sleep 600 &"); open F, ">", "${mark}.tmp"; print F $$; close F; ` +
        `rename "${mark}.tmp", "${mark}"; sleep 600; exit 0;`,
    );
    const pid = () => waitFor("its process", () => existsSync(mark) && Number(readFileSync(mark, "latin1")));
    return { path, pid };
  };

  test("a timeout kills the plugin with all its processes", async () => {
    const { path, pid } = sleeper();
    const outcome = check(embedded, path, { timeoutMs: 10_000 });
    const group = await pid();
    expect(shown(await outcome)).toEqual(["epn", 3, "(Service Check Timed Out On Worker: w1)"]);
    await waitFor("its end", () => aliveIn(group) === 0);
    expect(shown(await check(embedded, plugin("exit 0;", { name: "next" })))[0]).toBe("epn");
  }, 60_000);

  test("abortAll and the end of the server do so as well", async () => {
    const { path, pid } = sleeper();
    const outcome = check(embedded, path);
    const group = await pid();
    await epn.abortAll();
    expect(await outcome).toMatchObject({ exec: "epn", aborted: true });
    await waitFor("its end", () => aliveIn(group) === 0);
  }, 60_000);

  test("output above the limit is cut, which is reported", async () => {
    const path = plugin('print "x" x 200_000; print STDERR "y" x 50; exit 0;');
    const outcome = await check(embedded, path, { maxOutputBytes: 1000 });
    expect(shown(outcome)).toEqual(["epn", 0, "x".repeat(1000)]);
    expect(logger.lines).toContain("warn: plugin output exceeds 1000 bytes, cutting off");
  });
});
