<?php
// Client and worker of PHP's extension gearman (Debian: php-gearman, over libgearman) against a job server. One line for each
// check: its name, and ok or failed.
//
// Usage: php_client.php HOST PORT

[, $host, $port] = $argv;
const LARGE = 1_000_000;

function check(string $name, bool $isOk): void
{
    echo "$name ", $isOk ? 'ok' : 'failed', "\n";
}

/** Serves as a worker of its own until it is killed. */
function startWorker(string $host, int $port): int
{
    $pid = pcntl_fork();
    if ($pid !== 0) return $pid;
    $worker = new GearmanWorker();
    $worker->addServer($host, $port);
    $worker->addFunction('reverse', fn (GearmanJob $job) => strrev($job->workload()));
    $worker->addFunction('length', fn (GearmanJob $job) => (string) strlen($job->workload()));
    $worker->addFunction('repeat', fn (GearmanJob $job) => str_repeat('x', (int) $job->workload()));
    $worker->addFunction('fail', fn (GearmanJob $job) => $job->sendFail());
    $worker->addFunction('exception', fn (GearmanJob $job) => $job->sendException('reason'));
    $worker->addFunction('unique', fn (GearmanJob $job) => $job->unique());
    $worker->addFunction('steps', function (GearmanJob $job) {
        foreach ([1, 2, 3] as $step) $job->sendStatus($step, 3);
        $job->sendData('part');
        $job->sendWarning('careful');
        return 'end';
    });
    while ($worker->work());
    exit(0);
}

$worker = startWorker($host, (int) $port);
$client = new GearmanClient();
$client->addServer($host, (int) $port);
$client->setTimeout(10_000);
$bytes = implode('', array_map('chr', range(0, 255)));

check('ping', $client->ping('some text'));
check('doNormal', $client->doNormal('reverse', 'abc') === 'cba');
check('doHigh', $client->doHigh('reverse', 'abc') === 'cba');
check('doLow', $client->doLow('reverse', 'abc') === 'cba');
check('all bytes', $client->doNormal('reverse', $bytes) === strrev($bytes));
check('large workload', $client->doNormal('length', str_repeat('y', LARGE)) === (string) LARGE);
check('large result', strlen($client->doNormal('repeat', (string) LARGE)) === LARGE);
check('unique', $client->doNormal('unique', 'w', 'my-key') === 'my-key');

@$client->doNormal('fail', 'w');
check('fail', $client->returnCode() === GEARMAN_WORK_FAIL);

$seen = [];
$note = function (string $what) use (&$seen): Closure {
    return function (GearmanTask $task) use (&$seen, $what): void {
        $seen[] = $what . ($what === 'status' ? $task->taskNumerator() : '');
    };
};
$client->setStatusCallback($note('status'));
$client->setDataCallback($note('data'));
$client->setWarningCallback($note('warning'));
$client->setFailCallback($note('fail'));
$client->setCompleteCallback($note('complete'));
$client->addTask('steps', 'w');
$client->runTasks();
check('callbacks', $seen === ['status1', 'status2', 'status3', 'data', 'warning', 'complete']);

$seen = [];
for ($n = 0; $n < 50; $n++) $client->addTask('reverse', "job $n", null, "key-$n");
$client->runTasks();
check('50 tasks', array_count_values($seen) === ['complete' => 50]);
$seen = [];
for ($n = 0; $n < 3; $n++) $client->addTask('reverse', 'same', null, 'same-key');
$client->runTasks();
check('equal unique', array_count_values($seen) === ['complete' => 3]);
$seen = [];
$client->addTask('fail', 'w');
$client->addTaskHigh('reverse', 'abc');
$client->addTaskLow('reverse', 'abc');
$client->runTasks();
check('one task of three fails', array_count_values($seen) == ['complete' => 2, 'fail' => 1]);
$seen = [];
$client->setExceptionCallback($note('exception'));
$client->addTask('exception', 'w');
$client->runTasks();
check('exception', count($seen) === 1);

foreach (['doBackground', 'doHighBackground', 'doLowBackground'] as $method) {
    $handle = $client->$method('nobody', $method);
    $status = $client->jobStatus($handle);
    check($method, preg_match('/^H:.+:\d+$/', $handle) === 1 && $status[0] === true && $status[1] === false);
}
check('status of an unknown handle', $client->jobStatus('H:nowhere:99999')[0] === false);
$client->doBackground('nobody', 'w', 'sought-key');
check('status by unique', $client->jobStatusByUniqueKey('sought-key')[0] === true);

$client->setTimeout(500);
@$client->doNormal('nobody', 'waits');
check('timeout', $client->returnCode() === GEARMAN_TIMEOUT);

posix_kill($worker, SIGKILL);
pcntl_waitpid($worker, $status);
