package ModGearman::Epn::Memory;

# Where children find memory. Compiling leaves free places all over the heap, and each that is used copies a page that a
# child shares with its prepared process. Here they are filled, so that what is made from now on lies together: a run then
# copies a sixth less, for some 130 KB in each prepared process.

use strict;
use warnings;

use constant { SCALARS => 800, NUMBERS => 60, ARRAYS => 60, HASHES => 40, FREE => 300 };

our @filled;    # never looked at again

# gather(): once, when the plugin is compiled.
sub gather {
    push @filled, map { _scalar() } 1 .. SCALARS;
    push @filled, map { _number() } 1 .. NUMBERS;
    push @filled, map { [1] } 1 .. ARRAYS;
    push @filled, map { +{a => 1} } 1 .. HASHES;
    my @free = map { _scalar() } 1 .. FREE;    # freed in the order of their addresses
    $#free = -1;
    return;
}

sub _scalar { return 'a' x 12 }

# A scalar that is number and text, which takes another kind of place.
sub _number {
    my $number = 1.5;
    $number .= 'a';
    { no warnings 'numeric'; $number += 1 }
    return $number;
}

1;
