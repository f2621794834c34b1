// @module-tag slow
import { mkdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type EpnServer, sharedEpn, writePlugin } from "./epn-server.ts";

// Features of Perl plugins that must work as if Perl had been started for each of them.

const rows: readonly [
  name: string,
  source: string | Buffer,
  expected: { rc: number; stdout?: string; stderr?: string },
][] = [
  ["exit inside eval ends the plugin", "eval { exit 2 }; print 'still here'; exit 0;", { rc: 2, stdout: "" }],
  [
    "die with an object",
    "package E; use overload '\"\"' => sub { 'an object' }; package main; eval { die bless {}, 'E' }; print ref $@; exit 1;",
    { rc: 1, stdout: "E" },
  ],
  [
    "END blocks see the code and may change it",
    "END { print 'end ', $?; $? = 1 } exit 2;",
    { rc: 1, stdout: "end 2" },
  ],
  [
    "objects are destroyed",
    "package D; sub DESTROY { print 'gone' } package main; our $d = bless {}, 'D'; exit 0;",
    { rc: 0, stdout: "gone" },
  ],
  [
    "alarm with a handler of its own",
    "$SIG{ALRM} = sub { print 'late'; exit 1 }; alarm 1; sleep 60; exit 0;",
    { rc: 1, stdout: "late" },
  ],
  [
    "eval and alarm",
    "eval { local $SIG{ALRM} = sub { die qq{timeout\\n} }; alarm 1; sleep 60; }; print $@; exit 2;",
    { rc: 2, stdout: "timeout\n" },
  ],
  [
    "handlers it sets at compile time",
    "BEGIN { $SIG{TERM} = sub { print 'mine'; exit 1 } } kill TERM => $$; sleep 60; exit 0;",
    { rc: 1, stdout: "mine" },
  ],
  [
    "warn and its handler",
    "$SIG{__WARN__} = sub { print 'W:', @_ }; warn qq{w\\n}; exit 0;",
    { rc: 0, stdout: "W:w\n", stderr: "" },
  ],
  ["warn goes to standard error", "warn qq{w\\n}; exit 1;", { rc: 1, stdout: "", stderr: "w\n" }],
  [
    "a die handler of its own",
    "$SIG{__DIE__} = sub { print 'D:', @_; exit 2 }; die qq{d\\n};",
    { rc: 2, stdout: "D:d\n" },
  ],
  [
    "die in a block that is evaluated",
    "use strict; eval { require Not::There; 1 } or print 'no module'; exit 3;",
    { rc: 3, stdout: "no module" },
  ],
  [
    "copies of standard output",
    "open my $copy, '>&', STDOUT; print $copy 'copy '; close $copy; print 'own'; exit 0;",
    { rc: 0, stdout: "copy own" },
  ],
  [
    "/dev/stdout and /dev/stderr",
    "open my $f, '>', '/dev/stdout'; print $f 'dev'; close $f; open $f, '>', '/dev/stderr'; print $f 'err'; exit 1;",
    { rc: 1, stdout: "dev", stderr: "err" },
  ],
  [
    "open3",
    "use IPC::Open3; my $p = open3(undef, my $out, undef, 'echo three; exit 4'); print <$out>; waitpid $p, 0; exit $? >> 8;",
    { rc: 4, stdout: "three\n" },
  ],
  [
    "no variable of the server's own",
    "BEGIN { our $begin = $ENV{LD_BIND_NOW} // 'none' } print our $begin, $ENV{LD_BIND_NOW} // 'none', `env | grep -c LD_BIND`; exit 1;",
    { rc: 1, stdout: "nonenone0\n" },
  ],
  ["backticks and $?", "my $x = `sh -c 'exit 3'`; print $? >> 8; exit 0;", { rc: 0, stdout: "3" }],
  [
    "a process of its own making",
    "$| = 1; if (my $p = fork) { waitpid $p, 0; print 'parent ', $? >> 8; exit 1 } print 'child '; exit 7;",
    { rc: 1, stdout: "child parent 7" },
  ],
  [
    "a fork whose child dies",
    "my $p = fork; die qq{child\\n} if !$p; waitpid $p, 0; print $? >> 8; exit 1;",
    { rc: 1, stdout: "255", stderr: "child\n" },
  ],
  ["exec of another program", "exec 'sh', '-c', 'echo other; exit 2';", { rc: 2, stdout: "other\n" }],
  ["POSIX::_exit", "use POSIX (); $| = 1; print 'x'; POSIX::_exit(2);", { rc: 2, stdout: "x" }],
  ["POSIX::exit", "use POSIX (); print 'x'; POSIX::exit(0);", { rc: 0, stdout: "x" }],
  ["CORE::exit", "print 'x'; CORE::exit(0);", { rc: 0, stdout: "x" }],
  ["exit without a number", "print 'x'; exit;", { rc: 0, stdout: "x" }],
  ["exit 255 and over", "exit 511;", { rc: 255 }],
  ["exit -1", "exit -1;", { rc: 255, stderr: "" }],
  [
    "a package of its own",
    "package Some::Plugin; use strict; sub run { print __PACKAGE__; return 2 } exit run();",
    { rc: 2, stdout: "Some::Plugin" },
  ],
  [
    "subs see file variables",
    "use strict; use warnings; my $n = 1; sub add { $n++ } add(); add(); print $n; exit 0;",
    { rc: 0, stdout: "3", stderr: "" },
  ],
  [
    "no pragma of ours",
    "$x = 1; @y = (undef); print qq{$x$y[0]}; $ref = 'x'; print $$ref; exit 0;",
    { rc: 0, stdout: "11", stderr: "" },
  ],
  [
    "-w on the first line",
    "#!/usr/bin/perl -w\nprint $^W, undef . 'x'; exit 1;",
    { rc: 1, stdout: "1x", stderr: expect.stringContaining("uninitialized") as unknown as string },
  ],
  [
    "-T on the first line",
    "#!/usr/bin/perl -wT\nprint \x24{^TAINT}; eval { system \"echo $ARGV[0]\" }; print $@ =~ /Insecure/ ? 'safe' : 'unsafe'; exit 0;",
    { rc: 0, stdout: "1safe" },
  ],
  [
    "warnings of compiling, for every run",
    "#!/usr/bin/perl -w\nmy $a1 = 1; my $a1 = 2; print 'x'; exit 1;",
    { rc: 1, stdout: "x", stderr: expect.stringContaining("masks earlier") as unknown as string },
  ],
  [
    "output of compiling, once for every run",
    "BEGIN { print 'begin ' } print 'run'; exit 0;",
    { rc: 0, stdout: "begin run" },
  ],
  ["a BOM", Buffer.from("\ufeff#!/usr/bin/perl\nprint 'bom'; exit 0;"), { rc: 0, stdout: "bom" }],
  [
    "CRLF line ends",
    "#!/usr/bin/perl\r\nuse strict;\r\nprint 'crlf';\r\nexit 0;\r\n",
    { rc: 0, stdout: "crlf" },
  ],
  ["#line", "#line 100 \"other\"\nwarn 'here'; exit 1;", { rc: 1, stderr: "here at other line 100.\n" }],
  [
    "line numbers",
    "\n\nwarn 'w'; exit 1;",
    { rc: 1, stderr: expect.stringMatching(/^w at \S+ line 3\.\n$/) as unknown as string },
  ],
  [
    "POD and formats",
    "=pod\n\ntext\n\n=cut\n\nformat STDOUT =\n@<<<\n$n\n.\n$n = 'abc'; write; exit 0;\n",
    { rc: 0, stdout: "abc\n" },
  ],
  [
    "layers set at compile time",
    "use open qw(:std :encoding(UTF-8)); print chr 0x20ac; exit 0;",
    { rc: 0, stdout: "\xe2\x82\xac" },
  ],
  [
    "standard input is empty",
    "print defined(my $l = <STDIN>) ? 'text' : 'end'; exit 0;",
    { rc: 0, stdout: "end" },
  ],
  [
    "environment changed at compile time",
    "BEGIN { $ENV{B} = 'b'; delete $ENV{A} } print exists $ENV{A} ? 1 : 0, $ENV{B}; exit 0;",
    { rc: 0, stdout: "0b" },
  ],
  ["the time it started", "print abs($^T - time) < 30 ? 'now' : 'old'; exit 0;", { rc: 0, stdout: "now" }],
  [
    "local $|, print with , and \\",
    "{ local $| = 1; local ($,, $\\) = ('-', '!'); print 1, 2; } exit 0;",
    { rc: 0, stdout: "1-2!" },
  ],
  ["closes its standard output", "close STDOUT; close STDERR; exit 1;", { rc: 1, stdout: "" }],
  [
    "a bareword filehandle and getc",
    "open F, '<', $0; print getc F; close F; exit 0;",
    { rc: 0, stdout: "o" },
  ],
  [
    "Getopt::Long",
    "use Getopt::Long qw(:config no_ignore_case bundling); GetOptions('w=i' => \\my $w, 'v+' => \\my $v); print $w, $v; exit 0;",
    { rc: 0, stdout: "52" },
  ],
  [
    "sort and prototype",
    "sub by ($$) { $_[0] <=> $_[1] } print sort by 3, 1, 2; exit 0;",
    { rc: 0, stdout: "123" },
  ],
];

const shared = sharedEpn();

test.for(rows)("%s", async ([name, source, expected]) => {
  const server = shared();
  const bin = server.plugin(`plugin-${rows.findIndex((row) => row[0] === name)}.pl`, source);
  for (let i = 0; i < 2; i++) {
    expect(
      await server.run({ bin, args: ["-w", "5", "-vv"], env: { A: "a", PATH: process.env.PATH ?? "" } }),
    ).toMatchObject(expected);
  }
});

/** Two folders, each with a module of the same name. */
function twoFolders(server: EpnServer): string[] {
  return ["one", "two"].map((name) => {
    mkdirSync(`${server.folder}/${name}`);
    writePlugin(`${server.folder}/${name}/shared.pm`, `package shared; our $name = '${name}'; our @runs; 1;`);
    return writePlugin(
      `${server.folder}/${name}/plugin.pl`,
      'use FindBin; use lib "$FindBin::Bin"; use shared; push @shared::runs, 1; print $shared::name, scalar @shared::runs; exit 0;',
    );
  });
}

test("each plugin has its own modules, and no state of an earlier run", async () => {
  const server = shared();
  const bins = twoFolders(server);
  for (let i = 0; i < 2; i++) {
    expect(await Promise.all(bins.map(async (bin) => (await server.run({ bin })).stdout))).toEqual([
      "one1",
      "two1",
    ]);
  }
});

test.for(["a b.pl", "ä.pl", "quote'\".pl", "$x;`y`.pl", "-e.pl", "1.pl"])("file named %s", async (name) => {
  const server = shared();
  const bin = server.plugin(name, "print $0 eq $ENV{NAGIOS_PLUGIN} ? 'same' : $0; exit 0;");
  const bytes = Buffer.from(bin).toString("latin1");
  expect((await server.run({ bin: bytes })).stdout).toBe("same");
});

test("random numbers differ between runs, also if used at compile time", async () => {
  const server = shared();
  const bin = server.plugin("rand.pl", "BEGIN { rand } print rand; exit 0;");
  const drawn = new Set<string>();
  for (let i = 0; i < 5; i++) drawn.add((await server.run({ bin })).stdout);
  expect(drawn.size).toBe(5);
});

test("no descriptor of the server or of other runs is open in a plugin", async () => {
  const server = shared();
  const sleeps = server.plugin("sleeps.pl", "sleep 600; exit 0;");
  const busy = await Promise.all([1, 2].map(() => server.connect()));
  for (const socket of busy) socket.write(`{"bin":"${sleeps}","protocol":2}\n`);
  const bin = server.plugin(
    "fds.pl",
    'opendir D, "/proc/self/fd"; print join " ", sort { $a <=> $b } grep { /\\d/ && readlink "/proc/self/fd/$_" } readdir D; exit 0;',
  );
  const { stdout } = await server.run({ bin });
  const fds = stdout.split(" ");
  expect(fds.slice(0, 3)).toEqual(["0", "1", "2"]);
  expect(fds).toHaveLength(4); // and the one of opendir
  for (const socket of busy) socket.destroy();
});

test("working folder, umask and default signals", async () => {
  const server = shared();
  const bin = server.plugin(
    "cwd.pl",
    'use Cwd; printf "%s %o %s", getcwd, umask, `grep SigIgn /proc/self/status`; exit 0;',
  );
  const [cwd, umask, , ignored] = (await server.run({ bin, env: { PATH: process.env.PATH ?? "" } })).stdout
    .trim()
    .split(/\s+/);
  expect(cwd).toBe(process.cwd());
  expect(Number.parseInt(umask ?? "", 8)).toBe(process.umask());
  expect(BigInt(`0x${ignored}`) & 0x1007n).toBe(0n); // HUP, INT, QUIT, PIPE
});

test("the plugin leads its own process group", async () => {
  const server = shared();
  const bin = server.plugin("group.pl", "print getpgrp() == $$ ? 'leader' : 'member'; exit 0;");
  expect((await server.run({ bin })).stdout).toBe("leader");
});

test("a plugin that uses Monitoring::Plugin", async (context) => {
  const server = shared();
  const probe = await server.run({
    bin: server.plugin("probe.pl", "exit(eval { require Monitoring::Plugin } ? 0 : 1)"),
  });
  if (probe.rc !== 0) return context.skip("Monitoring::Plugin is not installed");
  const bin = server.plugin(
    "mp.pl",
    `use Monitoring::Plugin; my $p = Monitoring::Plugin->new(usage => "Usage: %s", version => 1);
$p->add_arg(spec => "warning|w=s", help => "w"); $p->getopts;
$p->add_perfdata(label => "v", value => 5, threshold => $p->set_thresholds(warning => $p->opts->warning));
$p->plugin_exit($p->check_threshold(5), "value");`,
  );
  expect(await server.run({ bin, args: ["-w", "3"] })).toMatchObject({
    rc: 1,
    stdout: "MP WARNING - value | v=5;3;\n",
  });
  expect((await server.run({ bin, args: ["--help"] })).stdout).toContain("--warning");
  expect(await server.run({ bin, args: ["--nonsense"] })).toMatchObject({ rc: 3 });
});

test("a plugin of the Monitoring Plugins", async (context) => {
  const bin = "/usr/lib/nagios/plugins/check_file_age";
  try {
    readFileSync(bin);
  } catch {
    return context.skip("check_file_age is not installed");
  }
  const server = shared();
  const file = server.plugin("fresh", "content");
  for (let i = 0; i < 2; i++) {
    const result = await server.run({
      bin,
      args: ["-w", "100000", "-c", "200000", "-W", "1", "-C", "1", file],
    });
    expect(result).toMatchObject({ rc: 0, stdout: expect.stringMatching(/^FILE_AGE OK: /) });
  }
});
