package ModGearman::Epn::Loop;

# Event loop for descriptors and timers, with one select() for all.

use strict;
use warnings;
use Time::HiRes ();

sub new {
    my ($class) = @_;
    return bless {reads => '', writes => '', on_read => {}, on_write => {}, timers => {}, next_timer => 0, due => undef, ended => 0}, $class;
}

# Monotonic seconds: a change of the time of day does not affect timers.
sub now { return Time::HiRes::clock_gettime(Time::HiRes::CLOCK_MONOTONIC()) }

# Calls $code whenever the descriptor is readable; undef ends that.
sub on_read {
    my ($self, $fd, $code) = @_;
    vec($self->{reads}, $fd, 1) = $code ? 1 : 0;
    return $code ? $self->{on_read}{$fd} = $code : delete $self->{on_read}{$fd};
}

sub on_write {
    my ($self, $fd, $code) = @_;
    vec($self->{writes}, $fd, 1) = $code ? 1 : 0;
    return $code ? $self->{on_write}{$fd} = $code : delete $self->{on_write}{$fd};
}

# Calls $code once after so many seconds; returns the argument for cancel().
sub after {
    my ($self, $seconds, $code) = @_;
    my $due = now() + $seconds;
    my $id = ++$self->{next_timer};
    $self->{timers}{$id} = [$due, $code];
    $self->{due} = $due if !defined $self->{due} || $due < $self->{due};
    return $id;
}

sub cancel {
    my ($self, $id) = @_;
    delete $self->{timers}{$id} if defined $id;
    return;
}

# $code->(name) for each of these signals, never in the middle of another handler.
sub on_signal {
    my ($self, $code, @names) = @_;
    $self->{on_signal} = $code;
    $SIG{$_} = sub { $self->{signal} = $_[0] } for @names;
    return;
}

sub end { my ($self) = @_; $self->{ended} = 1; return }

sub run {
    my ($self) = @_;
    while (!$self->{ended}) {
        if ($self->{signal}) {
            my $name = $self->{signal};
            $self->{signal} = undef;
            $self->{on_signal}->($name);
            next;
        }
        my ($reads, $writes) = ($self->{reads}, $self->{writes});
        my $wait = defined $self->{due} ? $self->{due} - now() : undef;
        $wait = 0 if defined $wait && $wait < 0;
        my $count = select $reads, $writes, undef, $wait;
        if ($count > 0) {
            _call($self->{on_write}, $writes) if $writes =~ /[^\0]/;
            _call($self->{on_read}, $reads);
        }
        $self->_timers() if defined $self->{due} && $self->{due} <= now();
    }
    return;
}

sub _call {
    my ($handlers, $ready) = @_;
    my $bits = unpack 'b*', $ready;
    my $fd = -1;
    while (($fd = index $bits, '1', $fd + 1) >= 0) {
        my $code = $handlers->{$fd};
        $code->() if $code;
    }
    return;
}

sub _timers {
    my ($self) = @_;
    my $now = now();
    my $timers = $self->{timers};
    for my $id (sort { $timers->{$a}[0] <=> $timers->{$b}[0] } grep { $timers->{$_}[0] <= $now } keys %$timers) {
        my $timer = delete $timers->{$id} or next;
        $timer->[1]->();
    }
    my $due;
    for my $timer (values %$timers) {
        $due = $timer->[0] if !defined $due || $timer->[0] < $due;
    }
    $self->{due} = $due;
    return;
}

1;
