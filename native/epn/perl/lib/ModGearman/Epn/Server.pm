package ModGearman::Epn::Server;

# The connections: reads requests, sends answers, waits for the next request or closes. And the end of the server.

use strict;
use warnings;
use Errno ();
use POSIX ();
use ModGearman::Epn::Listener ();
use ModGearman::Epn::Log ();
use ModGearman::Epn::Loop ();
use ModGearman::Epn::Pool ();
use ModGearman::Epn::Request ();

use constant MSG_FLAGS => 0x4040;    # MSG_NOSIGNAL, MSG_DONTWAIT
use constant READ_SECONDS => 10;
use constant WRITE_SECONDS => 60;
use constant DRAIN_SECONDS => 60;
use constant STOP_SECONDS => 3;
use constant MAX_CLIENTS => 1000;
use constant LINGER_SECONDS => 5;

# run(socket path, keep compiled plugins, verbosity): returns when the server has ended.
sub run {
    my ($class, $path, $keep, $verbose) = @_;
    my $self = bless {clients => {}, count => 0, parent => getppid, loop => ModGearman::Epn::Loop->new()}, $class;
    $self->{log} = ModGearman::Epn::Log::up_to($verbose);
    $self->{pool} = ModGearman::Epn::Pool->new($self->{loop}, $keep, $self->{log});
    _close_inherited();
    $self->{listener} = ModGearman::Epn::Listener->listen($self->{loop}, $path, sub { $self->_accept($_[0]) });
    local $SIG{PIPE} = 'IGNORE';
    local $SIG{HUP} = 'IGNORE';
    $self->{loop}->on_signal(sub { $_[0] eq 'TERM' ? $self->_drain() : $self->_stop('SIGINT') }, 'TERM', 'INT');
    $self->_watch_stdin() if -p STDIN || -S STDIN;
    $self->_tick();
    ModGearman::Epn::Log::line('ready');
    $self->{log}->(1, "listening on $path");
    $self->{loop}->run();
    $self->{pool}->close();
    $self->{listener}->close();
    return;
}

# Descriptors that the worker had open when it started the server are not for plugins.
sub _close_inherited {
    opendir my $folder, '/proc/self/fd' or return;
    my @fds = grep { /\A[0-9]+\z/ && $_ > 2 } readdir $folder;
    closedir $folder;
    POSIX::close($_) for @fds;
    return;
}

# The process that started the server holds the other end; the server ends with it.
sub _watch_stdin {
    my ($self) = @_;
    $self->{loop}->on_read(0, sub {
            my $got = sysread STDIN, my $chunk, 4096;
            return if $got || !defined $got && $!{EINTR};
            $self->{loop}->on_read(0, undef);
            $self->_stop('standard input was closed');
    });
    return;
}

sub _tick {
    my ($self) = @_;
    $self->{loop}->after(1, sub { $self->_tick() });
    $self->{pool}->tick();
    for my $client (grep { $_->{half} } values %{$self->{clients}}) {
        $self->_gone($client) if _is_gone($client);
    }
    $self->_stop('another process is the parent now') if getppid != $self->{parent};
    return;
}

sub _accept {
    my ($self, $socket) = @_;
    if ($self->{count} >= MAX_CLIENTS) {
        send $socket, ModGearman::Epn::Request::failure(2, 'overload', '**ePN: too many requests at once'), MSG_FLAGS;
        return;
    }
    my $fd = fileno $socket;
    my $client = $self->{clients}{$fd} = {socket => $socket, fd => $fd, in => '', out => '', state => 'reading'};
    $self->{count}++;
    $self->_limit_reading($client);
    $self->{loop}->on_read($fd, sub { $self->_receive($client) });
    return $self->_receive($client);
}

sub _limit_reading {
    my ($self, $client) = @_;
    $client->{timer} = $self->{loop}->after(READ_SECONDS, sub { $self->_refuse($client, 'not received in time') });
    return;
}

sub _receive {
    my ($self, $client) = @_;
    my $got = recv $client->{socket}, my $chunk, 262_144, MSG_FLAGS;
    return if !defined $got && ($!{EAGAIN} || $!{EINTR});
    my $ended = !defined $got || $chunk eq '';
    if ($ended) {
        return $self->_gone($client) if !defined $got || _is_gone($client);

        # it may still be reading: only its own side is closed
        $client->{half} = 1;
        $self->{loop}->on_read($client->{fd}, undef);
    }
    return $self->_gone($client) if $ended && $client->{state} eq 'lingering';
    return if $client->{state} ne 'reading';
    $client->{in} .= $chunk;
    my $end = index $client->{in}, "\n";
    return $self->_refuse($client, 'line is longer than ' . ModGearman::Epn::Request::MAX_LINE_BYTES . ' bytes')
        if ($end < 0 ? length $client->{in} : $end) > ModGearman::Epn::Request::MAX_LINE_BYTES;
    return $self->_request($client, substr $client->{in}, 0, $end) if $end >= 0;

    if (!$ended) {
        $self->_limit_reading($client) if !defined $client->{timer};
        return;
    }
    return $client->{in} eq '' ? $self->_gone($client) : $self->_request($client, $client->{in});
}

# A peer that has closed only its side still accepts an empty message.
sub _is_gone {
    my ($client) = @_;
    return !defined send($client->{socket}, '', MSG_FLAGS) && !$!{EAGAIN};
}

sub _refuse {
    my ($self, $client, $why) = @_;
    my $protocol = $client->{in} =~ /\A\s*\{.*"protocol"\s*:\s*2\b/s ? 2 : 1;    # as far as it is readable
    $self->{log}->(1, "invalid request: $why");
    $client->{linger} = 1;
    return $self->_answer($client, ModGearman::Epn::Request::failure($protocol, 'request', "**ePN: invalid request: $why"));
}

sub _request {
    my ($self, $client, $line) = @_;
    my $request = eval { ModGearman::Epn::Request::parse($line) };
    if (!$request) {
        chomp(my $why = $@);
        return $self->_refuse($client, $why);
    }
    $self->{loop}->cancel(delete $client->{timer});
    @$client{qw(in state has_pid keep)} = ('', 'running', 0, $request->{keep});
    my $protocol = $request->{protocol};
    my $job = $self->{pool}->submit($request, {
            pid => sub { $self->_send($client, qq({"pid":$_[0]}\n)) if $protocol == 2; $client->{has_pid} = 1 },
            end => sub { $self->_ended($client, $request, $_[0]) },
            fail => sub {
                $client->{keep} = 0;
                $self->_answer($client, ModGearman::Epn::Request::failure($protocol, @_));
            },
    });
    $client->{job} = $job if $client->{state} eq 'running';
    return;
}

sub _ended {
    my ($self, $client, $request, $result) = @_;
    return $self->_check_drained() if $client->{state} eq 'gone';
    $self->{log}->(2, sprintf '%s: rc %d, signal %d', $request->{bin}, @$result{qw(rc signal)});
    $client->{keep} = 0 if $client->{half} || $self->{draining} || $self->{stopping};
    my $pid_line = $request->{protocol} == 1 || $client->{has_pid} ? '' : qq({"pid":$result->{pid}}\n);
    return $self->_answer($client, $pid_line . ModGearman::Epn::Request::result($request, $result, $client->{keep}));
}

# The last line: afterwards the connection closes, or waits for the next request.
sub _answer {
    my ($self, $client, $line) = @_;
    return if $client->{state} eq 'gone';
    $self->{loop}->cancel(delete $client->{timer});
    delete $client->{job};
    $client->{state} = 'answering';
    return $self->_send($client, $line);
}

sub _send {
    my ($self, $client, $line) = @_;
    return if $client->{state} eq 'gone';
    my $at = 0;
    if ($client->{out} eq '') {
        $at = send $client->{socket}, $line, MSG_FLAGS;
        return $self->_gone($client) if !defined $at && !$!{EAGAIN} && !$!{EINTR};
        $at //= 0;
    }
    if ($at < length $line) {
        $client->{out} .= substr $line, $at;
        $client->{timer} //= $self->{loop}->after(WRITE_SECONDS, sub { $self->_gone($client) }) if $client->{state} eq 'answering';
        $self->{loop}->on_write($client->{fd}, sub { $self->_write($client) });
    }
    elsif ($client->{state} eq 'answering') { $self->_answered($client) }
    return;
}

sub _write {
    my ($self, $client) = @_;
    my $sent = send $client->{socket}, $client->{out}, MSG_FLAGS;
    return if !defined $sent && ($!{EAGAIN} || $!{EINTR});
    return $self->_gone($client) if !defined $sent;
    substr $client->{out}, 0, $sent, '';
    return if $client->{out} ne '';
    $self->{loop}->on_write($client->{fd}, undef);
    $self->_answered($client) if $client->{state} eq 'answering';
    return;
}

# Further input of a refused client is read for a while: closing earlier would discard the answer.
sub _answered {
    my ($self, $client) = @_;
    $self->{loop}->cancel(delete $client->{timer});
    return $self->_gone($client) if $client->{half} || !$client->{linger} && !$client->{keep};
    if (!$client->{linger}) {
        $client->{state} = 'reading';
        return;
    }
    $client->{state} = 'lingering';
    shutdown $client->{socket}, 1;
    $client->{timer} = $self->{loop}->after(LINGER_SECONDS, sub { $self->_gone($client) });
    return;
}

# Answered, or the client has disconnected; then the result of its plugin is discarded.
sub _gone {
    my ($self, $client) = @_;
    return if $client->{state} eq 'gone';
    my $loop = $self->{loop};
    $loop->cancel(delete $client->{timer});
    $loop->on_read($client->{fd}, undef);
    $loop->on_write($client->{fd}, undef);
    delete $self->{clients}{$client->{fd}};
    $self->{count}--;
    close $client->{socket};
    @$client{qw(state in out)} = ('gone', '', '');
    my $job = delete $client->{job};
    $self->{pool}->cancel($job) if $job;
    return $self->_check_drained();
}

# SIGTERM: no new requests, running plugins may end.
sub _drain {
    my ($self) = @_;
    return if $self->{draining}++;
    $self->{listener}->close();
    $self->{log}->(1, 'draining');
    $self->_gone($_) for grep { $_->{state} eq 'reading' && $_->{keep} && $_->{in} eq '' } values %{$self->{clients}};
    $self->{loop}->after(DRAIN_SECONDS, sub { $self->_stop('drained long enough') });
    return $self->_check_drained();
}

sub _check_drained {
    my ($self) = @_;
    $self->{loop}->end() if ($self->{draining} || $self->{stopping}) && !$self->{count} && !$self->{pool}->busy();
    return;
}

# SIGINT, or no client is left.
sub _stop {
    my ($self, $why) = @_;
    return if $self->{stopping}++;
    $self->{log}->(1, "stopping: $why");
    $self->{listener}->close();
    $self->_gone($_) for grep { $_->{state} =~ /\A(?:reading|lingering)\z/ } values %{$self->{clients}};
    $self->{pool}->stop_all();
    $self->{loop}->after(STOP_SECONDS, sub { $self->{loop}->end() });
    return $self->_check_drained();
}

1;
