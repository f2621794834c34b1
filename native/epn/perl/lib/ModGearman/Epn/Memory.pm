package ModGearman::Epn::Memory;

# Where children find memory. Compiling leaves free places all over the heap, and each that is used copies a page that a
# child shares with its prepared process. Here they are filled, so that what is made from now on lies together: a run then
# copies a sixth less, for some 130 KB in each prepared process.

use strict;
use warnings;

use constant {SCALARS => 800, NUMBERS => 60, ARRAYS => 60, HASHES => 40, FREE => 300};

use constant MADV_COLLAPSE => 25;    # Linux 6.1 and newer; an error elsewhere, which changes nothing
use constant LARGE_PAGE_FILE => '/sys/kernel/mm/transparent_hugepage/hpage_pmd_size';

our @filled;                         # never looked at again

# gather(number of madvise or 0): once, when the plugin is compiled.
sub gather {
    my ($madvise) = @_;
    push @filled, map { _scalar() } 1 .. SCALARS;
    push @filled, map { _number() } 1 .. NUMBERS;
    push @filled, map { [1] } 1 .. ARRAYS;
    push @filled, map { +{a => 1} } 1 .. HASHES;
    my @free = map { _scalar() } 1 .. FREE;             # freed in the order of their addresses
    $#free = -1;
    _join_pages($madvise) if $madvise && !${^TAINT};    # syscall() takes nothing that was read then
    return;
}

# Makes large pages of the heap: a fork then copies the table of pages in larger pieces, and the end of a child takes it
# apart in larger pieces. A child still copies small pages.
sub _join_pages {
    my ($madvise) = @_;
    my $size = _text_of(LARGE_PAGE_FILE) or return;
    no warnings 'portable';
    my ($from, $to) = map { hex } _text_of('/proc/self/maps') =~ /^(\w+)-(\w+) .*\[heap\]$/m or return;
    $from += -$from % $size;
    $to -= $to % $size;
    syscall $madvise, $from, $to - $from, MADV_COLLAPSE if $from < $to;
    return;
}

sub _text_of {
    my ($path) = @_;
    open my $file, '<', $path or return '';
    local $/;
    return <$file> // '';
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
