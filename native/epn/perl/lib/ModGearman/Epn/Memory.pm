package ModGearman::Epn::Memory;

# Memory for children. Compiling leaves free slots all over the heap, and using one copies a page that a child shares with
# its prepared process. Here they are filled, so that later allocations are contiguous: a run then copies a sixth less, for
# some 130 KB in each prepared process.

use strict;
use warnings;

use constant {SCALARS => 800, NUMBERS => 60, ARRAYS => 60, HASHES => 40, FREE => 300};

use constant MADV_COLLAPSE => 25;    # Linux 6.1 and newer; an error elsewhere, which changes nothing
use constant LARGE_PAGE_FILE => '/sys/kernel/mm/transparent_hugepage/hpage_pmd_size';

our @filled;                         # never used again

# gather(number of madvise or 0): once, when the plugin is compiled.
sub gather {
    my ($madvise) = @_;
    push @filled, map { _scalar() } 1 .. SCALARS;
    push @filled, map { _number() } 1 .. NUMBERS;
    push @filled, map { [1] } 1 .. ARRAYS;
    push @filled, map { +{a => 1} } 1 .. HASHES;
    my @free = map { _scalar() } 1 .. FREE;             # freed in the order of their addresses
    $#free = -1;
    _join_pages($madvise) if $madvise && !${^TAINT};    # syscall() accepts no tainted data then
    return;
}

# Uses large pages for the heap: a fork then copies the page table, and the end of a child frees it, in larger units. A
# child still copies small pages.
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

# A scalar with number and text, which uses another kind of slot.
sub _number {
    my $number = 1.5;
    $number .= 'a';
    { no warnings 'numeric'; $number += 1 }
    return $number;
}

1;
