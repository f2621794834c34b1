package ModGearman::Epn::Children;

# The running children of one prepared plugin: started at the server's order, their output read, their end told.

use strict;
use warnings;
use POSIX ();

use constant MSG_NOSIGNAL => 0x4000;
use constant CHUNK => 16_384;
use constant HOLD => 65_536;           # bytes of one stream kept here before they go to the server
use constant GRACE_SECONDS => 1;       # for output, once the plugin has ended and others hold its streams
use constant POLL_SECONDS => 0.02;     # where the kernel is too old for pidfds
use constant SYS_PIDFD_OPEN => 434;    # the same on every architecture
use constant NO_EXIT_RC => 3;

our ($Channel, $Wait4, $Set_env, $Become);
our ($Report_in, $Report_out, %No_exit);
our (%Runs, %By_fd, %Pid_fds);
our ($Reads, $Inbox) = ('', '');

# serve(channel, number of wait4 or 0, set_env(blob), become(seed, args blob)): returns in children only, as the plugin.
sub serve {
    ($Channel, $Wait4, $Set_env, $Become) = @_;
    ($Report_in, $Report_out) = POSIX::pipe();
    vec($Reads, fileno $Channel, 1) = 1;
    _tell('C');
    return _serve();
}

# refuse(channel, reason): the plugin cannot be prepared.
sub refuse {
    ($Channel, my $reason) = @_;
    return _tell('U', 0, $reason);
}

# Orders and answers are a length and a list of lengths and texts.
sub _tell {
    my $message = pack 'N/a*', pack '(N/a*)*', @_;
    my $at = 0;
    while ($at < length $message) {
        my $sent = send $Channel, substr($message, $at), MSG_NOSIGNAL;
        if (defined $sent) { $at += $sent }
        elsif (!$!{EINTR}) { return }    # the server is gone: reading tells so, too
    }
    return;
}

# Returns in children only.
sub _serve {
    my $channel = fileno $Channel;
    while (1) {
        my $ready = $Reads;
        my $wait = _next_wait();
        my $count = select $ready, undef, undef, $wait;
        if ($count > 0) {
            my $bits = unpack 'b*', $ready;
            my $fd = -1;
            my $orders = 0;
            while (($fd = index $bits, '1', $fd + 1) >= 0) {
                if ($fd == $channel) { $orders = 1 }
                elsif (my $stream = $By_fd{$fd}) { _read_output($fd, $stream) }
                elsif (my $run = $Pid_fds{$fd}) { _reap($run) }
            }
            return if $orders && _orders();
        }
        _look_at_runs() if defined $wait;
    }
}

# Seconds until something must be looked at that no descriptor tells, or nothing.
sub _next_wait {
    my $wait;
    for my $run (values %Runs) {
        my $for = $run->{until} ? $run->{until} - _now() : defined $run->{pidfd} ? next : POLL_SECONDS;
        $for = 0 if $for < 0;
        $wait = $for if !defined $wait || $for < $wait;
    }
    return $wait;
}
# Monotonic, in steps of 10 ms.
sub _now { return (POSIX::times())[0] / 100 }

# True in a child.
sub _orders {
    my $got = sysread $Channel, $Inbox, 262_144, length $Inbox;
    return 0 if !defined $got && $!{EINTR};
    _abandon() if !$got;
    while (length $Inbox >= 4) {
        my $length = unpack 'N', $Inbox;
        return 0 if length $Inbox < 4 + $length;
        my ($kind, $id, @order) = unpack '(N/a*)*', substr $Inbox, 4, $length;
        substr $Inbox, 0, 4 + $length, '';
        if ($kind eq 'R') { return 1 if _start($id, @order) }
        else              { POSIX::_exit(0) }    # nothing runs any more, the server says
    }
    return 0;
}

# True in the child.
sub _start {
    my ($id, $seed, $most, $env, $args) = @_;
    $Set_env->($env) if length $env;
    my ($out, $out_in) = POSIX::pipe();
    my ($err, $err_in) = defined $out ? POSIX::pipe() : ();
    my $pid = defined $err ? fork : undef;
    if (!defined $pid) {
        my $reason = "$!";
        POSIX::close($_) for grep {defined} $out, $out_in, $err, $err_in;
        _tell('E', $id, $reason);
        return 0;
    }
    if ($pid == 0) {
        setpgrp 0, 0;
        POSIX::dup2($out_in, 1);
        POSIX::dup2($err_in, 2);
        POSIX::close($_) for $out, $out_in, $err, $err_in, $Report_in, $Report_out, keys %By_fd, keys %Pid_fds;
        close $Channel;
        (%Runs, %By_fd, %Pid_fds) = ();
        $Inbox = '';
        $Become->($seed, $args);
        return 1;
    }
    setpgrp $pid, $pid;
    POSIX::close($out_in);
    POSIX::close($err_in);
    my $pidfd = syscall SYS_PIDFD_OPEN, $pid, 0;
    my $run = {id => $id, pid => $pid, open => 2, cut => 0, most => $most, usage => '0,0,0'};
    $Runs{$pid} = $run;
    $run->{$_} = {run => $run, name => $_, text => '', seen => 0} for 'out', 'err';
    ($By_fd{$out}, $By_fd{$err}) = ($run->{out}, $run->{err});
    if ($pidfd >= 0) {
        $run->{pidfd} = $pidfd;
        $Pid_fds{$pidfd} = $run;
    }
    vec($Reads, $_, 1) = 1 for $out, $err, ($pidfd >= 0 ? $pidfd : ());
    _tell('P', $id, $pid);
    return 0;
}

sub _read_output {
    my ($fd, $stream) = @_;
    my $run = $stream->{run};
    my $got = POSIX::read($fd, my $chunk, CHUNK);
    return if !defined $got && $!{EINTR};
    if (!$got || $got eq '0 but true') {
        _close_stream($fd);
        return _finish($run) if !--$run->{open} && $run->{reaped};
        return;
    }
    my $room = $run->{most} - $stream->{seen};
    $stream->{seen} += $got;
    if ($got > $room) {
        $room = 0 if $room < 0;
        $run->{cut} += $got - $room;
        substr $chunk, $room, $got, '';
    }
    $stream->{text} .= $chunk;
    if (length $stream->{text} >= HOLD) {
        _tell('O', $run->{id}, $stream->{name}, $stream->{text});
        $stream->{text} = '';
    }
    return;
}

sub _close_stream {
    my ($fd) = @_;
    delete $By_fd{$fd};
    vec($Reads, $fd, 1) = 0;
    POSIX::close($fd);
    return;
}

# The child has ended, or may have where there are no pidfds.
sub _reap {
    my ($run) = @_;
    my ($status, $usage) = ("\0" x 4, "\0" x 512);
    if ($Wait4) {
        my $pid = syscall $Wait4, $run->{pid}, $status, 1, $usage;
        return $pid == 0 || $!{EINTR} ? undef : _lose($run) if $pid <= 0;
        my ($user, $user_us, $sys, $sys_us, $rss) = unpack 'l!5', $usage;
        $run->{usage} = sprintf '%d.%06d,%d.%06d,%d', $user, $user_us, $sys, $sys_us, $rss;
        $run->{status} = unpack 'i', $status;
    }
    else {
        my @before = times;
        my $pid = waitpid $run->{pid}, POSIX::WNOHANG();
        return $pid == 0 || $!{EINTR} ? undef : _lose($run) if $pid <= 0;
        $run->{status} = $?;
        my @after = times;
        $run->{usage} = join ',', $after[2] - $before[2], $after[3] - $before[3], 0;
    }
    $run->{reaped} = 1;
    _close_pidfd($run);
    $run->{no_exit} = _was_no_exit($run->{pid}) if $run->{status} == NO_EXIT_RC << 8;
    return _finish($run) if !$run->{open};
    $run->{until} = _now() + GRACE_SECONDS;
    return;
}

sub _look_at_runs {
    for my $run (values %Runs) {
        if ($run->{until}) { _finish($run) if $run->{until} <= _now() }
        elsif (!defined $run->{pidfd}) { _reap($run) }
    }
    return;
}

sub _close_pidfd {
    my ($run) = @_;
    return if !defined $run->{pidfd};
    delete $Pid_fds{$run->{pidfd}};
    vec($Reads, $run->{pidfd}, 1) = 0;
    POSIX::close($run->{pidfd});
    return;
}

# Something else in this process has waited for it: how it ended is not known.
sub _lose {
    my ($run) = @_;
    my $reason = "$!";
    _close_pidfd($run);
    _forget($run);
    _tell('E', $run->{id}, "its exit status is lost: $reason");
    return;
}

sub _forget {
    my ($run) = @_;
    delete $Runs{$run->{pid}};
    delete $No_exit{$run->{pid}};
    if ($run->{open}) {
        for my $fd (keys %By_fd) {
            _close_stream($fd) if $By_fd{$fd}{run} == $run;
        }
    }
    return;
}

sub _finish {
    my ($run) = @_;
    _forget($run);
    _tell('X', $run->{id}, $run->{status}, $run->{usage}, $run->{cut}, $run->{no_exit} || 0, $run->{out}{text}, $run->{err}{text});
    delete @$run{qw(out err)};    # they refer to each other
    return;
}

sub _was_no_exit {
    my ($pid) = @_;
    my $ready = '';
    vec($ready, $Report_in, 1) = 1;
    if (select $ready, undef, undef, 0) {
        POSIX::read($Report_in, my $pids, 4096);
        $No_exit{$_} = 1 for grep { $Runs{$_} } split /\n/, $pids;
    }
    return $No_exit{$pid};
}

# The server has gone: nobody wants the results, and nobody else ends the plugins.
sub _abandon {
    kill 'TERM', map {-$_} keys %Runs;
    select undef, undef, undef, %Runs ? 1 : 0;
    kill 'KILL', map {-$_} keys %Runs;
    kill 'KILL', -$$ if getpgrp == $$;    # and what compiling has started
    POSIX::_exit(0);
}

1;
