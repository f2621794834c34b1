package ModGearman::Epn::Children;

# The running children of one prepared plugin: started on request of the server, their output read, their end reported.
#
# A page of memory that this process or a child writes to is copied while both share it, which costs more than most system
# calls. So a short run uses little, contiguous memory: arrays instead of hashes, descriptors instead of handles, one
# message instead of two, and structures that only long runs need are created for long runs only.

use strict;
use warnings;
use POSIX ();

use constant MSG_NOSIGNAL => 0x4000;
use constant CHUNK => 16_384;
use constant HOLD => 65_536;           # bytes of one stream kept here before they go to the server
use constant GRACE_SECONDS => 1;       # for output, after the plugin has ended while others hold its streams
use constant LOOK_SECONDS => 0.05;     # an older run is reported to the server, and gets a pidfd
use constant SYS_PIDFD_OPEN => 434;    # the same on every architecture
use constant NO_EXIT_RC => 3;

# Fields of a run; of each stream: its descriptor, the held bytes, the number of received bytes.
use constant {
    ID => 0, PID => 1, MOST => 2, OUT => 3, OUT_TEXT => 4, OUT_SEEN => 5, ERR => 6, ERR_TEXT => 7, ERR_SEEN => 8,
    OPEN => 9, CUT => 10, BEGAN => 11, REPORTED => 12, PIDFD => 13, UNTIL => 14, STATUS => 15, USAGE => 16, NO_EXIT => 17,
};

our ($Channel, $Wait4, $Send, $Set_env, $Become);
our ($Report_in, $Report_out, %No_exit);
our (%Runs, @By_fd);                    # by process id, by descriptor
our ($Reads, $Inbox, $Chunk) = ('', '', '');
our ($Watched, $Next_look) = (0, 0);    # runs that are polled, and the next time

# serve(descriptor of the channel, numbers of wait4 and sendto or 0, set_env(blob), become(seed, args blob)): returns in
# children only, as the plugin.
sub serve {
    ($Channel, $Wait4, $Send, $Set_env, $Become) = @_;
    $Send = 0 if ${^TAINT};    # syscall() takes no output of a plugin then
    ($Report_in, $Report_out) = POSIX::pipe();
    vec($Reads, $Channel, 1) = 1;
    _tell('C');
    return _serve();
}

# refuse(descriptor of the channel, number of sendto, reason): reports that the plugin cannot be prepared.
sub refuse {
    ($Channel, $Send, my $reason) = @_;
    return _tell('U', 0, $reason);
}

# Orders and answers are a length and a list of lengths and texts.
sub _tell {
    my $message = pack 'N/a*', pack '(N/a*)*', @_;
    my $at = 0;
    while ($at < length $message) {
        my $sent = _send($at ? substr $message, $at : $message);
        if ($sent >= 0) { $at += $sent }
        elsif (!$!{EINTR}) { return }    # the server has ended: reading fails too
    }
    return;
}

sub _send {
    my ($bytes) = @_;
    return syscall $Send, $Channel, $bytes, length $bytes, MSG_NOSIGNAL, 0, 0 if $Send;
    local $SIG{PIPE} = 'IGNORE';
    return POSIX::write($Channel, $bytes, length $bytes) // -1;
}

# Returns in children only.
sub _serve {
    while (1) {
        my $ready = $Reads;
        my $count = select $ready, undef, undef, $Watched ? LOOK_SECONDS : undef;
        if ($count > 0) {
            my $bits = unpack 'b*', $ready;
            my $fd = -1;
            my $orders = 0;
            while (($fd = index $bits, '1', $fd + 1) >= 0) {
                if ($fd == $Channel) { $orders = 1 }
                elsif (my $run = $By_fd[$fd]) { $fd == ($run->[PIDFD] // -1) ? _reap($run) : _read_output($fd, $run) }
            }
            return if $orders && _orders();
        }
        _look_at_runs() if $Watched && _now() >= $Next_look;
    }
}

# Monotonic, in steps of 10 ms.
sub _now { return (POSIX::times())[0] / 100 }

# True in a child.
sub _orders {
    my $got = POSIX::read($Channel, $Chunk, CHUNK);
    return 0 if !defined $got && $!{EINTR};
    _abandon() if !$got || $got eq '0 but true';
    $Inbox .= $Chunk;
    while (length $Inbox >= 4) {
        my $length = unpack 'N', $Inbox;
        return 0 if length $Inbox < 4 + $length;
        my ($kind, $id, @order) = unpack '(N/a*)*', substr $Inbox, 4, $length;
        substr $Inbox, 0, 4 + $length, '';
        if ($kind eq 'R') { return 1 if _start($id, @order) }
        else { POSIX::_exit(0) }    # the server reports that nothing is running
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
        POSIX::close($_) for grep { defined } $out, $out_in, $err, $err_in;
        _tell('E', $id, $reason);
        return 0;
    }
    if ($pid == 0) {
        setpgrp 0, 0;
        POSIX::dup2($out_in, 1);
        POSIX::dup2($err_in, 2);
        POSIX::close($_) for $out, $out_in, $err, $err_in, $Report_in, $Report_out;
        my $bits = unpack 'b*', $Reads;
        my $fd = -1;
        POSIX::close($fd) while ($fd = index $bits, '1', $fd + 1) >= 0;
        $Become->($seed, $args);
        return 1;
    }
    setpgrp $pid, $pid;
    POSIX::close($out_in);
    POSIX::close($err_in);
    $Runs{$pid} = $By_fd[$out] = $By_fd[$err] = [$id, $pid, $most, $out, '', 0, $err, '', 0, 2, 0, _now(), 0];
    vec($Reads, $out, 1) = vec($Reads, $err, 1) = 1;
    $Next_look = _now() + LOOK_SECONDS if !$Watched++;
    return 0;
}

sub _read_output {
    my ($fd, $run) = @_;
    my $got = POSIX::read($fd, $Chunk, CHUNK);
    return if !defined $got && $!{EINTR};
    if (!$got || $got eq '0 but true') {
        _close($fd);
        return if --$run->[OPEN];
        return defined $run->[STATUS] ? _finish($run) : _reap_or_watch($run);
    }
    my $text = $fd == $run->[OUT] ? OUT_TEXT : ERR_TEXT;
    my $room = $run->[MOST] - $run->[$text + 1];
    $run->[$text + 1] += $got;
    if ($got > $room) {
        $room = 0 if $room < 0;
        $run->[CUT] += $got - $room;
        $run->[$text] .= substr $Chunk, 0, $room;
    }
    else { $run->[$text] .= $Chunk }
    if (length $run->[$text] >= HOLD) {
        _tell('O', $run->[ID], $text == OUT_TEXT ? 'out' : 'err', $run->[$text]);
        $run->[$text] = '';
    }
    return;
}

sub _close {
    my ($fd) = @_;
    $By_fd[$fd] = undef;
    vec($Reads, $fd, 1) = 0;
    POSIX::close($fd);
    return;
}

# Its streams have ended, and the run most likely with them. A run that only closed them is reported by its pidfd.
sub _reap_or_watch {
    my ($run) = @_;
    _reap($run) if !defined $run->[PIDFD];
    _watch($run) if $Runs{$run->[PID]} && !defined $run->[STATUS] && !defined $run->[PIDFD];
    return;
}

# A run without pidfd, on older kernels, is polled.
sub _watch {
    my ($run) = @_;
    my $fd = $run->[PIDFD] = syscall SYS_PIDFD_OPEN, $run->[PID], 0;
    return if $fd < 0;
    vec($Reads, $fd, 1) = 1;
    $By_fd[$fd] = $run;
    return;
}

# The child has ended, or may have.
sub _reap {
    my ($run) = @_;
    my ($status, $usage) = ("\0" x 4, "\0" x 144);
    if ($Wait4) {
        my $pid = syscall $Wait4, $run->[PID], $status, 1, $usage;
        return $pid == 0 || $!{EINTR} ? undef : _lose($run) if $pid <= 0;
        my ($user, $user_us, $sys, $sys_us, $rss) = unpack 'l!5', $usage;
        $run->[USAGE] = sprintf '%d.%06d,%d.%06d,%d', $user, $user_us, $sys, $sys_us, $rss;
        $run->[STATUS] = unpack 'i', $status;
    }
    else {
        my @before = times;
        my $pid = waitpid $run->[PID], POSIX::WNOHANG();
        return $pid == 0 || $!{EINTR} ? undef : _lose($run) if $pid <= 0;
        $run->[STATUS] = $?;
        my @after = times;
        $run->[USAGE] = join ',', $after[2] - $before[2], $after[3] - $before[3], 0;
    }
    _close($run->[PIDFD]) if ($run->[PIDFD] // -1) >= 0;
    $run->[NO_EXIT] = 1 if $run->[STATUS] == NO_EXIT_RC << 8 && _was_no_exit($run->[PID]);
    return _finish($run) if !$run->[OPEN];
    $run->[UNTIL] = _now() + GRACE_SECONDS;
    $Watched++;
    $Next_look = 0;
    return;
}

# Older runs are reported to the server and get a pidfd; of ended runs the output ends.
sub _look_at_runs {
    my $now = _now();
    $Watched = 0;
    $Next_look = $now + LOOK_SECONDS;
    for my $run (values %Runs) {
        if (!$run->[REPORTED] && $run->[BEGAN] + LOOK_SECONDS <= $now) {
            $run->[REPORTED] = 1;
            _tell('P', $run->[ID], $run->[PID]);
            _watch($run) if !defined $run->[PIDFD] && !defined $run->[STATUS];
        }
        if ($run->[UNTIL]) {
            if ($run->[UNTIL] <= $now) {
                _finish($run);
                next;
            }
        }
        elsif (_is_polled($run)) {
            _reap($run);
            next if !$Runs{$run->[PID]};
        }
        $Watched++ if !$run->[REPORTED] || $run->[UNTIL] || _is_polled($run);
    }
    return;
}

sub _is_polled { my ($run) = @_; return defined $run->[PIDFD] && $run->[PIDFD] < 0 && !defined $run->[STATUS] }

# Other code in this process has reaped it: its exit status is not known.
sub _lose {
    my ($run) = @_;
    my $reason = "$!";
    _close($run->[PIDFD]) if ($run->[PIDFD] // -1) >= 0;
    _forget($run);
    _tell('E', $run->[ID], "its exit status is lost: $reason");
    return;
}

sub _forget {
    my ($run) = @_;
    delete $Runs{$run->[PID]};
    delete $No_exit{$run->[PID]} if %No_exit;
    $Watched = 0 if !%Runs;
    return if !$run->[OPEN];
    for my $fd (@$run[OUT, ERR]) {
        _close($fd) if $By_fd[$fd] && $By_fd[$fd] == $run;
    }
    return;
}

sub _finish {
    my ($run) = @_;
    _forget($run);
    _tell('X', @$run[ID, STATUS, USAGE, CUT], $run->[NO_EXIT] || 0, @$run[OUT_TEXT, ERR_TEXT, PID]);
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

# The server has ended: the results have no reader, and no other process ends the plugins.
sub _abandon {
    kill 'TERM', map { -$_ } keys %Runs;
    select undef, undef, undef, %Runs ? 1 : 0;
    kill 'KILL', map { -$_ } keys %Runs;
    kill 'KILL', -$$ if getpgrp == $$;    # and processes started by compiling
    POSIX::_exit(0);
}

1;
