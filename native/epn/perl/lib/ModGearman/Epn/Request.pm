package ModGearman::Epn::Request;

# The line of a client and the lines of the answer.

use strict;
use warnings;
use Text::ParseWords ();
use ModGearman::Epn::Environment ();
use ModGearman::Epn::Json ();

use constant MAX_LINE_BYTES => 4 * 1024 * 1024;
use constant DEFAULT_TIMEOUT_SECONDS => 60;
use constant MAX_TIMEOUT_SECONDS => 1_000_000;
use constant DEFAULT_MAX_OUTPUT_BYTES => 10 * 1024 * 1024;
use constant UNKNOWN => 3;

# parse($line): {protocol, bin, args, environment, timeout, most}, all strings bytes. Dies with the reason.
sub parse {
    my ($line) = @_;
    $line =~ s/\s+\z//;
    return _from_usual($line) || ($line =~ /\A\s*\{/ ? _from_json($line) : _from_words($line));
}

sub _from_words {
    my ($line) = @_;
    my @words = grep { defined } Text::ParseWords::parse_line('\s+', 0, $line =~ s/\A\s+//r);
    die "no command or unbalanced quotes\n" if !@words || $words[0] eq '';
    return command(1, @words);
}

# command(protocol, file, arguments): a request with nothing else.
sub command {
    my ($protocol, $bin, @args) = @_;
    return _checked({protocol => $protocol, bin => $bin, args => \@args, environment => ModGearman::Epn::Environment::make({}, 0)});
}

# The line as the worker prints it: keys in this order, and strings that need no escapes.
my $text = qr/[ !#-\[\]-~]/;
my $usual = qr/\A\{"args":\[([ !-\[\]-~]*)\],"bin":"($text++)","clean":false,"env":(\{[ !-\[\]-~]*\}),("keep":true,)?"maxOutput":(0|[1-9][0-9]*+),"protocol":2,"timeout":([0-9]++(?:\.[0-9]++)?)\}\z/;

# Parsed by one expression; undef for any other line, and for an environment that is not known.
sub _from_usual {
    my ($line) = @_;
    my ($args, $bin, $env, $keep, $most, $timeout) = $line =~ $usual or return;
    return if $args ne '' && $args !~ /\A"$text*+"(?:,"$text*+")*+\z/;
    my $environment = ModGearman::Epn::Environment::known($env, 'more bytes') or return;
    return _checked({
            protocol => 2, bin => $bin, args => [$args =~ /"([^"]*)"/g], environment => $environment,
            timeout => $timeout, most => $most, keep => $keep ? 1 : 0,
    });
}

sub _from_json {
    my ($line) = @_;
    my $short = $line;
    my $text = ModGearman::Epn::Environment::cut(\$short);
    my $json = ModGearman::Epn::Json::decode($short);

    # the removed part must have been the whole value of the outermost "env"
    if (defined $text && (ref $json->{env} ne 'HASH' || %{$json->{env}})) {
        $json = ModGearman::Epn::Json::decode($line);
        $text = undef;
    }
    elsif (!defined $text) { $text = ModGearman::Epn::Json::env_text($line) }
    my $protocol = $json->{protocol} // 1;
    die "protocol is neither 1 nor 2\n" if ref $protocol || $protocol !~ /\A[12]\z/;
    my $bytes = $protocol == 2 ? \&_bytes : \&_encoded;
    my $args = $json->{args} // [];
    die "args is no list\n" if ref $args ne 'ARRAY';
    my $kind = $protocol == 1 ? 'more' : $json->{clean} // 1 ? 'whole bytes' : 'more bytes';
    my $environment = defined $text ? ModGearman::Epn::Environment::known($text, $kind) : undef;

    if (!$environment) {
        my $env = defined $text ? ModGearman::Epn::Json::decode($text) : $json->{env} // {};
        $environment = _environment($kind, $env, $bytes);
        ModGearman::Epn::Environment::remember($text, $kind, $environment) if defined $text;
    }
    return _checked({
            protocol => $protocol,
            bin => $bytes->($json->{bin}, 'bin'),
            args => [map { $bytes->($_, 'args') } @$args],
            environment => $environment,
            timeout => $json->{timeout},
            most => $protocol == 2 ? $json->{maxOutput} : undef,
            keep => $protocol == 2 && $json->{keep} ? 1 : 0,
    });
}

sub _environment {
    my ($kind, $env, $bytes) = @_;
    die "env is no object\n" if ref $env ne 'HASH';
    die "name of a variable is empty or holds =\n" if grep { $_ eq '' || /=/ } keys %$env;
    my %variables = map { ($bytes->($_, 'env'), $bytes->($env->{$_}, 'env')) } keys %$env;
    return ModGearman::Epn::Environment::make(\%variables, $kind =~ /whole/);
}

sub _checked {
    my ($request) = @_;
    my ($timeout, $most) = ($request->{timeout} // DEFAULT_TIMEOUT_SECONDS, $request->{most} // DEFAULT_MAX_OUTPUT_BYTES);
    die "bin is missing\n" if $request->{bin} eq '';
    die "timeout is not a number above 0\n"
        if ref $timeout || $timeout !~ /\A[0-9.]+(?:[eE][-+]?[0-9]+)?\z/ || $timeout <= 0;
    die "maxOutput is no number of bytes\n" if ref $most || $most !~ /\A[0-9]{1,10}\z/;
    $request->{timeout} = $timeout > MAX_TIMEOUT_SECONDS ? MAX_TIMEOUT_SECONDS : $timeout;
    $request->{most} = $most;
    return $request;
}

sub _bytes {
    my ($string, $name) = @_;
    die "$name holds what is no string\n" if ref $string || !defined $string;
    utf8::downgrade($string, 1) or die "$name holds a code point over 255\n";
    die "$name holds a NUL\n" if index($string, "\0") >= 0;
    return $string;
}

sub _encoded {
    my ($string, $name) = @_;
    utf8::encode($string) if defined $string && !ref $string;
    return _bytes($string, $name);
}

# failure($protocol, $error, $text): the last line if no plugin has run.
sub failure {
    my ($protocol, $error, $text, $compile_seconds) = @_;
    return _line($protocol, {rc => UNKNOWN, stdout => $text, error => $error, compile => $compile_seconds});
}

# result($request, \%result, keep): the last line of a run; stdout and stderr are bytes; keep: the connection stays open.
sub result {
    my ($request, $result, $keep) = @_;
    return _line($request->{protocol}, {%$result, stdout => output($request, $result), forked => 1, keep => $keep});
}

# output($request, \%result): standard output, with a message about a plugin that did not call exit.
sub output {
    my ($request, $result) = @_;
    return $result->{stdout} if !$result->{no_exit};
    return "**ePN: $request->{bin}: plugin did not call exit()\n$result->{stdout}";
}

sub _line {
    my ($protocol, $answer) = @_;
    my %number = (map({ $_ => $answer->{$_} || 0 } qw(cpu_system cpu_user maxrss rc signal timedout truncated)),
        map { $_ => sprintf '%.6f', $answer->{$_} || 0 } qw(compile run));
    my $text = $answer->{stdout};
    if ($protocol == 1) {
        my $errors = $answer->{stderr} // '';
        $errors =~ s/\n\z//;
        $text .= "\n[$errors]" if $answer->{rc} != 0 && $errors ne '';
        return sprintf qq({"compile_duration":%s,"cpu_user":%s,%s"rc":%s,"run_duration":%s,"stdout":%s}\n),
            @number{qw(compile cpu_user)}, $answer->{forked} ? '"forked":1,' : '', @number{qw(rc run)}, ModGearman::Epn::Json::text($text);
    }
    my ($out, $err) = map { ModGearman::Epn::Json::string($_ // '') } $text, $answer->{stderr};
    my $said = $answer->{error} ? '"error":' . ModGearman::Epn::Json::string($answer->{error}) . ',' : '';
    $said .= '"forked":1,' if $answer->{forked};
    $said .= '"keep":1,' if $answer->{keep};
    return qq({"compile_duration":$number{compile},"cpu_system":$number{cpu_system},"cpu_user":$number{cpu_user},$said)
        . qq("maxrss":$number{maxrss},"rc":$number{rc},"run_duration":$number{run},"signal":$number{signal},)
        . qq("stderr":$err,"stdout":$out,"timedout":$number{timedout},"truncated":$number{truncated}}\n);
}

1;
