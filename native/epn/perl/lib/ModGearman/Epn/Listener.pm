package ModGearman::Epn::Listener;

# The listening socket: creates it, accepts its connections, removes it.

use strict;
use warnings;
use Errno ();
use Socket ();

use constant ACCEPT_AT_ONCE => 64;
use constant PAUSE_SECONDS => 1;    # after descriptors were exhausted
use constant MAX_PATH_BYTES => 107;

# listen(loop, path, sub(socket)): dies with the reason if it fails.
sub listen {
    my ($class, $loop, $path, $on_socket) = @_;
    my $self = bless {loop => $loop, path => $path, on_socket => $on_socket}, $class;
    die "cannot listen on $path: the path is too long\n" if length $path > MAX_PATH_BYTES;
    socket my $socket, Socket::AF_UNIX(), Socket::SOCK_STREAM(), 0 or die "cannot make a socket: $!\n";
    my $address = Socket::pack_sockaddr_un($path);
    if (-S $path) {
        socket my $probe, Socket::AF_UNIX(), Socket::SOCK_STREAM(), 0 or die "cannot make a socket: $!\n";
        die "cannot listen on $path: another server does\n" if connect $probe, $address;
        unlink $path;
    }
    my $mask = umask 0177;
    my $bound = bind $socket, $address;
    my $error = "$!";
    umask $mask;
    die "cannot listen on $path: $error\n" if !$bound;
    $self->{inode} = (lstat $path)[1];
    CORE::listen $socket, Socket::SOMAXCONN() or die "cannot listen on $path: $!\n";
    $socket->blocking(0);
    $self->{socket} = $socket;
    $self->_watch();
    return $self;
}

sub _watch {
    my ($self) = @_;
    return $self->{loop}->on_read(fileno $self->{socket}, sub { $self->take() });
}

# Accepts waiting connections.
sub take {
    my ($self) = @_;
    for (1 .. ACCEPT_AT_ONCE) {
        accept my $socket, $self->{socket} or return $self->_not_accepted();
        $self->{on_socket}->($socket);
    }
    return;
}

# Out of descriptors, most likely: the socket stays readable, so it is not polled for a while.
sub _not_accepted {
    my ($self) = @_;
    return if $!{EAGAIN} || $!{EINTR} || $!{ECONNABORTED};
    print STDERR "**ePN: cannot accept a connection: $!\n";
    $self->{loop}->on_read(fileno $self->{socket}, undef);
    $self->{loop}->after(PAUSE_SECONDS, sub { $self->_watch() if $self->{socket} });
    return;
}

# Accepts waiting connections, then no more.
sub close {
    my ($self) = @_;
    return if !$self->{socket};
    $self->take();
    $self->{loop}->on_read(fileno $self->{socket}, undef);
    CORE::close $self->{socket};
    delete $self->{socket};

    # another server may have taken the path by now
    my $inode = (lstat $self->{path})[1];
    unlink $self->{path} if defined $inode && $inode == $self->{inode};

    # a killed worker cannot remove it
    rmdir $1 if $self->{path} =~ m{^(.*/mod-gearman-epn-[^/]+)/[^/]+\z}s;
    return;
}

1;
