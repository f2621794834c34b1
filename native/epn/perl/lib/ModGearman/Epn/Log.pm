package ModGearman::Epn::Log;

# Lines for the worker's log, on standard output. If they are not read, lines are dropped; it never blocks.

use strict;
use warnings;

use constant MAX_BYTES => 4000;    # select() reports 4096 free bytes as writable

# line($text): true if it was written.
sub line {
    my ($text) = @_;
    vec(my $writable = '', 1, 1) = 1;
    return select(undef, $writable, undef, 0) && syswrite STDOUT, substr($text =~ s/\n/ /gr, 0, MAX_BYTES) . "\n";
}

# up_to($verbosity): sub(level, text) that writes texts up to that level.
sub up_to {
    my ($verbosity) = @_;
    return sub { my ($level, $text) = @_; return $level <= $verbosity && line("**ePN: $text") };
}

1;
