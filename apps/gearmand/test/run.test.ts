import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { UserError } from "../src/user.ts";
import { quiet, run, TestWorld } from "./world.ts";

test("help, version and valid arguments end with 0 and start nothing", async () => {
  for (const argv of [["--help"], ["-V"], ["--check-args", "--config-file=/dev/null"]]) {
    const world = new TestWorld();
    expect(await run(argv, world)).toBe(0);
    expect(world.server).toBeUndefined();
  }
});

test("help and version texts", async () => {
  const world = new TestWorld();
  await run(["-V"], world);
  expect(world.printed).toBe("\ngearmand 1.2.3 - Mod-Gearman for TypeScript\n");
  await run(["-h"], world);
  expect(world.printed).toMatch(/\nUsage: gearmand \[OPTION\]\.\.\.\n/);
});

test("--check-config prints the settings in effect", async () => {
  const world = new TestWorld();
  expect(await run(["--config-file=/dev/null", "--port=4731", "--check-config"], world)).toBe(0);
  expect(world.printed).toMatch(/port +=? ?4731 +\(command line\)/);
});

test.for([
  [["--bogus"], "unrecognised option '--bogus'"],
  [["--port=x"], "port: 'x' is neither a number nor a TCP service of /etc/services"],
  [["--ssl"], "TLS: no certificate is given"],
] as const)("--check-config %j: exit 2", async ([argv, text]) => {
  const world = new TestWorld();
  expect(await run(["--config-file=/dev/null", ...argv, "--check-config"], world)).toBe(2);
  expect(world.errors.join("\n")).toContain(text);
});

test.for([
  [["--bogus"], "unrecognised option '--bogus'"],
  [["--verbose=LOUD"], "Invalid value for --verbose supplied"],
  [["--queue-type=libsqlite3"], "missing required --libsqlite3-db=<dbfile> argument"],
  [["-q", "LibMemcached"], "missing required --libmemcached-servers=<servers> argument"],
  [
    ["-q", "libmemcached", "--libmemcached-servers=a:1,b:port"],
    "libmemcached-servers: 'b:port' is not HOST[:PORT]",
  ],
  [["-q", "redis", "--redis-port=1"], "redis: connect ECONNREFUSED 127.0.0.1:1"],
  [["-q", "libsqlite3", "--libsqlite3-db=/nonexistent/queue.db"], "/nonexistent/queue.db: "],
  [["--queue-type=nonsense"], "Error while initializing the queue : nonsense"],
  [["--ssl"], "TLS: no certificate is given"],
  [["--ssl", "--ssl-certificate=/nowhere"], "TLS: cannot read the certificate file /nowhere: no such file"],
  [["-r", "ftp"], "Unknown protocol module : ftp"],
  [["--check-args", "--ssl", "--ssl-key=/k"], "TLS: no certificate is given"],
  [[`--job-handle-prefix=${"x".repeat(60)}`], "job handle prefix is too long"],
  [["--listen=no-such-host.invalid"], "no address for no-such-host.invalid"],
  [["--pid-file=/nonexistent/pid"], "could not write pid file"],
] as const)("%j: exit 1 and a clear message", async ([argv, text], context) => {
  const world = new TestWorld();
  expect(await run(quiet(tmpFolder(context), ...argv), world)).toBe(1);
  expect(world.errors).toEqual([expect.stringContaining(text)]);
  expect(world.errors[0]).toMatch(/^gearmand: /);
});

test("serves until it is stopped; log and pid file show it", async (context) => {
  const folder = tmpFolder(context);
  const world = new TestWorld();
  const ended = run(quiet(folder, "--verbose=INFO"), world);
  await world.isListening;
  expect(readFileSync(join(folder, "pid"), "latin1")).toBe("4711\n");
  const socket = connect(world.server?.address()?.port ?? 0, "127.0.0.1");
  socket.write("version\nverbose\ngetpid\n");
  let answer = "";
  for await (const chunk of socket) {
    answer += chunk;
    if (answer.split("\n").length > 3) break;
  }
  expect(answer).toBe("OK 1.2.3\nOK INFO\nOK 4711\n");
  world.wish("stop");
  expect(await ended).toBe(0);
  expect(existsSync(join(folder, "pid"))).toBe(false);
  expect(world.logged).toMatch(
    /^ {3}INFO \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.000000 \[ {2}main \] Starting up with pid 4711, verbose is set to INFO\n/,
  );
  expect(world.logged).toMatch(/Listening on 127\.0\.0\.1:\d+\n/);
  expect(world.logged).toMatch(/Shutdown complete\n$/);
});

test("options are passed to the server", async (context) => {
  const world = new TestWorld();
  const argv = ["--round-robin", "-j", "3", "-w", "2", "--exceptions", "--compat=1.1", "--backlog=7"];
  const more = [
    "--job-handle-prefix=X",
    "--keepalive-idle=5",
    "--max-packet-size=100",
    "--file-descriptors=200",
    ...["--listen=127.0.0.1", "-L", "::1", "--max-functions=9", "--max-functions-per-connection=8"],
    "--forget-functions=60",
    ...["--max-output-size=70000", "--max-queued-bytes=5000000000", "--stall-after=7", "--held-after=8"],
    ...["--queue-limit-count=9", "--queue-limit-bytes=f=10", "--queue-limit-age=g*=11"],
    "--queue-limit-policy=drop-newest",
  ];
  const ended = run(quiet(tmpFolder(context), ...argv, ...more), world);
  await world.isListening;
  expect(world.options).toMatchObject({
    listen: ["127.0.0.1", "::1"],
    port: 0,
    roundRobin: true,
    jobRetries: 3,
    workerWakeup: 2,
    exceptions: true,
    compat: "1.1",
    backlog: 7,
    handlePrefix: Buffer.from("X"),
    keepAliveIdleMs: 5000,
    maxPacketBytes: 100,
    maxConnections: 168,
    maxFunctions: 9,
    maxFunctionsPerConnection: 8,
    forgetFunctionsMs: 60_000,
    maxOutputBytes: 70_000,
    maxQueuedBytes: 5_000_000_000,
    stallSeconds: 7,
    heldSeconds: 8,
    queueLimits: [
      { functions: "*", count: 9 },
      { functions: "f", bytes: 10 },
      { functions: "g*", ageSeconds: 11 },
      { functions: "*", policy: "drop-newest" },
    ],
    bindTimeoutMs: 20_000,
    version: "1.2.3",
  });
  expect(world.options?.onShutdown).toBeUndefined();
  world.wish("stop");
  expect(await ended).toBe(0);
});

test("failures are logged", async (context) => {
  const world = new TestWorld();
  const argv = ["--keepalive-count=3", "--keepalive-interval=3", "-f", "100000", "--verbose=WARNING"];
  const ended = run(quiet(tmpFolder(context), ...argv), world);
  await world.isListening;
  world.wish("stop");
  await ended;
  expect(world.logged.split("\n").map((line) => line.replace(/^WARNING .*?\] /, ""))).toEqual([
    "keepalive-interval has no effect: no addon here",
    "keepalive-count has no effect: no addon here",
    "cannot raise the limit of 1024 open files to 100000: no addon here",
    "",
  ]);
});

test.for<[text: string, argv: string[]]>([
  ["threads has no effect: one event loop serves all connections", ["-t", "8"]],
  ["libdrizzle-host has no effect: gearmand has dropped this queue type", ["--libdrizzle-host=x"]],
  ["libtokyocabinet-file has no effect: gearmand has dropped this queue type", ["--libtokyocabinet-file=/x"]],
  ["mysql-host has no effect without --queue-type=mysql", ["--mysql-host=x"]],
  ["cannot raise the limit of 1024 open files to 100000", ["-f", "100000"]],
  ["--syslog has no effect: no program logger in PATH", ["--syslog"]],
  ["TLS: no certificate is given", ["--ssl"]],
  ["ssl-key has no effect without --ssl or a --listener with tls", ["--ssl-key=/x"]],
  ["http-port has no effect without --protocol=http", ["--http-port=81"]],
  ["round-robin has no effect without --compat=1.1: it is the default otherwise", ["-R"]],
  ["queue-limit-policy has no effect without ", ["--queue-limit-policy=drop-oldest"]],
  ["ssl-require-client-cert has no effect without --ssl", ["--ssl-require-client-cert"]],
])("--check-config says what a start would: %s", async ([text, argv], context) => {
  const world = new TestWorld();
  world.hasLogger = () => false;
  await run(quiet(tmpFolder(context), ...argv, "--check-config"), world);
  expect(world.printed).toContain(`${text}`);
  expect(world.printed).not.toContain("No warnings.");
});

test("a warning that the log does not show is printed to standard error", async (context) => {
  const world = new TestWorld();
  const ended = run(quiet(tmpFolder(context), "--mysql-host=x", "-t", "8"), world);
  await world.isListening;
  world.wish("stop");
  await ended;
  expect(world.errors).toEqual(["gearmand: mysql-host has no effect without --queue-type=mysql"]);
});

test("drain ends with the last job; --allow-shutdown permits it as a text command", async (context) => {
  const world = new TestWorld();
  const ended = run(quiet(tmpFolder(context), "--allow-shutdown"), world);
  await world.isListening;
  const socket = connect(world.server?.address()?.port ?? 0, "127.0.0.1");
  socket.write("shutdown graceful\n");
  const [answer] = await once(socket, "data");
  expect(String(answer)).toBe("OK\r\n");
  expect(await ended).toBe(0);
});

test("stopped while it waits for its address", async (context) => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  context.onTestFinished(() => void other.close());
  const world = new TestWorld();
  const { port } = other.address() as AddressInfo;
  const ended = run(quiet(tmpFolder(context), `--port=${port}`, "--verbose=WARNING"), world);
  await expect.poll(() => world.logged).toMatch(/is in use, next attempt in 1 s/);
  world.wish("stop");
  expect(await ended).toBe(0);
});

test("an address in use ends with 1, logged and on stderr, without pid file", async (context) => {
  const folder = tmpFolder(context);
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  context.onTestFinished(() => void other.close());
  const world = new TestWorld();
  const { port } = other.address() as AddressInfo;
  expect(await run(quiet(folder, `--port=${port}`, "--bind-timeout=0"), world)).toBe(1);
  const text = `Timeout occurred when calling bind() for 127.0.0.1:${port}`;
  expect(world.errors).toEqual([`gearmand: ${text}`]);
  expect(world.logged).toMatch(/^ {2}ERROR /);
  expect(world.logged.endsWith(` [  main ] ${text}\n`)).toBe(true);
  expect(existsSync(join(folder, "pid"))).toBe(false);
});

test.for([
  ["--max-connections=50", 50],
  ["--max-connections=5000", 992], // 1024 open files
] as const)("%s: the lower of it and what open files permit", async ([argument, wanted], context) => {
  const world = new TestWorld();
  const ended = run(quiet(tmpFolder(context), argument), world);
  await world.isListening;
  expect(world.options?.maxConnections).toBe(wanted);
  world.wish("stop");
  await ended;
});

test("a limit that cannot be read ends the start, and --check-args", async (context) => {
  for (const more of [[], ["--check-args"], ["--check-config"]]) {
    const world = new TestWorld();
    const argv = quiet(tmpFolder(context), "--queue-limit-count=f=many", ...more);
    expect(await run(argv, world)).toBe(more[0] === "--check-config" ? 2 : 1);
    expect(world.errors).toContain("gearmand: --queue-limit-count: [FUNCTION=]NUMBER is needed");
  }
});

test("SIGHUP follows the file where it can, says what needs a restart, and keeps what it has if the file is bad", async (context) => {
  const folder = tmpFolder(context);
  const file = join(folder, "gearmand.conf");
  writeFileSync(file, "--queue-limit-count=1\n");
  const world = new TestWorld();
  const ended = run(quiet(folder, `--config-file=${file}`, "--verbose=INFO"), world);
  await world.isListening;
  const submit = async (unique: string) => {
    const socket = connect(world.server?.address()?.port ?? 0, "127.0.0.1");
    const body = Buffer.from(`f\0${unique}\0w`);
    const head = Buffer.from("00524551000000120000000000", "hex").subarray(0, 12);
    head.writeUInt32BE(body.length, 8);
    socket.write(Buffer.concat([head, body]));
    const [answer] = await once(socket, "data");
    socket.destroy();
    return (answer as Buffer).readUInt32BE(4) === 8 ? "created" : "refused";
  };
  const lines = () => world.logged.split("\n").filter((line) => /hanged|configuration/.test(line));
  expect([await submit("a"), await submit("b")]).toEqual(["created", "refused"]);
  writeFileSync(file, "--queue-limit-count=2 --backlog=9 --stall-after=5\n");
  world.wish("reopen");
  expect([await submit("c"), await submit("d")]).toEqual(["created", "refused"]);
  expect(lines().map((line) => line.replace(/ 20.*?\] /, " "))).toEqual([
    "   INFO Changed: --queue-limit-count --stall-after",
    "WARNING Not changed before a restart: --backlog",
  ]);
  writeFileSync(file, "--queue-limit-count=x\n");
  world.wish("reopen");
  expect(lines().at(-1)).toMatch(
    /^ {2}ERROR .*\] The configuration stays as it is: --queue-limit-count: \[FUNCTION=\]NUMBER is needed$/,
  );
  expect(await submit("e")).toBe("refused");
  world.wish("stop");
  expect(await ended).toBe(0);
});

test("reopen continues in a new file after log rotation", async (context) => {
  const folder = tmpFolder(context);
  const log = join(folder, "log");
  const world = new TestWorld();
  const ended = run(quiet(folder, `--log-file=${log}`, "--verbose=INFO"), world);
  await world.isListening;
  renameSync(log, `${log}.1`);
  world.wish("reopen");
  expect(world.service.status()).toBe("0 connections, 0 jobs waiting, 0 running");
  world.wish("stop");
  await ended;
  expect(world.service.states).toEqual(["starting Starting", "ready", "reloading", "ready", "stopping"]);
  expect(readFileSync(`${log}.1`, "utf8")).toMatch(/^ NOTICE SIGHUP, reopening log file\n$/m);
  expect(readFileSync(log, "utf8")).toMatch(/Shutdown complete\n$/);
  expect(world.logged).toBe("");
});

test.for([
  ["log", "Is a directory"],
  ["missing/log", "No such file or directory"],
  ["log/missing/log", "No such file or directory"],
] as const)(
  "a log file that cannot be opened, %s: reported on stderr, where the log goes then",
  async ([name, reason], context) => {
    const folder = tmpFolder(context);
    mkdirSync(join(folder, "log"));
    const world = new TestWorld();
    const ended = run(quiet(folder, `--log-file=${folder}/${name}`, "--verbose=INFO"), world);
    await world.isListening;
    world.wish("stop");
    expect(await ended).toBe(0);
    expect(world.errors).toEqual([
      `gearmand: Could not open log file "${folder}/${name}", from "/work folder", switching to stderr. (${reason})`,
    ]);
    expect(world.logged.split("\n")[0]).toContain("Starting up");
    expect(existsSync(join(folder, "missing"))).toBe(false);
  },
);

test("--check-args reports options without effect, and ends with 0", async () => {
  const world = new TestWorld();
  const argv = ["--check-args", "--config-file=/dev/null", "-t", "8", "--mysql-host=x", "-f", "100000"];
  expect(await run(argv, world)).toBe(0);
  expect(world.errors).toEqual([
    "gearmand: threads has no effect: one event loop serves all connections",
    "gearmand: mysql-host has no effect without --queue-type=mysql",
    "gearmand: cannot raise the limit of 1024 open files to 100000: no addon here",
  ]);
});

test.for([
  [["foo"], "unrecognised option 'foo'"],
  [["--", "x"], "unrecognised option '--'"],
  [["@file"], "unrecognised option '@file'"],
  [["--backlog="], "the argument for option '--backlog' should follow immediately after the equal sign"],
] as const)("gearmand-words: %j: message, exit 1", async ([argv, text]) => {
  const world = new TestWorld();
  expect(await run(argv, world)).toBe(1);
  expect(world.errors).toEqual([`gearmand: ${text}`]);
  expect(world.server).toBeUndefined();
});

test("without --file-descriptors the limit of open files bounds the connections", async (context) => {
  const world = new TestWorld();
  world.openFilesLimit = 34;
  const ended = run(quiet(tmpFolder(context)), world);
  await world.isListening;
  const port = world.server?.address()?.port ?? 0;
  const kept = [connect(port, "127.0.0.1"), connect(port, "127.0.0.1")];
  for (const socket of kept) {
    socket.write("version\n");
    await once(socket, "data");
  }
  for (let n = 0; n < 2; n++) {
    const refused = connect(port, "127.0.0.1").on("error", () => undefined);
    await once(refused, "close");
  }
  kept[0]?.write("version\n");
  expect(String(await once(kept[0] as Socket, "data"))).toBe("OK 1.2.3\n");
  world.wish("stop");
  await ended;
  expect(world.logged).toMatch(
    /^(?: {2}ERROR .*closed a new connection: there are 2, the most that are allowed\n){2}$/, // the second one at the end
  );
});

test("--daemon leaves the serving to the detached process", async (context) => {
  const folder = tmpFolder(context);
  const world = new TestWorld();
  expect(await run(quiet(folder, "-d"), world)).toBe(7);
  expect(existsSync(join(folder, "pid"))).toBe(false);
  world.isDetached = true;
  const ended = run(quiet(folder, "-d"), world);
  await world.isListening;
  world.wish("stop");
  expect([await ended, world.detached]).toEqual([0, 1]);
});

test("--daemon under a service manager stays: PARAMS of Debian's package have it", async (context) => {
  const world = new TestWorld();
  world.service.isWaiting = true;
  const ended = run(quiet(tmpFolder(context), "-d"), world);
  await world.isListening;
  world.wish("stop");
  expect([await ended, world.detached]).toEqual([0, 0]);
});

test("--user takes effect before any file is written", async (context) => {
  const folder = tmpFolder(context);
  const world = new TestWorld();
  world.becomeUser = () => {
    throw new UserError("NOT_ROOT", "Must be root to switch users.");
  };
  expect(await run(quiet(folder, "-u", "nobody"), world)).toBe(1);
  expect(world.errors).toEqual(["gearmand: Must be root to switch users."]);
  expect(existsSync(join(folder, "pid"))).toBe(false);
});
