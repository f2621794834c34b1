// @module-tag slow
import { execFile } from "node:child_process";
import { expect, test } from "vitest";
import { plainEnv, sharedEpn } from "./epn-server.ts";

// Each plugin is executed as a program and run by the server; both must give the same output.

const shared = sharedEpn();

const same: readonly [name: string, source: string, args?: readonly string[]][] = [
  ["-C on the first line", '#!/usr/bin/perl -CS\nprint "\\x{e4}\\n"; exit 1;'],
  [
    "-C and -w in one word, arguments decoded",
    '#!/usr/bin/perl -wCSA\nprint length $ARGV[0], $^W, "\\n"; exit 1;',
    ["\u2713"],
  ],
  ["-w", '#!/usr/bin/perl -w\nmy $x; print "a" . $x; exit 1;'],
  [
    "-T: what a plugin assigns to PATH is clean",
    '#!/usr/bin/perl -T\n$ENV{PATH} = "/bin:/usr/bin"; delete @ENV{qw(IFS CDPATH ENV BASH_ENV)}; system "echo clean"; exit 1;',
  ],
  [
    "-T: arguments and variables are not",
    '#!/usr/bin/perl -wT\nuse Scalar::Util "tainted"; print map { tainted($_) } $ARGV[0], $ENV{HOME}, $0; exit 1;',
    ["x"],
  ],
  [
    "options as Getopt::Long understands them by itself",
    '#!/usr/bin/perl\nuse Monitoring::Plugin; use Getopt::Long; my $v; GetOptions("Help" => \\$v) or exit 3; print "h=$v"; exit 1;',
    ["-h"],
  ],
  [
    "a child that BEGIN forks",
    "#!/usr/bin/perl\nBEGIN { my $p = fork // die; exit 0 if !$p; waitpid $p, 0 } print 'main'; exit 1;",
  ],
  [
    "SIGCHLD ignored at compile time",
    "#!/usr/bin/perl\nBEGIN { $SIG{CHLD} = 'IGNORE' } system 'true'; print qq{$SIG{CHLD} $?}; exit 1;",
  ],
  [
    "SIGCHLD handled at compile time",
    "#!/usr/bin/perl\nBEGIN { $SIG{CHLD} = sub { $reaped = wait } } $p = fork // die; exit 0 if !$p; select undef, undef, undef, 0.05 until $reaped; print $p == $reaped; exit 1;",
  ],
  ["exit with what is no number", "#!/usr/bin/perl\nprint 'x'; exit '2abc';"],
  ["exit with nothing", "#!/usr/bin/perl\nmy $code; print 'x'; exit $code;"],
  [
    "an exit of its own",
    "#!/usr/bin/perl\nBEGIN { *CORE::GLOBAL::exit = sub { print 'mine'; CORE::exit($_[0]) } } exit 1;",
  ],
];

/** Output of the plugin as a program. */
function execute(
  bin: string,
  args: readonly string[],
): Promise<{ rc: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(bin, args, { env: plainEnv, encoding: "latin1" }, (error, stdout, stderr) =>
      resolve({ rc: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

test.each(same)("%s", async (name, source, args = []) => {
  const server = shared();
  const bin = server.plugin(`same-${name.replaceAll(/\W/g, "-")}`, source);
  const expected = await execute(bin, args);
  const bytes = args.map((word) => Buffer.from(word).toString("latin1"));
  const result = await server.run({ bin, args: bytes, env: { HOME: "/", LC_ALL: "C" }, clean: false });
  expect(result).toMatchObject(expected);
  expect(result.error).toBeUndefined();
});

const programsOnly: readonly [name: string, source: string, reason: string][] = [
  ...["-n", "-p", "-s", "-i", "-wn", "-x", "-c"].map((switches): [string, string, string] => [
    `${switches} on the first line`,
    `#!/usr/bin/perl ${switches}\nprint 'x'; exit 0;`,
    `the switch -${switches.at(-1)} of its first line is for programs`,
  ]),
  ...["GetOptions('H=s' => \\my $host)", "our $first = shift @ARGV", "@ARGV or die 'no arguments'"].map(
    (code): [string, string, string] => [
      `arguments in BEGIN: ${code}`,
      `#!/usr/bin/perl\nuse Getopt::Long; BEGIN { warn 'before'; ${code} } print 'x'; exit 0;`,
      "it uses its arguments while it is compiled",
    ],
  ),
];

test.each(programsOnly)("returned to the worker: %s", async (name, source, reason) => {
  const server = shared();
  const bin = server.plugin(`back-${name.replaceAll(/\W/g, "-")}`, source);
  const result = await server.run({ bin, args: ["-H", "a"] });
  // a text without Perl's "line 1" is treated by the worker as an error of the server
  expect(result).toMatchObject({ error: "compile", stdout: `**ePN: failed to compile ${bin}: ${reason}` });
});
