package ModGearman::Epn::Log;

# Lines for the worker's log, on standard output. A reader that does not read costs lines, not time.

use strict;
use warnings;

use constant MAX_BYTES => 4000;    # select() reports 4096 free bytes as writable

# line($text): true if it was written.
sub line {
    my ($text) = @_;
    vec(my $writable = '', 1, 1) = 1;
    return select(undef, $writable, undef, 0) && syswrite STDOUT, substr($text =~ s/\n/ /gr, 0, MAX_BYTES) . "\n";
}

# up_to($verbosity): sub(level, text) that writes what is of no higher level.
sub up_to {
    my ($verbosity) = @_;
    return sub { my ($level, $text) = @_; return $level <= $verbosity && line("**ePN: $text") };
}

1;
