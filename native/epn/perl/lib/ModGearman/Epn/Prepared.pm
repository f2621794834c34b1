package ModGearman::Epn::Prepared;

# One compiled plugin in its own process, which forks a child for each run (see Inside.pm): starts the process, sends it
# orders and reads its answers. Its failures do not affect other plugins.

use strict;
use warnings;
use Config ();
use Cwd ();
use File::Basename ();
use POSIX ();
use Socket ();
use ModGearman::Epn::Environment ();

use constant MSG_FLAGS => 0x4040;    # MSG_NOSIGNAL, MSG_DONTWAIT
use constant COMPILE_SECONDS => 10;
use constant COMPILE_OUTPUT_BYTES => 65_536;

my $lib = Cwd::realpath(File::Basename::dirname(__FILE__) . '/../..');

# wait4 returns the usage of one child, which Perl's waitpid does not; prctl ends a process with its parent; sendto and
# fcntl need no handle; madvise makes pages large.
my %syscalls = ('x86_64' => [61, 157, 44, 28, 72], 'aarch64' => [260, 167, 206, 233, 25]);
my ($architecture) = $Config::Config{archname} =~ /\A(\w+?)-/;
my $numbers = length pack('l!', 0) == 8 && $syscalls{$architecture // ''} || [0, 0, 0, 0, 0];

# start(loop, path, switches, env blob, on_compiled(prepared, error text or undef), on_gone(prepared)): begins to compile.
# Undef with $! if no process can be started.
sub start {
    my ($class, %with) = @_;
    my $self = bless {%with, inbox => '', outbox => '', runs => {}, next_id => 0, state => 'compiling', texts => ['', ''], env_sent => ''}, $class;
    socketpair my $mine, my $theirs, Socket::AF_UNIX(), Socket::SOCK_STREAM(), 0 or return;
    pipe my $out, my $out_in or return;
    pipe my $err, my $err_in or return;
    my $pid = fork;
    return if !defined $pid;
    $self->_exec($theirs, $out_in, $err_in) if !$pid;
    setpgrp $pid, $pid;
    @$self{qw(pid channel fd streams started)} = ($pid, $mine, fileno $mine, [$out, $err], $with{loop}->now());
    my $loop = $self->{loop};
    $loop->on_read($self->{fd}, sub { $self->_read() });

    for my $i (0, 1) {
        $self->{streams}[$i]->blocking(0);
        $loop->on_read(fileno $self->{streams}[$i], sub { $self->_read_text($i) });
    }
    $self->{timer} = $loop->after(COMPILE_SECONDS, sub {
            $self->{texts}[1] .= sprintf "compiling takes longer than %d seconds", COMPILE_SECONDS;
            $self->end();
    });
    return $self;
}

sub _exec {
    my ($self, $channel, $out, $err) = @_;
    setpgrp 0, 0;
    $SIG{$_} = 'DEFAULT' for qw(TERM INT HUP PIPE CHLD USR1 USR2 ALRM);
    my $null = POSIX::open('/dev/null', POSIX::O_RDONLY());
    POSIX::dup2($null, 0);
    POSIX::dup2(fileno $out, 1);
    POSIX::dup2(fileno $err, 2);

    # 3 may be one of these: the channel is moved there last, exec closes all others except the null device
    POSIX::dup2(fileno $channel, 3);
    POSIX::close($null) if $null > 3;
    %ENV = %{ModGearman::Epn::Environment::hash($self->{env})};

    # the functions of libraries are looked up once, and not again in every child
    my @bind = exists $ENV{LD_BIND_NOW} ? () : 'LD_BIND_NOW';
    @ENV{@bind} = (1) x @bind;
    my $inside = join ',', 'ModGearman::Epn::Inside=3', @$numbers, @bind;
    my @command = ('perl', @{$self->{switches}}, "-I$lib", "-M$inside", '--', $self->{path});
    exec {$^X} @command or POSIX::_exit(126);
}

# run(env blob, args blob, most bytes, on_pid(pid), on_end(result hash)): an id.
sub run {
    my ($self, $env, $args, $most, $on_pid, $on_end) = @_;
    my $id = ++$self->{next_id};
    $self->{runs}{$id} = {on_pid => $on_pid, on_end => $on_end, out => '', err => '', began => $self->{loop}->now()};
    my $env_text = $env eq $self->{env_sent} ? '' : $env;
    $self->{env_sent} = $env;
    $self->_tell('R', $id, int rand 2**32, $most, $env_text, $args);
    return $id;
}

# Ends it: at once if nothing is running, otherwise after the last run.
sub retire {
    my ($self) = @_;
    $self->{retired} = 1;
    $self->end() if $self->{state} ne 'gone' && !%{$self->{runs}};
    return;
}

sub end { my ($self) = @_; return $self->_gone() }

sub _tell {
    my $self = shift;
    $self->{outbox} .= pack 'N/a*', pack '(N/a*)*', @_;
    return $self->_write();
}

sub _write {
    my ($self) = @_;
    my $sent = send $self->{channel}, $self->{outbox}, MSG_FLAGS;
    substr $self->{outbox}, 0, $sent, '' if $sent;
    $self->{loop}->on_write($self->{fd}, $self->{outbox} eq '' ? undef : sub { $self->_write() });
    return;
}

sub _read {
    my ($self) = @_;
    my $got = recv $self->{channel}, my $chunk, 262_144, MSG_FLAGS;
    return if !defined $got && ($!{EAGAIN} || $!{EINTR});
    return $self->_gone() if !defined $got || $chunk eq '';
    my $inbox = $self->{inbox} .= $chunk;
    my $at = 0;
    while (length($inbox) - $at >= 4) {
        my $length = unpack 'N', substr $inbox, $at, 4;
        last if length($inbox) - $at - 4 < $length;
        my @message = unpack '(N/a*)*', substr $inbox, $at + 4, $length;
        $at += 4 + $length;
        $self->_on_message(@message);
        return if $self->{state} eq 'gone';
    }
    substr $self->{inbox}, 0, $at, '';
    return;
}

sub _on_message {
    my ($self, $kind, $id, @said) = @_;
    return $self->_compiled() if $kind eq 'C';
    if ($kind eq 'U') {
        $self->{refused} = $said[0];
        return $self->end();
    }
    my $run = $self->{runs}{$id} or return;
    if ($kind eq 'P') {
        $run->{pid} = $said[0];
        $run->{on_pid}->($said[0]);
    }
    elsif ($kind eq 'O') { $run->{$said[0]} .= $said[1] }
    elsif ($kind eq 'E') { $self->_end_run($id, {error => $said[0]}) }
    elsif ($kind eq 'X') {
        my ($status, $usage, $cut, $no_exit, $out, $err, $pid) = @said;
        my ($user, $system, $rss) = split /,/, $usage;
        my $signal = $status & 127;
        $self->_end_run($id, {
                pid => $pid, rc => $signal ? 3 : $status >> 8, signal => $signal, no_exit => $no_exit, truncated => $cut,
                cpu_user => $user, cpu_system => $system, maxrss => $rss,
                stdout => $self->{texts}[0] . $run->{out} . $out, stderr => $self->{texts}[1] . $run->{err} . $err,
                run => $self->{loop}->now() - $run->{began},
        });
    }
    return;
}

sub _end_run {
    my ($self, $id, $result) = @_;
    my $run = delete $self->{runs}{$id};
    $run->{on_end}->($result);
    $self->retire() if $self->{retired};
    return;
}

# Output of compiling precedes the output of every run, as if the plugin were compiled for each.
sub _compiled {
    my ($self) = @_;
    $self->_end_texts();

    # the builtin exit causes no such message: this is the sub in its place
    $self->{texts}[1] =~ s/^(?:Warning: Use of "exit" without parentheses is ambiguous at |Prototype mismatch: sub CORE::GLOBAL::exit ).*\n//mg;
    ($self->{state}, $self->{seconds}) = ('ready', $self->{loop}->now() - $self->{started});
    return $self->{on_compiled}->($self, undef);
}

sub _read_text {
    my ($self, $i) = @_;
    my $got = sysread $self->{streams}[$i], my $chunk, 65_536;
    return defined $got || $!{EINTR} if !defined $got && ($!{EAGAIN} || $!{EINTR});
    if (!$got) {
        $self->{loop}->on_read(fileno $self->{streams}[$i], undef);
        return 0;
    }
    my $room = COMPILE_OUTPUT_BYTES - length $self->{texts}[$i];
    $self->{texts}[$i] .= substr $chunk, 0, $room if $room > 0;
    return 1;
}

sub _end_texts {
    my ($self) = @_;
    my $loop = $self->{loop};
    $loop->cancel(delete $self->{timer});
    my $streams = $self->{streams};
    for my $i (0, 1) {
        next if !$streams->[$i];
        for (1 .. 64) { last if !$self->_read_text($i) }
        $loop->on_read(fileno $streams->[$i], undef);
        close $streams->[$i];
    }
    $self->{streams} = [];
    return;
}

sub _gone {
    my ($self) = @_;
    return if $self->{state} eq 'gone';
    my $compiling = $self->{state} eq 'compiling';

    # with all processes started by compiling; the process is reaped later, so the number of the group is still valid
    kill 'KILL', -$self->{pid}, $self->{pid};
    $self->_end_texts();
    $self->{state} = 'gone';
    $self->{loop}->on_read($self->{fd}, undef);
    $self->{loop}->on_write($self->{fd}, undef);
    close $self->{channel};
    $self->{on_gone}->($self);
    return $self->{on_compiled}->($self, $self->_why()) if $compiling;

    for my $id (sort { $a <=> $b } keys %{$self->{runs}}) {
        my $pid = $self->{runs}{$id}{pid};
        kill 'KILL', -$pid if $pid;
        $self->_end_run($id, {error => 'its prepared process has ended'});
    }
    return;
}

sub _why {
    my ($self) = @_;
    return $self->{refused} if defined $self->{refused};
    my $text = $self->{texts}[1] . $self->{texts}[0];
    $text =~ s/\n+\z//;
    return $text ne '' ? $text : 'it ended while it was compiled';
}

1;
