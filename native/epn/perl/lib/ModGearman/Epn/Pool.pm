package ModGearman::Epn::Pool;

# The compiled plugins: assigns requests, compiles changed plugins again, removes unused ones.

use strict;
use warnings;
use POSIX ();
use Time::HiRes ();
use ModGearman::Epn::Environment ();
use ModGearman::Epn::FirstLine ();
use ModGearman::Epn::Prepared ();

use constant MAX_PLUGINS => 200;        # each is a process of some 3 to 10 MB
use constant MAX_VARIANTS => 20;        # of one plugin, each with another environment
use constant MAX_AT_ONCE => 250;        # runs of one plugin, three descriptors each; more wait
use constant MAX_COMPILING => 16;
use constant IDLE_SECONDS => 7200;
use constant FAILURE_SECONDS => 300;    # until a plugin that did not compile is tried again unchanged
use constant MARGIN_SECONDS => 2;       # the worker's own timeout fires first
use constant TERM_SECONDS => 1;
use constant BROKEN => qr/Attempt to free nonexistent shared string|, Perl interpreter: |Fatal glibc error:|^panic: /m;

sub new {
    my ($class, $loop, $keep, $log) = @_;
    return bless {loop => $loop, keep => $keep, log => $log, entries => {}, jobs => {}, next_job => 0, compiling => 0, waiting => [], pids => {}}, $class;
}

# submit(request, {pid => sub(pid), end => sub(result), fail => sub(error, text, compile seconds)}): a job for cancel().
# One of end and fail is called once, possibly before this returns.
sub submit {
    my ($self, $request, $on) = @_;
    my $job = {id => ++$self->{next_job}, request => $request, on => $on, began => $self->{loop}->now(), compile => 0};
    my ($signature, $why) = _look_at($request->{bin});
    if (defined $why) {
        $on->{fail}->('open', "**ePN: failed to open $request->{bin}: $why", 0);
        return;
    }
    $job->{env} = ModGearman::Epn::Environment::blob($request->{environment}, $request->{bin});
    $job->{args} = pack '(N/a*)*', @{$request->{args}};
    $self->{jobs}{$job->{id}} = $job;
    $job->{timer} = $self->{loop}->after($request->{timeout} + MARGIN_SECONDS, sub { $self->_too_long($job) });
    my $key = "$request->{bin}\0$request->{environment}{key}";
    my $entry = $self->{entries}{$key};
    if ($entry && $entry->{state} eq 'failed' && $entry->{until} < $job->{began}) { $entry->{signature} = '' }

    if (!$entry || $entry->{signature} ne $signature) {
        $self->_drop($entry) if $entry;
        $entry = {key => $key, signature => $signature, state => 'waiting', queue => [], running => 0, used => $job->{began},
            start => {path => $request->{bin}, env => $job->{env}}};
        if ($self->{keep}) {
            $self->_make_room($request->{bin});
            $self->{entries}{$key} = $entry;
        }
        push @{$self->{waiting}}, $entry;
    }
    $entry->{used} = $job->{began};
    $job->{entry} = $entry;
    push @{$entry->{queue}}, $job;
    $self->_compile();
    $self->_dispatch($entry);
    return $job;
}

# Identifies the version of a file; or the reason why it cannot be read.
sub _look_at {
    my ($path) = @_;
    my @stat = Time::HiRes::stat($path) or return (undef, "$!");
    return (undef, POSIX::strerror(POSIX::EISDIR())) if -d _;
    return (undef, POSIX::strerror(POSIX::EACCES())) if !-r _ || !-f _;
    return (join(',', @stat[0, 1, 7, 9, 10]), undef);
}

sub _compile {
    my ($self) = @_;
    while (@{$self->{waiting}} && $self->{compiling} < MAX_COMPILING) {
        my $entry = shift @{$self->{waiting}};
        next if !@{$entry->{queue}} && !$self->{keep};
        my ($switches, $why) = ModGearman::Epn::FirstLine::switches($entry->{start}{path});
        if ($why) {
            $self->_failed($entry, $why);
            next;
        }
        my $prepared = ModGearman::Epn::Prepared->start(
            %{$entry->{start}}, switches => $switches, loop => $self->{loop},
            on_compiled => sub { $self->_compiled($entry, @_) },
            on_gone => sub { $self->{pids}{$_[0]{pid}} = 1; $entry->{prepared} = undef; $self->_forget($entry) },
        );
        if (!$prepared) {
            my $reason = "$!";
            $self->_forget($entry);
            $self->_fail_all($entry, 'fork', "**ePN: failed to fork: $reason");
            next;
        }
        $self->{compiling}++;
        @$entry{qw(state prepared)} = ('compiling', $prepared);
        $self->{log}->(2, "compiling $entry->{start}{path}");
    }
    return;
}

sub _compiled {
    my ($self, $entry, $prepared, $why) = @_;
    $self->{compiling}--;
    if (defined $why) { $self->_failed($entry, "**ePN: failed to compile $entry->{start}{path}: $why") }
    else {
        @$entry{qw(state prepared)} = ('ready', $prepared);
        $_->{compile} = $prepared->{seconds} for @{$entry->{queue}};
        $self->{log}->(2, sprintf 'compiled %s in %.3f s', $entry->{start}{path}, $prepared->{seconds});
        $self->_dispatch($entry);
    }
    return $self->_compile();
}

sub _failed {
    my ($self, $entry, $text) = @_;
    @$entry{qw(state text until)} = ('failed', $text, $self->{loop}->now() + FAILURE_SECONDS);
    $self->{entries}{$entry->{key}} //= $entry if $self->{keep} && !$entry->{dropped};
    return $self->_dispatch($entry);
}

sub _dispatch {
    my ($self, $entry) = @_;
    return $self->_fail_all($entry, 'compile', $entry->{text}) if $entry->{state} eq 'failed';
    return if $entry->{state} ne 'ready';
    while (@{$entry->{queue}} && $entry->{running} < MAX_AT_ONCE) {
        my $job = shift @{$entry->{queue}};
        $entry->{running}++;
        $job->{running} = 1;
        $entry->{prepared}->run($job->{env}, $job->{args}, $job->{request}{most},
            sub { $self->_started($job, @_) }, sub { $self->_ended($entry, $job, @_) });
    }

    # without cache nothing is kept; a dropped plugin with waiting requests is removed after them
    $entry->{prepared}->retire() if !@{$entry->{queue}} && $entry->{prepared} && ($entry->{dropped} || !$self->{keep});
    return;
}

sub _fail_all {
    my ($self, $entry, $error, $text) = @_;
    for my $job (splice @{$entry->{queue}}) {
        $self->_forget_job($job);
        $job->{on}{fail}->($error, $text, $self->{loop}->now() - $job->{began});
    }
    return;
}

sub _started {
    my ($self, $job, $pid) = @_;
    $job->{pid} = $pid;
    return $self->_stop($job) if $job->{cancelled};
    return $job->{on}{pid}->($pid);
}

sub _ended {
    my ($self, $entry, $job, $result) = @_;
    $entry->{running}--;
    $self->_forget_job($job);
    if ($result->{error}) { $job->{on}{fail}->('fork', "**ePN: failed to fork: $result->{error}", $job->{compile}) }
    else { $job->{on}{end}->({%$result, compile => $job->{compile}, timedout => $job->{timedout} || 0}) }
    if (!$result->{error} && $result->{stderr} ne '' && $result->{stderr} =~ BROKEN) { $self->_drop($entry) }
    return $self->_dispatch($entry);
}

sub _forget_job {
    my ($self, $job) = @_;
    $self->{loop}->cancel($job->{timer});
    delete $self->{jobs}{$job->{id}};
    return;
}

# Removes a job that is not running from its queue. Returns the plugin it waited for.
sub _withdraw {
    my ($self, $job) = @_;
    my $entry = $job->{entry};
    @{$entry->{queue}} = grep { $_ != $job } @{$entry->{queue}};
    $self->_forget_job($job);
    return $entry;
}

# The client has disconnected.
sub cancel {
    my ($self, $job) = @_;
    return if !$self->{jobs}{$job->{id}};
    $job->{cancelled} = 1;
    return $self->_stop($job) if $job->{pid};
    return if $job->{running};
    my $entry = $self->_withdraw($job);
    $entry->{prepared}->end() if !$self->{keep} && $entry->{prepared};
    return;
}

sub _too_long {
    my ($self, $job) = @_;
    $job->{timedout} = 1;
    $self->{log}->(1, "timeout of $job->{request}{bin}");
    return $self->_stop($job) if $job->{running};
    $self->_withdraw($job);
    return $job->{on}{fail}->('overload', '**ePN: not started in time', 0);
}

# TERM, a second, KILL; if that has no effect either, the prepared process itself is stuck.
sub _stop {
    my ($self, $job) = @_;
    my $loop = $self->{loop};
    $loop->cancel($job->{timer});
    kill 'TERM', -$job->{pid} if $job->{pid};
    $job->{timer} = $loop->after(TERM_SECONDS, sub {
            kill 'KILL', -$job->{pid} if $job->{pid};
            $job->{timer} = $loop->after(3 * TERM_SECONDS, sub { $job->{entry}{prepared}->end() if $job->{entry}{prepared} });
    });
    return;
}

# No new runs of this version.
sub _drop {
    my ($self, $entry) = @_;
    $entry->{dropped} = 1;
    $self->_forget($entry);
    if (!@{$entry->{queue}} && $entry->{prepared}) { $entry->{prepared}->retire() }
    return;
}

sub _forget {
    my ($self, $entry) = @_;
    my $known = $self->{entries}{$entry->{key}};
    delete $self->{entries}{$entry->{key}} if $known && $known == $entry;
    return;
}

# Makes room for one more compiled plugin.
sub _make_room {
    my ($self, $bin) = @_;
    my @same = grep { $_->{start}{path} eq $bin } values %{$self->{entries}};
    $self->_drop_idle(@same + 1 - MAX_VARIANTS, @same);
    return $self->_drop_idle(keys(%{$self->{entries}}) + 1 - MAX_PLUGINS, values %{$self->{entries}});
}

# Removes the least recently used idle ones.
sub _drop_idle {
    my ($self, $over, @entries) = @_;
    return if $over <= 0;
    my @idle = sort { $a->{used} <=> $b->{used} } grep { !@{$_->{queue}} && !$_->{running} } @entries;
    $self->_drop($_) for grep { defined } @idle[0 .. $over - 1];
    return;
}

# Once a second: reap prepared processes that have ended, end unused ones.
sub tick {
    my ($self) = @_;
    for my $pid (keys %{$self->{pids}}) {
        delete $self->{pids}{$pid} if waitpid($pid, POSIX::WNOHANG()) != 0;
    }
    my $old = $self->{loop}->now() - IDLE_SECONDS;
    $self->_drop_idle(keys(%{$self->{entries}}) - MAX_PLUGINS, values %{$self->{entries}});
    $self->_drop($_) for grep { $_->{used} < $old } values %{$self->{entries}};
    return;
}

sub busy { my ($self) = @_; return scalar keys %{$self->{jobs}} }

# Stops running plugins: TERM, a second, KILL.
sub stop_all {
    my ($self) = @_;
    $self->cancel($_) for values %{$self->{jobs}};
    return;
}

# The end of the server. Prepared processes end by themselves when their channel closes, and their plugins with them.
sub close {
    my ($self) = @_;
    kill 'KILL', map { -$_ } grep { defined } map { $_->{pid} } values %{$self->{jobs}};
    my @compiling = grep { $_ && $_->{state} eq 'compiling' }
        map { $_->{prepared} } values %{$self->{entries}}, map { $_->{entry} } values %{$self->{jobs}};
    $_->end() for @compiling;
    return;
}

1;
