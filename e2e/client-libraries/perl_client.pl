#!/usr/bin/perl
# Client and worker of the Perl package Gearman (Debian: libgearman-client-perl) against a job server. One line for each
# check: its name, and ok or failed.
#
# Usage: perl_client.pl HOST:PORT
use strict;
use warnings;

use Gearman::Client;
use Gearman::Task;
use Gearman::Worker;
use Storable qw(freeze thaw);

my ($server) = @ARGV;
my $LARGE = 1_000_000;
$| = 1;

sub check {
    my ($name, $is_ok) = @_;
    print "$name ", ($is_ok ? 'ok' : 'failed'), "\n";
    return;
}

sub start_worker {
    my ($prefix) = @_;
    my $pid = fork;
    die "fork: $!" if !defined $pid;
    return $pid if $pid;
    my $worker = Gearman::Worker->new(job_servers => [$server], defined $prefix ? (prefix => $prefix) : ());
    $worker->register_function(sum => sub { my $sum = 0; $sum += $_ for @{thaw($_[0]->arg)}; $sum });
    $worker->register_function(length => sub { length $_[0]->arg });
    $worker->register_function(repeat => sub { 'x' x $_[0]->arg });
    $worker->register_function(fail => sub { return });
    $worker->register_function(
        steps => sub { my ($job) = @_; $job->set_status($_, 3) for 1 .. 3; $worker->send_work_data($job, 'part'); 'end' });
    $worker->work while 1;
    exit 0;
}

my @workers = (start_worker(), start_worker('site'));
my $client = Gearman::Client->new(job_servers => [$server]);

my $sum = $client->do_task(sum => freeze([1 .. 100]));
check('do_task', ref $sum && ${$sum} == 5050);
my $bytes = join q{}, map { chr } 0 .. 255;
check('all bytes', ${$client->do_task(length => \$bytes) // \-1} eq '256');
check('large argument', ${$client->do_task(length => \('y' x $LARGE)) // \-1} eq $LARGE);
check('large result', length ${$client->do_task(repeat => $LARGE) // \q{}} == $LARGE);

my $failed = 0;
$client->do_task(Gearman::Task->new('fail', \'w', {on_fail => sub { $failed++ }}));
check('on_fail', $failed == 1);
my (@status, @data);
my $set = $client->new_task_set;
$set->add_task(
    Gearman::Task->new(
        'steps', \'w', {on_status => sub { push @status, "$_[0]/$_[1]" }, on_data => sub { push @data, ${$_[0]} }}));
$set->wait(timeout => 10);
check('on_status', "@status" eq '1/3 2/3 3/3');
check('on_data', "@data" eq 'part');

my ($done, $same) = (0, 0);
$set = $client->new_task_set;
$set->add_task(sum => freeze([$_, 1]), {on_complete => sub { $done += ${$_[0]} }}) for 1 .. 50;
$set->wait(timeout => 20);
check('task set', $done == 50 * 51 / 2 + 50);
$set = $client->new_task_set;
$set->add_task(length => \'same', {uniq => q{-}, on_complete => sub { $same++ }}) for 1 .. 3;
$set->wait(timeout => 10);
check('equal unique', $same == 3);

for my $priority (qw(high low)) {
    my $got = $client->do_task(Gearman::Task->new('length', \'four', {$priority eq 'high' ? (high_priority => 1) : ()}));
    check("priority $priority", ref $got && ${$got} eq '4');
}
my $handle = $client->dispatch_background(nobody => \'w');
my $known = $handle && $client->get_status($handle);
check('dispatch_background', defined $handle && $handle =~ m{//H:.+:\d+\z});
check('get_status', $known && $known->known && !$known->running);
my $unknown = $client->get_status("$server//H:nowhere:99999");
check('get_status of an unknown handle', !$unknown || !$unknown->known);

my $prefixed = Gearman::Client->new(job_servers => [$server], prefix => 'site');
check('prefix', ${$prefixed->do_task(length => \'abc') // \-1} eq '3');
my $started = time;
my $late = $client->do_task(Gearman::Task->new('nobody2', \'w', {timeout => 1}));
check('timeout of a task', !defined $late && time - $started < 8);

kill KILL => @workers;
waitpid $_, 0 for @workers;
