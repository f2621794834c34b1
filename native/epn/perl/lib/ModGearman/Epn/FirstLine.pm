package ModGearman::Epn::FirstLine;

# The first line of a plugin: its switches for the command line of Perl, and those that require running it as a program.

use strict;
use warnings;
use Fcntl ();

use constant BYTES => 1024;

# A FIFO in place of the plugin must not block the server.
use constant FLAGS => Fcntl::O_RDONLY() | Fcntl::O_NONBLOCK() | Fcntl::O_NOCTTY();

# The rest of the word belongs to these letters.
my %argument = (C => qr/[0-9A-Za-z]*/, I => qr/\s*\S*/, M => qr/\S*/, m => qr/\S*/, F => qr/\S*/, 0 => qr/[xX]?[0-9a-fA-F]*/, l => qr/[0-7]*/);

# switches(path): [switches for the command line], or undef and the reason why this server does not run the plugin.
sub switches {
    my ($path) = @_;
    sysopen my $file, $path, FLAGS or return (undef, "**ePN: failed to open $path: $!");
    return (undef, "**ePN: failed to open $path: not a regular file") if !-f $file;
    my $line = '';
    sysread $file, $line, BYTES;
    $line =~ s/[\r\n].*//s;
    my ($switches, $why) = of_line($line);
    return ($switches, defined $why ? "**ePN: failed to compile $path: $why" : undef);
}

# of_line(text): Perl itself applies most switches of the line. It refuses to turn taint checks or -C on late, would execute
# the program in a line without perl, and cannot apply -n, -p, -s and the like in a process that was started before.
sub of_line {
    my ($line) = @_;
    return ([], undef) if $line !~ /\A#!/;
    return (undef, 'its first line does not name perl') if $line !~ /perl/;
    my @early;
    my ($rest) = $line =~ /perl\S*(\s+-.*)/ or return ([], undef);
    while ($rest =~ /\G\s*-/gc) {
        while ($rest =~ /\G([A-Za-z0])/gc) {
            my $letter = $1;
            my $value = $argument{$letter} && $rest =~ /\G($argument{$letter})/gc ? $1 : '';
            push @early, "-$letter$value" if $letter =~ /[tTC]/;
            return (undef, "the switch -$letter of its first line is for programs") if $letter =~ /[acdDeEhinpsSvVx]/;
        }
    }
    return (\@early, undef);
}

1;
