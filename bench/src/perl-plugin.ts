import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { descendantsOf } from "./process-usage.ts";

const TEXT = `#!/usr/bin/perl -w
# nagios: +epn
use strict;
use warnings;
use Getopt::Long;
use File::Basename;
use POSIX ();
use Data::Dumper;

my %limits = (warning => 5, critical => 10);
GetOptions('w|warning=f' => \\$limits{warning}, 'c|critical=f' => \\$limits{critical}) or exit 3;
open my $file, '<', '/proc/loadavg' or do { print "UNKNOWN - no load\\n"; exit 3 };
my ($load) = split ' ', <$file>;
close $file;
print Dumper(\\%limits) if $load < 0;
printf "OK - %s: load %.2f at %s|load=%.2f;%s;%s\\n", basename($0), $load, POSIX::strftime('%H:%M', localtime), $load,
    @limits{qw(warning critical)};
exit 0;
`;

/** A typical small plugin: some modules, options, a file, a line of text. @returns its command line */
export function writePerlPlugin(folder: string): string {
  const path = join(folder, "check_load.pl");
  writeFileSync(path, TEXT, { mode: 0o755 });
  return path;
}

/**
 * @throws Error if the worker neither has a server for it nor embeds Perl itself: then a program would be
 * measured
 */
export function assertPerl(name: string, workerPid: number): void {
  if (readFileSync(`/proc/${workerPid}/maps`, "latin1").includes("/libperl.so")) return;
  const lines = descendantsOf(workerPid).map((pid) => readFileSync(`/proc/${pid}/cmdline`, "latin1"));
  if (!lines.some((line) => line.includes("mod_gearman_worker_epn")))
    throw new Error(`${name} runs no Perl server`);
}
