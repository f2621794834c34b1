package ModGearman::Epn::Inside;

# Loaded by `perl -MModGearman::Epn::Inside=… -- <plugin>` before the plugin is compiled: the plugin is then the main program
# of its own process, with all of Perl's rules for one. After it was compiled, and before its first statement, INIT waits
# for orders of the server and forks a child for each. The child returns from INIT and runs the plugin.

use strict;
use warnings;
use feature 'current_sub';
use POSIX ();
use ModGearman::Epn::Children ();
use ModGearman::Epn::End ();
use ModGearman::Epn::Memory ();

use constant NO_EXIT_RC => 3;

# Modules that load others at run time, thus again in every child: here these are loaded once.
my %loads_later = (
    'Monitoring/Plugin.pm' => [map { "Monitoring/Plugin/$_.pm" } qw(Getopt Performance Range Threshold)],
    'Nagios/Plugin.pm' => [map { "Nagios/Plugin/$_.pm" } qw(Getopt Performance Range Threshold)],
    'Net/SNMP.pm' => [map { "Net/SNMP/$_.pm" } qw(Security/Community Transport/IPv4/UDP)],
    'LWP/UserAgent.pm' => ['LWP/Protocol/http.pm'],
);

our ($Channel, $Handle, $Wait4, $Prctl, $Send, $Madvise, $File, $Init);
our (%Env_at_start, @Env_by_compile, $Alarm_left, $On_child_end, @Data, $Core_exit);
our ($Zygote, $Run, $Exited, $Died) = (0, 0, 0, 0);

# import(descriptor of the channel, numbers of wait4, prctl, sendto, madvise and fcntl or 0, variables of the environment that are
# for the start of this process only)
sub import {
    (undef, $Channel, $Wait4, $Prctl, $Send, $Madvise, my ($fcntl, @not_for_plugins)) = @_;
    ($Zygote, $File) = ($$, $0);
    $_ += 0 for $Channel, $Wait4, $Prctl, $Send, $Madvise, $fcntl;
    delete @ENV{@not_for_plugins};

    # as a plain number: Perl closes handles at the end of a run, when the number may belong to another file
    if ($fcntl) { syscall $fcntl, $Channel, POSIX::F_SETFD(), POSIX::FD_CLOEXEC() }
    else {
        open $Handle, '+<&=', $Channel or CORE::exit(126);
        fcntl $Handle, POSIX::F_SETFD(), POSIX::FD_CLOEXEC();
    }
    syscall $Prctl, 1, POSIX::SIGKILL(), 0, 0, 0 if $Prctl;    # compiling ends with the server
    shift @INC;
    %Env_at_start = %ENV;
    tie @ARGV, 'ModGearman::Epn::Inside::NoArguments';
    no warnings;                                               # also about arguments of exit, which are no warnings of the plugin
    *CORE::GLOBAL::exit = sub (;$) { $Exited = 1; CORE::exit(@_ ? $_[0] : 0) };
    *POSIX::exit = sub { $Exited = 1; CORE::exit(@_ ? $_[0] : 0) };
    return;
}

# Not in a process forked by a BEGIN block: its exit() calls this too.
INIT {
    if ($Channel && $$ == $Zygote) {
        _prepare();
        $Init = __SUB__;    # otherwise it is freed in every child
        ModGearman::Epn::Children::serve($Channel, $Wait4, $Send, \&_set_env, \&_become);
    }
}

# The first compiled END block, thus the last one to run.
END {
    if ($Run && $Run == $$ && !$Exited && ($Died || ($? == 0 && !$Core_exit))) {
        _report_no_exit();
        $? = NO_EXIT_RC;
    }
    ModGearman::Epn::End::leave() if $Run && $Run == $$;
}

sub _prepare {
    $Alarm_left = alarm 0;

    # a handler of the plugin would reap its runs, whose exit status would be lost
    ($On_child_end, $SIG{CHLD}) = ($SIG{CHLD}, 'DEFAULT');
    for my $name (keys %Env_at_start) {
        push @Env_by_compile, [$name, undef] if !exists $ENV{$name};
    }
    for my $name (keys %ENV) {
        my $before = $Env_at_start{$name};
        push @Env_by_compile, [$name, $ENV{$name}] if !defined $before || $before ne $ENV{$name};
    }
    untie @ARGV;
    delete $ModGearman::Epn::Inside::NoArguments::{AUTOLOAD};
    delete $ModGearman::Epn::Inside::NoArguments::{DESTROY};
    _load_later();
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
        $| = 1;    # writes the output of compiling; children would print it again
        $| = $unbuffered;
    }
    select $selected;
    my $null = POSIX::open('/dev/null', POSIX::O_WRONLY());
    POSIX::dup2($null, $_) for 1, 2;
    POSIX::close($null);
    syscall $Prctl, 1, 0, 0, 0, 0 if $Prctl;
    ModGearman::Epn::End::prepare();
    ModGearman::Epn::Memory::gather($Madvise);
    return;
}

# The Getopt of the Plugin modules sets how Getopt::Long understands options, also for a plugin that uses it directly and
# would not have loaded that module: then it is not loaded here either.
sub _load_later {
    for my $name (map { @$_ } @loads_later{grep { $INC{$_} } keys %loads_later}) {
        next if $INC{'Getopt/Long.pm'} && $name =~ m{Plugin/Getopt};
        eval { require $name };
    }
    return;
}

# A plugin that uses CORE::exit may end without calling the exit observed here.
sub _names_core_exit {
    open my $source, '<', $File or return 0;
    local $/;
    return (<$source> // '') =~ /\bCORE::exit\b/ ? 1 : 0;
}

# DATA handles: children share the position in the file with each other unless each opens the file itself.
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
    for my $name (grep { /::\z/ } keys %$symbols) {
        _find_data($package eq 'main::' ? $name : "$package$name", $seen) if $name ne 'main::';
    }
    return;
}

sub _set_env {
    my ($env) = @_;
    my %env = unpack '(N/a*)*', $env;
    %ENV = %env;    # strings of unpack would stay tainted, also after a plugin with -T assigns to them
    for my $change (@Env_by_compile) {
        if (defined $change->[1]) { $ENV{$change->[0]} = $change->[1] }
        else { delete $ENV{$change->[0]} }
    }
    return;
}

# Completes the state of a new program in this child: descriptors of the server are closed, times are reset.
sub _become {
    my ($seed, $args) = @_;
    close $Handle if $Handle;
    @ARGV = unpack '(N/a*)*', $args;
    $0 = join ' ', $File, @ARGV;    # for ps; a plugin reads its file name in it
    { no warnings 'once'; my $name = $File; *0 = \$name; }
    for my $data (@Data) {
        my ($handle, $fd, $at) = @$data;
        open my $copy, '<', "/proc/self/fd/$fd" or next;
        POSIX::dup2(fileno $copy, $fd);
        seek $handle, $at, 0;
    }
    if (${^UNICODE} & 32 && (!(${^UNICODE} & 64) || ${^UTF8LOCALE})) { utf8::decode($_) for @ARGV }    # -CA
    srand $seed;
    $^T = time;
    $Run = $$;
    $SIG{CHLD} = $On_child_end if $On_child_end;
    alarm $Alarm_left if $Alarm_left;
    ($!, $?, $@) = (0, 0, '');
    return;
}

# A child reports an end without exit() through a pipe opened for this purpose.
sub _report_no_exit {
    open my $report, '>', "/proc/$Zygote/fd/$ModGearman::Epn::Children::Report_out" or return;
    syswrite $report, "$$\n";
    return;
}

# SIGTERM, SIGINT, SIGALRM without a handler of the plugin.
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

# Only if no eval catches it. $^S is undefined while a file is compiled; its require dies again.
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

# @ARGV while the plugin is compiled: there are no arguments yet; a plugin that reads them has to run as a program.
package ModGearman::Epn::Inside::NoArguments;

our $AUTOLOAD;

sub TIEARRAY { my $self = ''; return bless \$self, $_[0] }
sub UNTIE { return }
sub DESTROY { return }

sub AUTOLOAD {
    ModGearman::Epn::Children::refuse($ModGearman::Epn::Inside::Channel, $ModGearman::Epn::Inside::Send, 'it uses its arguments while it is compiled');
    POSIX::_exit(126);
}

1;
