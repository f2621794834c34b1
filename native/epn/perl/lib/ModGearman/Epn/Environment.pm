package ModGearman::Epn::Environment;

# The environment of a request, ready for a prepared process: packed once, remembered, since a worker sends the same
# again and again and taking it apart is most of the work for a request.

use strict;
use warnings;

use constant MAX_KNOWN => 16;
use constant MAX_TEXT_BYTES => 65_536;

my @known;    # [text of a JSON object, {kind of request => environment}], the one used last at the front

# cut(\$line): the text of the "env" of a request where it is known, cut out of the line, or undef. Within a JSON string
# no quote stands without a backslash, so what looks like the name and its object is that.
sub cut {
    my ($line) = @_;
    my $at = index $$line, '"env":{';
    return if $at < 0;
    for my $entry (@known) {
        my $text = $entry->[0];
        next if substr($$line, $at + 6, length $text) ne $text;
        substr $$line, $at + 6, length $text, '{}';
        return $text;
    }
    return;
}

sub known {
    my ($text, $kind) = @_;
    my $entry = _entry($text) or return;
    return $entry->[1]{$kind};
}

# remember(text, kind, environment): the one that was not used for longest is forgotten for it.
sub remember {
    my ($text, $kind, $environment) = @_;
    return if length $text > MAX_TEXT_BYTES;
    my $entry = _entry($text);
    if (!$entry) {
        pop @known if @known >= MAX_KNOWN;
        unshift @known, $entry = [$text, {}];
    }
    $entry->[1]{$kind} = $environment;
    return;
}

# The entry of a text, which becomes the first one.
sub _entry {
    my ($text) = @_;
    for my $i (0 .. $#known) {
        next if $known[$i][0] ne $text;
        unshift @known, splice @known, $i, 1 if $i;
        return $known[0];
    }
    return;
}

# make(\%variables, whole): {blob, key}; not whole: in addition to the server's own. The key holds what a plugin may have
# read while it was compiled; what a core sets for one check (NAGIOS_SERVICEOUTPUT) would make a plugin of each check.
sub make {
    my ($variables, $whole) = @_;
    my %env = ($whole ? () : %ENV, %$variables);
    my @others = grep { !/\A(?:NAGIOS|NAEMON|ICINGA)_/ } sort keys %$variables;
    return {
        blob => pack('(N/a*)*', map { ($_, $env{$_}) } sort keys %env),
        key => join("\0", $whole ? 'whole' : 'more', map { "$_=$variables->{$_}" } @others),
    };
}

# blob($environment, file): with the variable that names the plugin.
sub blob {
    my ($environment, $file) = @_;
    return $environment->{blob} . pack '(N/a*)*', NAGIOS_PLUGIN => $file;
}

# hash($blob): the variables again.
sub hash { my ($blob) = @_; return {unpack '(N/a*)*', $blob} }

1;
