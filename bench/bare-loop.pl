# Runs commands again and again as the one who waits sees it: fork, exec, read what is printed to its end, wait.
# Usage: perl bare-loop.pl COUNT PACE_MS EXPECTED_STDOUT COMMAND… [-- COMMAND…]
# Prints a line for each time: the milliseconds of each command. Needs nothing but Debian's perl-base, which has no Time::HiRes.
use strict;
use warnings;
require POSIX;

my ($count, $pace_ms, $expected, @words) = @ARGV;
my @commands = ([]);
for my $word (@words) {
    if ($word eq '--') { push @commands, [] }
    else { push @{$commands[-1]}, $word }
}

my $clock_gettime = { x86_64 => 228, aarch64 => 113 }->{(POSIX::uname())[4]} or die "unknown machine\n";

sub now_ms {
    my $timespec = "\0" x 16;
    syscall($clock_gettime, 1, $timespec) == 0 or die "clock_gettime: $!\n";
    my ($seconds, $nanoseconds) = unpack 'qq', $timespec;
    return $seconds * 1e3 + $nanoseconds / 1e6;
}

sub run {
    my @argv = @_;
    pipe(my $reader, my $writer) or die "pipe: $!\n";
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        open(STDOUT, '>&', $writer) or die "dup: $!\n";
        close $reader;
        close $writer;
        exec { $argv[0] } @argv or die "$argv[0]: $!\n";
    }
    close $writer;
    my $output = do { local $/; <$reader> };
    waitpid($pid, 0) == $pid or die "wait: $!\n";
    $? == 0 or die "@argv ended with $?\n";
    return $output // '';
}

sub empty_tmp {
    opendir(my $tmp, '/tmp') or die "opendir: $!\n";
    return unless grep { $_ ne '.' && $_ ne '..' } readdir $tmp;
    system('/bin/sh', '-c', 'rm -rf /tmp/* /tmp/.[!.]*') == 0 or die "rm: $?\n";
}

$| = 1;
for (1 .. $count) {
    # Every program starts with an empty /tmp, as it does in a sandbox of its own.
    empty_tmp();
    my ($output, @ms);
    my $started = now_ms();
    for my $command (@commands) {
        my $began = now_ms();
        $output = run(@$command);
        push @ms, sprintf '%.3f', now_ms() - $began;
    }
    $output eq $expected or die "unexpected output: $output\n";
    print "@ms\n";
    my $rest_ms = $pace_ms - (now_ms() - $started);
    select undef, undef, undef, $rest_ms / 1e3 if $rest_ms > 0;
}
