package ModGearman::Epn::Inside;

# Loaded by `perl -MModGearman::Epn::Inside=… -- <plugin>` before the plugin is compiled: the plugin is then the main program
# of a process of its own, with all of Perl's rules for one. When it is compiled, and before its first statement, INIT
# takes over: it waits for orders of the server and forks a child for each. The child returns from INIT and is the plugin.

use strict;
use warnings;
use POSIX ();

use constant MSG_NOSIGNAL => 0x4000;
use constant CHUNK => 16_384;
use constant HOLD => 65_536;        # bytes of one stream kept here before they go to the server
use constant GRACE_SECONDS => 1;    # for output, once the plugin has ended and others hold its streams
use constant SYS_PIDFD_OPEN => 434; # the same on every architecture
use constant NO_EXIT_RC => 3;

our ($Channel, $Wait4, $Prctl, $File);
our (%Env_at_start, @Env_by_compile, $Alarm_left, @Data, $Core_exit);
our ($Zygote, $Run, $Exited, $Died) = (0, 0, 0, 0);
our ($Report_in, $Report_out);
our (%Runs, %By_fd, %Pid_fds, $Reads, $Env, $Inbox) = ();

sub import {
    my (undef, $fd, $wait4, $prctl) = @_;
    open $Channel, '+<&=', $fd or CORE::exit(126);
    fcntl $Channel, POSIX::F_SETFD(), POSIX::FD_CLOEXEC();
    ($Wait4, $Prctl, $Zygote, $File) = (0 + $wait4, 0 + $prctl, $$, $0);
    syscall $Prctl, 1, POSIX::SIGKILL(), 0, 0, 0 if $Prctl; # compiling ends with the server
    shift @INC;
    %Env_at_start = %ENV;
    no warnings qw(once redefine);
    *CORE::GLOBAL::exit = sub (;$) { $Exited = 1; CORE::exit(@_ ? $_[0] : 0) };
    *POSIX::exit = sub { $Exited = 1; CORE::exit(@_ ? $_[0] : 0) };
    return;
}

INIT {
    if ($Channel) { _prepare(); _serve() }
}

# The first END block compiled, thus the last to run.
END {
    if ($Run && $Run == $$ && !$Exited && ($Died || ($? == 0 && !$Core_exit))) {
        _report_no_exit();
        $? = NO_EXIT_RC;
    }
}

sub _prepare {
    $Alarm_left = alarm 0;
    for my $name (keys %Env_at_start) {
        push @Env_by_compile, [$name, undef] if !exists $ENV{$name};
    }
    for my $name (keys %ENV) {
        my $before = $Env_at_start{$name};
        push @Env_by_compile, [$name, $ENV{$name}] if !defined $before || $before ne $ENV{$name};
    }
    for my $name (qw(TERM INT ALRM)) {
        $SIG{$name} = \&_stop if !$SIG{$name};
    }
    $SIG{__DIE__} = \&_died if !$SIG{__DIE__};
    $Core_exit = _names_core_exit();
    _find_data('main::', {});
    my $selected = select STDERR;
    for my $handle (*STDERR, *STDOUT) {
        select $handle;
        my $unbuffered = $|;
        $| = 1; # writes what compiling printed; children would print it again
        $| = $unbuffered;
    }
    select $selected;
    my $null = POSIX::open('/dev/null', POSIX::O_WRONLY());
    POSIX::dup2($null, $_) for 1, 2;
    POSIX::close($null);
    ($Report_in, $Report_out) = POSIX::pipe();
    $Reads = $Inbox = '';
    vec($Reads, fileno $Channel, 1) = 1;
    syscall $Prctl, 1, 0, 0, 0, 0 if $Prctl;
    _tell('C');
    return;
}

# A plugin that names CORE::exit may end without the exit that is watched here.
sub _names_core_exit {
    open my $source, '<', $File or return 0;
    local $/;
    return <$source> =~ /\bCORE::exit\b/ ? 1 : 0;
}

# DATA handles: children share the position in the file with each other unless they open it anew.
sub _find_data {
    my ($package, $seen) = @_;
    no strict 'refs';
    my $symbols = \%$package;
    return if $seen->{$symbols}++;
    if (exists $symbols->{DATA} && ref \$symbols->{DATA} eq 'GLOB' && *{$symbols->{DATA}}{IO}) {
        my $handle = \*{"${package}DATA"};
        my $fd = fileno $handle;
        push @Data, [$handle, $fd, tell $handle] if defined $fd && $fd > 2;
    }
    for my $name (grep {/::\z/} keys %$symbols) {
        _find_data($package eq 'main::' ? $name : "$package$name", $seen) if $name ne 'main::';
    }
    return;
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
        my $for = $run->{until} ? $run->{until} - _now() : defined $run->{pidfd} ? next : 0.02;
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
    _set_env($env) if length $env;
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
        POSIX::close($_) for $out, $out_in, $err, $err_in;
        _become($seed, $args);
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

sub _set_env {
    my ($env) = @_;
    %ENV = unpack '(N/a*)*', $env;
    for my $change (@Env_by_compile) {
        if   (defined $change->[1]) { $ENV{$change->[0]} = $change->[1] }
        else                        { delete $ENV{$change->[0]} }
    }
    return;
}

# The rest of what makes this child the plugin: nothing of the server stays open, nothing is older than it should be.
sub _become {
    my ($seed, $args) = @_;
    close $Channel;
    POSIX::close($_) for $Report_in, $Report_out, keys %By_fd, keys %Pid_fds;
    (%Runs, %By_fd, %Pid_fds) = ();
    $Inbox = $Env = '';
    @ARGV = unpack '(N/a*)*', $args;
    $0 = join ' ', $File, @ARGV;    # for ps; a plugin reads its file name in it
    { no warnings 'once'; my $name = $File; *0 = \$name; }
    for my $data (@Data) {
        my ($handle, $fd, $at) = @$data;
        open my $anew, '<', "/proc/self/fd/$fd" or next;
        POSIX::dup2(fileno $anew, $fd);
        seek $handle, $at, 0;
    }
    srand $seed;
    $^T = time;
    $Run = $$;
    alarm $Alarm_left if $Alarm_left;
    ($!, $?, $@) = (0, 0, '');
    return;
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
        return if $pid <= 0;
        my ($user, $user_us, $sys, $sys_us, $rss) = unpack 'l!5', $usage;
        $run->{usage} = sprintf '%d.%06d,%d.%06d,%d', $user, $user_us, $sys, $sys_us, $rss;
        $run->{status} = unpack 'i', $status;
    }
    else {
        my @before = times;
        return if waitpid($run->{pid}, POSIX::WNOHANG()) <= 0;
        $run->{status} = $?;
        my @after = times;
        $run->{usage} = join ',', $after[2] - $before[2], $after[3] - $before[3], 0;
    }
    $run->{reaped} = 1;
    if (defined $run->{pidfd}) {
        delete $Pid_fds{$run->{pidfd}};
        vec($Reads, $run->{pidfd}, 1) = 0;
        POSIX::close($run->{pidfd});
    }
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

sub _finish {
    my ($run) = @_;
    delete $Runs{$run->{pid}};
    if ($run->{open}) {
        for my $fd (keys %By_fd) {
            _close_stream($fd) if $By_fd{$fd}{run} == $run;
        }
    }
    _tell('X', $run->{id}, $run->{status}, $run->{usage}, $run->{cut}, $run->{no_exit} || 0, $run->{out}{text}, $run->{err}{text});
    delete @$run{qw(out err)};    # they refer to each other
    return;
}

# A child tells that it ended without exit() through a pipe that it opens for this only.
our %No_exit;

sub _report_no_exit {
    open my $report, '>', "/proc/$Zygote/fd/$Report_out" or return;
    syswrite $report, "$$\n";
    return;
}

sub _was_no_exit {
    my ($pid) = @_;
    my $ready = '';
    vec($ready, $Report_in, 1) = 1;
    if (select $ready, undef, undef, 0) {
        POSIX::read($Report_in, my $pids, 4096);
        $No_exit{$_} = 1 for split /\n/, $pids;
    }
    return delete $No_exit{$pid};
}

# SIGTERM, SIGINT, SIGALRM without a handler of the plugin's own.
sub _stop {
    my ($name) = @_;
    return if !$Run;
    if ($Run == $$) {
        $Exited = 1;
        CORE::exit(2);
    }
    $SIG{$name} = 'DEFAULT';    # a process that the plugin forked
    kill $name, $$;
    return;
}

# Only where nothing catches it. $^S is undefined while something is compiled; who requires that dies again.
sub _died {
    my ($error) = @_;
    return if !$Run || $Run != $$ || !defined $^S || $^S;
    local ($\, $,);
    my $text = "$error";
    chomp $text;
    print STDOUT "**ePN: $File: $text\n";
    $Died = 1;
    CORE::exit(NO_EXIT_RC);
}

# The server has gone: nobody wants the results, and nobody else ends the plugins.
sub _abandon {
    kill 'TERM', map {-$_} keys %Runs;
    select undef, undef, undef, %Runs ? 1 : 0;
    kill 'KILL', map {-$_} keys %Runs;
    POSIX::_exit(0);
}

1;
