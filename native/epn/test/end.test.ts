// @module-tag slow
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { epnScript } from "../src/index.ts";
import { plainEnv, sharedEpn } from "./epn-server.ts";

// A run ends without Perl's global destruction if that has no effect; otherwise the effect is observed.

const shared = sharedEpn();

const withEffects: readonly [name: string, source: string, expected: object][] = [
  [
    "output that is still buffered",
    "print 'one'; print STDERR 'two'; exit 1;",
    { rc: 1, stdout: "one", stderr: "two" },
  ],
  [
    "a buffered copy of standard output that is not closed",
    "open our $copy, '>&', STDOUT; print $copy 'copy'; exit 1;",
    { rc: 1, stdout: "copy" },
  ],
  [
    "a buffered handle with a layer",
    "binmode STDOUT, ':encoding(UTF-8)'; print chr 228; exit 1;",
    { rc: 1, stdout: "\u00c3\u00a4" },
  ],
  [
    "a process opened with a pipe is waited for",
    "open our $pipe, '|-', 'sleep 2; cat'; print $pipe 'late'; exit 1;",
    { rc: 1, stdout: "late" },
  ],
  [
    "a destructor defined while the plugin runs",
    "eval q{package Late; sub DESTROY { print 'gone' } 1} or die; our $d = bless {}, 'Late'; exit 1;",
    { rc: 1, stdout: "gone" },
  ],
  [
    "a destructor below a package that was there",
    "eval q{package POSIX::Late; sub DESTROY { print 'gone' } 1} or die; our $d = bless {}, 'POSIX::Late'; exit 1;",
    { rc: 1, stdout: "gone" },
  ],
  [
    "a destructor for a package that was there",
    "package D; sub new { bless {}, shift } package main; our $d = D->new; *D::DESTROY = sub { print 'gone' }; exit 1;",
    { rc: 1, stdout: "gone" },
  ],
  [
    "a destructor by AUTOLOAD",
    "package D; our $AUTOLOAD; sub AUTOLOAD { print $AUTOLOAD } package main; our $d = bless {}, 'D'; exit 1;",
    { rc: 1, stdout: "D::DESTROY" },
  ],
  [
    "a temporary file that goes with its object",
    "use File::Temp; our $t = File::Temp->new; print qq{$t}; exit 1;",
    { rc: 1 },
  ],
  [
    "a destructor that changes the exit code",
    "package D; sub DESTROY { $? = 2 } package main; our $d = bless {}, 'D'; exit 1;",
    { rc: 2 },
  ],
  ["END decides", "END { $? = 2 } exit 1;", { rc: 2 }],
  ["an exit code above 255", "exit 258;", { rc: 2 }],
  ["a negative exit code", "exit -1;", { rc: 255 }],
  ["an exit code of another process", "my $x = `sh -c 'exit 3'`; exit $? >> 8;", { rc: 3 }],
  [
    "die in END",
    "END { die qq{late\\n} } print 'x'; exit 1;",
    { stdout: "x**ePN: FILE: late\nEND failed--call queue aborted.\n" },
  ],
  [
    "exit in a handler",
    "$SIG{USR1} = sub { print 'handled'; exit 2 }; kill USR1 => $$; sleep 9;",
    { rc: 2, stdout: "handled" },
  ],
  ["SIGCHLD ignored", "$SIG{CHLD} = 'IGNORE'; system 'true'; print 'x'; exit 1;", { rc: 1, stdout: "x" }],
  ["-T and a PATH that is not clean", "#!/usr/bin/perl -T\nprint 'x'; exit 1;", { rc: 1, stdout: "x" }],
];

test.each(withEffects)("%s", async (name, source, expected) => {
  const server = shared();
  const bin = server.plugin(`end-${name.replaceAll(/\W/g, "-")}`, source);
  const result = await server.run({ bin });
  const stdout = "stdout" in expected ? { stdout: String(expected.stdout).replace("FILE", bin) } : {};
  expect(result).toMatchObject({ ...expected, ...stdout });
});

test("a module with a destructor, loaded while the plugin runs", async () => {
  const server = shared();
  mkdirSync(join(server.folder, "late"));
  writeFileSync(join(server.folder, "late/Late.pm"), "package Late; sub DESTROY { print 'gone' } 1;");
  const source = `require '${server.folder}/late/Late.pm'; our $d = bless {}, 'Late'; exit 1;`;
  const result = await server.run({ bin: server.plugin("late.pl", source) });
  expect(result).toMatchObject({ rc: 1, stdout: "gone" });
});

/**
 * Output of a program that ends as a run does: "all" after its own output if global destruction is left to
 * Perl.
 */
function endOf(source: string, run = ""): Promise<string> {
  const lib = join(dirname(epnScript()), "lib");
  const end = "END { ModGearman::Epn::End::leave(); print 'all' }";
  const script = `${source}; use ModGearman::Epn::End; ${end} ModGearman::Epn::End::prepare(); ${run}; print 'x'; exit 3;`;
  return new Promise((resolve) => {
    execFile("perl", [`-I${lib}`, "-e", script], { env: plainEnv }, (error, stdout) =>
      resolve(`${stdout} ${Number(error?.code ?? 0)}`),
    );
  });
}

test.each([
  [
    "without",
    "use strict; use warnings; use Getopt::Long; use POSIX; use Data::Dumper; use File::Basename; use Socket",
    "",
  ],
  ["without", "use IO::Socket::INET; use List::Util; use Time::HiRes; use Cwd; use Encode", ""],
  ["without", "use IO::File", "IO::File->new('/dev/null')->close"],
  ["without", "sub D::new { bless [] }", "our $made = D->new; our %late = (a => 1)"],
  ["with", "use File::Temp", ""],
  ["with", "use threads", ""],
  ["with", "sub D::DESTROY {}", ""],
  ["with", "sub UNIVERSAL::DESTROY {}", ""],
  ["with", "sub D::new {}", "*D::DESTROY = sub {}"],
  ["with", "use strict", "eval 'sub D::DESTROY {}'"],
  ["with", "use strict", "require File::Find"],
  ["with", "use strict", "fork or exec qw(sleep 0.5)"],
])("%s global destruction: %s; %s", async (expected, source, run) => {
  expect(await endOf(source, run)).toBe(expected === "with" ? "xall 3" : "x 3");
});
