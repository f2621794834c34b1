package ModGearman::Epn::Json;

# JSON of requests and replies. JSON::PP of core needs milliseconds for one request with its environment, the XS modules
# are not always installed and differ in their escapes; this needs some 50 microseconds and gives reproducible bytes.

use strict;
use warnings;

use constant MAX_DEPTH => 8;

my %UNESCAPED = (b => "\b", f => "\f", n => "\n", r => "\r", t => "\t", '"' => '"', '\\' => '\\', '/' => '/');
my %ESCAPED = (map({ chr($_) => sprintf('\\u%04x', $_) } 0 .. 31, 127 .. 255),
    "\n" => '\\n', "\r" => '\\r', "\t" => '\\t', "\b" => '\\b', "\f" => '\\f', '"' => '\\"', '\\' => '\\\\');

my @env_span;    # of the last text

# decode($text): the value of a JSON text given as UTF-8 bytes; strings are characters. Numbers stay text, true and false
# are 1 and 0. Dies with one line that does not quote the text.
sub decode {
    my ($text) = @_;
    if ($text =~ /[^\x00-\x7f]/) {
        utf8::decode($text) or die "text is not UTF-8\n";
    }
    @env_span = ();
    pos($text) = 0;
    my $value = _value(\$text, 0);
    $text =~ /\G\s*/gc;
    die "text after the value at offset " . pos($text) . "\n" if pos($text) < length $text;
    return $value;
}

# env_text($text): the value of "env" in the text decoded last, if that is an object and ASCII.
sub env_text {
    my ($text) = @_;
    return if !@env_span || $text =~ /[^\x00-\x7f]/;
    my $env = substr $text, $env_span[0], $env_span[1];
    return $env =~ /\A\{/ ? $env : undef;
}

sub _value {
    my ($text, $depth) = @_;
    die "nested too deeply\n" if $depth > MAX_DEPTH;
    $$text =~ /\G\s*/gc;
    return _string($text) if $$text =~ /\G"/gc;
    return _object($text, $depth) if $$text =~ /\G\{/gc;
    return _array($text, $depth) if $$text =~ /\G\[/gc;
    return $1 if $$text =~ /\G(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)/gc;
    return 1 if $$text =~ /\Gtrue\b/gc;
    return 0 if $$text =~ /\Gfalse\b/gc;
    return undef if $$text =~ /\Gnull\b/gc;    ## a JSON null is a value here
    die "unexpected text at offset " . pos($$text) . "\n";
}

sub _object {
    my ($text, $depth) = @_;
    my %object;
    return \%object if $$text =~ /\G\s*\}/gc;
    while (1) {
        $$text =~ /\G\s*"/gc or die "name expected at offset " . pos($$text) . "\n";
        my $name = _string($text);
        $$text =~ /\G\s*:\s*/gc or die "colon expected at offset " . pos($$text) . "\n";
        my $start = pos $$text;
        $object{$name} = $$text =~ /\G"/gc ? _string($text) : _value($text, $depth + 1);
        @env_span = ($start, pos($$text) - $start) if $depth == 0 && $name eq 'env';
        next if $$text =~ /\G\s*,/gc;
        return \%object if $$text =~ /\G\s*\}/gc;
        die "comma or brace expected at offset " . pos($$text) . "\n";
    }
}

sub _array {
    my ($text, $depth) = @_;
    my @array;
    return \@array if $$text =~ /\G\s*\]/gc;
    while (1) {
        push @array, _value($text, $depth + 1);
        next if $$text =~ /\G\s*,/gc;
        return \@array if $$text =~ /\G\s*\]/gc;
        die "comma or bracket expected at offset " . pos($$text) . "\n";
    }
}

# The opening quote is read. No group with a quantifier: older Perls repeat such a group 32,766 times at most.
sub _string {
    my ($text) = @_;
    my $string = $$text =~ /\G([^"\\\x00-\x1f]+)/gc ? $1 : '';
    while ($$text !~ /\G"/gc) {
        if ($$text =~ /\G\\(["\\\/bfnrt])/gc) { $string .= $UNESCAPED{$1} }
        elsif ($$text =~ /\G\\u([0-9a-fA-F]{4})/gc) { $string .= _unit($text, hex $1) }
        else { die "string not ended or with a bare control character at offset " . pos($$text) . "\n" }
        $string .= $1 if $$text =~ /\G([^"\\\x00-\x1f]+)/gc;
    }
    return $string;
}

sub _unit {
    my ($text, $unit) = @_;
    return chr $unit if $unit < 0xd800 || $unit > 0xdfff;
    if ($unit < 0xdc00 && $$text =~ /\G\\u([dD][c-fC-F][0-9a-fA-F]{2})/gc) {
        return chr(0x10000 + (($unit - 0xd800) << 10) + (hex($1) - 0xdc00));
    }
    die "half of a surrogate pair at offset " . pos($$text) . "\n";
}

# string($bytes): a JSON string, pure ASCII, one code point for each byte.
sub string {
    my ($bytes) = @_;
    $bytes =~ s/([^\x20\x21\x23-\x5b\x5d-\x7e])/$ESCAPED{$1}/g;
    return qq{"$bytes"};
}

# text($bytes): a JSON string of these bytes decoded as UTF-8; if they are not UTF-8, the same as string().
sub text {
    my ($bytes) = @_;
    return string($bytes) if $bytes !~ /[\x80-\xff]/ || !utf8::decode($bytes);
    $bytes =~ s{([^\x20\x21\x23-\x5b\x5d-\x7e])}{$ESCAPED{$1} || _units(ord $1)}ge;
    return qq{"$bytes"};
}

sub _units {
    my ($code) = @_;
    return sprintf '\\u%04x', $code if $code < 0x10000;
    $code -= 0x10000;
    return sprintf '\\u%04x\\u%04x', 0xd800 + ($code >> 10), 0xdc00 + ($code & 0x3ff);
}

1;
