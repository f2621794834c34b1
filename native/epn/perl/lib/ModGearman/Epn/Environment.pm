package ModGearman::Epn::Environment;

# The environment of a request, packed for a prepared process once and then cached: a worker repeats the same environment,
# and parsing it is most of the work for a request.

use strict;
use warnings;

use constant MAX_KNOWN => 16;
use constant MAX_TEXT_BYTES => 65_536;

my @known;    # [text of a JSON object, {kind of request => environment}], most recently used first

# cut(\$line): removes a known "env" from a request and returns its text, or undef. In a JSON string every quote has a
# backslash, so a match is never inside a string.
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

# remember(text, kind, environment): replaces the least recently used one.
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
# read while it was compiled; variables of a single check (NAGIOS_SERVICEOUTPUT) would compile it for each check.
sub make {
    my ($variables, $whole) = @_;
    my %env = ($whole ? () : %ENV, %$variables);
    my @others = grep { !/\A(?:NAGIOS|NAEMON|ICINGA)_/ } sort keys %$variables;
    return {
        blob => pack('(N/a*)*', map { ($_, $env{$_}) } sort keys %env),
        key => join("\0", $whole ? 'whole' : 'more', map { "$_=$variables->{$_}" } @others),
    };
}

# blob($environment, file): with the variable that contains the path of the plugin.
sub blob {
    my ($environment, $file) = @_;
    return $environment->{blob} . pack '(N/a*)*', NAGIOS_PLUGIN => $file;
}

# hash($blob): the variables.
sub hash { my ($blob) = @_; return {unpack '(N/a*)*', $blob} }

1;
