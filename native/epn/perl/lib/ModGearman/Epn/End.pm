package ModGearman::Epn::End;

# Ends a run without Perl's global destruction, which touches every symbol and so copies most of the memory that a child
# shares with its prepared process: half the cost of a short run. Destruction is skipped only if it has no visible effect:
# no class has a destructor, no module holds output in buffers of C, no child process is left.

use strict;
use warnings;
use POSIX ();

# Destructors without effect at the end of a process, and AUTOLOAD of packages without objects.
my %harmless = map { $_ => 1 } qw(
    Regexp::DESTROY IO::Handle::DESTROY IO::File::DESTROY Data::Dumper::DESTROY SelectSaver::DESTROY
    Encode::Encoding::DESTROY base::__inc::scope_guard::DESTROY
    POSIX::AUTOLOAD Fcntl::AUTOLOAD Socket::AUTOLOAD Time::HiRes::AUTOLOAD bytes::AUTOLOAD version::AUTOLOAD
);

# Modules in C that write through Perl's handles only and have nothing to do at the end.
my %plain = map { $_ => 1 } qw(
    B Compress::Raw::Zlib Cwd Data::Dumper Digest::MD5 Digest::SHA Encode Fcntl File::Glob Hash::Util I18N::Langinfo IO
    List::Util MIME::Base64 Params::Validate::XS PerlIO::scalar POSIX re Socket Storable Sub::Name Sys::Hostname Time::HiRes Time::Piece attributes mro
);

our ($Is_plain, @Names, %Known, @Counts, @Open, $Files, $Modules, $Unchanged);

# prepare(): examines all packages once, after the plugin was compiled.
sub prepare {
    @Names = _packages('main::', {});
    %Known = map { $_ => 1 } @Names, 'main::';
    $Is_plain = !${^TAINT} && !(grep { !$plain{$_} } @DynaLoader::dl_modules) && !grep { /[^\w:]/ || _has_destructor($_) } @Names;
    return if !$Is_plain;
    @Open = map { _without_code($_) } @Names;
    ($Files, $Modules) = (scalar keys %INC, scalar @DynaLoader::dl_modules);
    $Unchanged = _comparison() for 1 .. 2;    # compiling it the first time makes symbols
    @Counts = map { _count($_) } @Names;
    return;
}

# Names of this symbol table and all nested ones.
sub _packages {
    my ($package, $seen) = @_;
    no strict 'refs';
    my $symbols = \%$package;
    return if $seen->{$symbols}++;
    return ($package, map { _packages($_, $seen) } _below($package));
}

sub _below {
    my ($package) = @_;
    no strict 'refs';
    my $above = $package eq 'main::' ? '' : $package;
    return map { $above . $_ } grep { /::\z/ } keys %$package;
}

sub _has_destructor {
    my ($package) = @_;
    return grep { defined &{$package . $_} && !$harmless{$package . $_} } qw(DESTROY AUTOLOAD);
}

# Symbols of a name that a destructor defined later could have.
sub _without_code {
    my ($package) = @_;
    no strict 'refs';
    return map { \*{$package . $_} } grep { exists ${$package}{$_} && !defined &{$package . $_} } qw(DESTROY AUTOLOAD);
}

# Counting the keys of a symbol table writes to it before Perl 5.26.
sub _count {
    my ($package) = @_;
    no strict 'refs';
    return $] < 5.025 ? scalar keys %$package : 0 + %$package;
}

# sub(): true while no package has other symbols and no other file was loaded. Generated as text, as a loop would write to each element of its list.
sub _comparison {
    my $number = $] < 5.025 ? 'keys ' : '';
    my @parts = map { sprintf '%s%%%s == %d', $number, $_, _count($_) } @Names, 'main::INC';
    return eval 'sub { ' . join(' && ', @parts) . ' }';
}

# leave(): ends this process with $? if nothing else is left to do; otherwise returns.
sub leave {
    return if !$Is_plain || $Modules != @DynaLoader::dl_modules;
    return if !$Unchanged->() && !_is_still_plain();
    for my $symbol (@Open) { return if *{$symbol}{CODE} }
    my $code = $? & 255;
    return if _has_children();       # Perl waits for processes that it opened with a pipe
    { no warnings; exec {''} '' }    # never found; all handles are flushed before
    return POSIX::_exit($code);
}

sub _has_children {
    local $?;
    return waitpid(-1, POSIX::WNOHANG()) != -1;
}

# Symbols were added or removed: methods that were looked up, handles, or packages.
sub _is_still_plain {
    return 0 if $Files != keys %INC;
    for my $at (grep { _count($Names[$_]) != $Counts[$_] } 0 .. $#Names) {
        return 0 if _has_destructor($Names[$at]) || grep { !exists $Known{$_} } _below($Names[$at]);
    }
    return 1;
}

1;
