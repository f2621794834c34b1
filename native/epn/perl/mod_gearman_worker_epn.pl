#!/usr/bin/perl
# mod-gearman-ts epn server, protocol 2
#
# Runs Perl plugins that are compiled once; see README.md of @mod-gearman/epn.
use strict;
use warnings;
use 5.016;
use Cwd ();
use File::Basename ();
use lib File::Basename::dirname(Cwd::realpath(__FILE__)) . '/lib';
use ModGearman::Epn::Server ();

use constant UNKNOWN => 3;

my $usage = <<"USAGE";
Usage: mod_gearman_worker_epn.pl [-c] [-v] [-vv] <socket>
       mod_gearman_worker_epn.pl [-c] [-v] -r|--run -- <plugin> [<arguments>]

  -c, --cache     keep compiled plugins
  -v, --verbose   say what happens on standard output; twice for more
  -r, --run       run one plugin, print its output, exit with its code
  -h, --help      print this text
USAGE

my ($keep, $verbose, $run) = (0, 0, 0);
while (@ARGV && $ARGV[0] =~ /\A-/) {
    my $word = shift @ARGV;
    last if $word eq '--';
    if ($word eq '--cache') { $keep = 1 }
    elsif ($word eq '--verbose') { $verbose++ }
    elsif ($word eq '--run') { $run = 1 }
    elsif ($word eq '--help') { print $usage; exit UNKNOWN }
    elsif ($word =~ /\A-([cvrh]+)\z/) {
        my $letters = $1;
        if ($letters =~ /h/) { print $usage; exit UNKNOWN }
        $keep ||= $letters =~ /c/;
        $run ||= $letters =~ /r/;
        $verbose += $letters =~ tr/v//;
    }
    else { print STDERR "unknown option: $word\n$usage"; exit UNKNOWN }
}
my $wrong = $run ? !@ARGV : @ARGV != 1;
if ($wrong) { print STDERR $usage; exit UNKNOWN }

if ($run) {
    require ModGearman::Epn::RunOnce;
    exit ModGearman::Epn::RunOnce::run(\@ARGV, $keep, $verbose);
}
my $ended = eval { ModGearman::Epn::Server->run($ARGV[0], $keep, $verbose); 1 };
if (!$ended) { print STDERR "**ePN: $@"; exit 2 }
exit 0;
