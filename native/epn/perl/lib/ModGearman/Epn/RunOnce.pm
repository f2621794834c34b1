package ModGearman::Epn::RunOnce;

# `--run`: one plugin without a server, for authors of plugins.

use strict;
use warnings;
use ModGearman::Epn::Loop ();
use ModGearman::Epn::Pool ();
use ModGearman::Epn::Request ();

# run([plugin, arguments], keep, verbosity): prints the output of the plugin; returns its exit code.
sub run {
    my ($words, $keep, $verbose) = @_;
    my ($bin, @args) = @$words;
    my $loop = ModGearman::Epn::Loop->new();
    my $log = sub { my ($level, $text) = @_; print STDERR "**ePN: $text\n" if $level <= $verbose; return };
    my $pool = ModGearman::Epn::Pool->new($loop, $keep, $log);
    my $rc = ModGearman::Epn::Request::UNKNOWN;
    my $request = ModGearman::Epn::Request::command(2, $bin, @args);
    $request->{timeout} = ModGearman::Epn::Request::MAX_TIMEOUT_SECONDS;
    $loop->on_signal(sub { $pool->stop_all() }, 'TERM', 'INT');
    my $ended = 0;
    $pool->submit($request, {
            pid => sub { $log->(2, "pid $_[0]") },
            fail => sub {
                my (undef, $text) = @_;
                print "$text\n";
                $ended = 1;
                $loop->end();
            },
            end => sub {
                my ($result) = @_;
                print ModGearman::Epn::Request::output($request, $result);
                print STDERR $result->{stderr};
                $log->(1, sprintf 'compiled in %.5f s, ran %.5f s, rc %d, signal %d', @$result{qw(compile run rc signal)});
                $rc = $result->{rc};
                $loop->end();
            },
    });
    $loop->run() if !$ended;
    $pool->close();
    return $rc;
}

1;
