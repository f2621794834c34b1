#!/usr/bin/perl
#
# fork-loop.pl COUNT PARALLEL PLUGIN: compiles PLUGIN with its modules, runs nothing of it, and forks so many children,
# PARALLEL at once, that end at once: neither pipes nor output, arguments, environment or global destruction. The least
# that runs of an embedded plugin can cost.
# Prints seconds, own CPU seconds and CPU seconds of the children, separated by blanks.
use strict;
use warnings;
use POSIX ();
use Time::HiRes ();

my ($count, $parallel, $plugin) = @ARGV;
die "usage: $0 COUNT PARALLEL PLUGIN\n" if !defined $plugin;

open my $file, '<', $plugin or die "$plugin: $!\n";
my $text = do { local $/; <$file> };
close $file;
my $compiled = eval "sub {\n#line 1 \"$plugin\"\n$text\n}" or die $@;

my ($started, $ended) = (0, 0);
my $from = Time::HiRes::time();
while ($ended < $count) {
    while ($started < $count && $started - $ended < $parallel) {
        my $pid = fork // die "fork: $!\n";
        POSIX::_exit(0) if $pid == 0;
        $started++;
    }
    die "wait: $!\n" if wait < 0;
    die "status $?\n" if $? != 0;
    $ended++;
}
my $seconds = Time::HiRes::time() - $from;
my ($user, $system, $children_user, $children_system) = times;
printf "%.6f %.6f %.6f\n", $seconds, $user + $system, $children_user + $children_system;
