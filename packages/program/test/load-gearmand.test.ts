import { describe, expect, test } from "vitest";
import { loadGearmand } from "../src/load-gearmand.ts";
import { memoryFiles } from "./memory-files.ts";

function load(argv: string[], files: Record<string, string> = {}, env: Record<string, string> = {}) {
  const request = loadGearmand(argv, memoryFiles(files, { env }));
  if (!("options" in request)) throw new Error("no options");
  return request;
}
const options = (...argv: string[]) => load(argv).options;

test("the defaults", () => {
  expect(options()).toEqual({
    adminNames: [],
    adminServers: [],
    backlog: 1024,
    checkArgs: false,
    clientRights: [],
    listener: [],
    coredump: false,
    daemon: false,
    exceptions: false,
    jobRetries: 0,
    hashtableBuckets: 991,
    keepalive: false,
    keepaliveIdleSeconds: -1,
    keepaliveIntervalSeconds: -1,
    keepaliveCount: -1,
    logFile: "/var/log/gearmand.log",
    listen: [],
    port: 4730,
    pidFile: "/var/gearmand.pid",
    httpPort: 8080,
    roundRobin: false,
    queueType: "builtin",
    syslog: false,
    threads: 4,
    verbose: "ERROR",
    workerWakeup: 0,
    ssl: false,
    sslRequireClientCert: false,
    storeQueueOnShutdown: false,
    libsqlite3Table: "gearman_queue",
    libpqTable: "queue",
    mysqlHost: "localhost",
    mysqlPort: 3306,
    mysqlTable: "gearman_queue",
    redisServer: "127.0.0.1",
    redisPort: 6379,
    redisPrefix: "_gear_",
    libmemcachedPrefix: "gear_",
    bindTimeoutSeconds: 20,
    compat: "2.0",
    allowShutdown: false,
    maxPacketBytes: 268_435_456,
    maxFunctions: 1_000_000,
    maxFunctionsPerConnection: 1_000_000,
    maxOutputBytes: 268_435_456,
    queueLimitCount: [],
    queueLimitBytes: [],
    queueLimitAge: [],
    queueLimitPolicy: [],
    maxQueuedBytes: 0,
    stallSeconds: 60,
    heldSeconds: 3600,
    forgetFunctionsSeconds: 0,
  });
});

test("options that existing test suites and units pass", () => {
  const loaded = load([
    ..."--verbose=INFO --log-file=/l --pid-file=/p --port=4731 -u root --listen=localhost --round-robin".split(
      " ",
    ),
    ..."--job-retries=2 --worker-wakeup=3 --queue-type=LibSqlite3 --libsqlite3-db=/d --libsqlite3-table=t".split(
      " ",
    ),
    ..."--store-queue-on-shutdown --protocol=http --http-port=8081 --exceptions --threads=1 --backlog=64".split(
      " ",
    ),
    ..."--keepalive --keepalive-idle=9 --keepalive-interval=8 --keepalive-count=7 --syslog --coredump".split(
      " ",
    ),
    ..."--check-args -f 100 --hashtable-buckets=7 --job-handle-prefix=H:x --daemon --ssl --ssl-key=/k".split(
      " ",
    ),
  ]);
  expect(loaded.warnings.filter(({ isAdvice }) => isAdvice !== true)).toEqual([]);
  expect(loaded.options).toMatchObject({
    verbose: "INFO",
    logFile: "/l",
    pidFile: "/p",
    port: 4731,
    user: "root",
    listen: ["localhost"],
    roundRobin: true,
    jobRetries: 2,
    workerWakeup: 3,
    queueType: "libsqlite3",
    libsqlite3Db: "/d",
    libsqlite3Table: "t",
    storeQueueOnShutdown: true,
    protocol: "http",
    httpPort: 8081,
    exceptions: true,
    threads: 1,
    backlog: 64,
    keepalive: true,
    keepaliveIdleSeconds: 9,
    keepaliveIntervalSeconds: 8,
    keepaliveCount: 7,
    syslog: true,
    coredump: true,
    checkArgs: true,
    fileDescriptors: 100,
    hashtableBuckets: 7,
    jobHandlePrefix: Buffer.from("H:x"),
    daemon: true,
    ssl: true,
    sslKey: "/k",
  });
});

test.for([
  ["--nope", "BAD_LINE", "unrecognised option '--nope'"],
  ["--port=70000", "BAD_VALUE", "port: a number from 0 to 65535 is needed"],
  ["--port=1x", "BAD_VALUE", "port: '1x' is not a number"],
  ["--port=x", "BAD_VALUE", "port: 'x' is neither a number nor a TCP service of /etc/services"],
  ["--max-functions=0", "BAD_VALUE", "max-functions: a number from 1 to 16000000 is needed"],
  ["--job-retries=256", "BAD_VALUE", "job-retries: a number from -1 to 255 is needed"],
  ["--worker-wakeup=256", "BAD_VALUE", "worker-wakeup: a number from 0 to 255 is needed"],
  ["--hashtable-buckets=0", "BAD_VALUE", "hashtable-buckets: a number from 1 to 2147483647 is needed"],
  ["--file-descriptors=0", "BAD_VALUE", "file-descriptors: a number from 1 to 10000000 is needed"],
  ["--verbose=info", "BAD_VALUE", "Invalid value for --verbose supplied"],
  ["--protocol=x", "BAD_VALUE", "Unknown protocol module : x"],
  ["--queue-type=x", "BAD_VALUE", "Error while initializing the queue : x"],
  ["--queue-type=libdrizzle", "BAD_VALUE", "queue type not supported: libdrizzle"],
  [`--job-handle-prefix=${"x".repeat(53)}`, "BAD_VALUE", "job handle prefix is too long"],
  ["--max-packet-size=11", "BAD_VALUE", "max-packet-size: a number from 12 to 2147483647 is needed"],
  ["--compat=3", "BAD_VALUE", "unknown --compat: 3"],
] as const)("%s is refused", ([argument, code, message]) =>
  expect(() => load([argument])).toThrow(
    expect.objectContaining({ code, message, where: "command line", exitCode: 1 }),
  ),
);

test("accepted bounds", () => {
  expect(options("--max-packet-size=12", "--allow-shutdown")).toMatchObject({
    maxPacketBytes: 12,
    allowShutdown: true,
  });
  expect(options("--port=0", "--job-retries=-1", "--worker-wakeup=255")).toMatchObject({
    port: 0,
    jobRetries: 0,
    workerWakeup: 255,
  });
  expect(options(`--job-handle-prefix=${"x".repeat(52)}`).jobHandlePrefix).toHaveLength(52);
});

describe("help, version, check", () => {
  test.for([["-h"], ["--port=1", "--help"]])("%j", (argv) =>
    expect(loadGearmand(argv, memoryFiles({}))).toEqual({
      help: expect.stringContaining("-p, --port=NUMBER"),
    }),
  );
  test.for([["-V"], ["--version"]])("%j", (argv) =>
    expect(loadGearmand(argv, memoryFiles({}))).toEqual({ version: true }),
  );
  test("--check-config", () => expect(load(["--check-config"]).checkConfig).toBe(true));
  test("hidden options are not in the help", () => {
    const request = loadGearmand(["-h"], memoryFiles({}));
    expect(request).not.toEqual({ help: expect.stringMatching(/check-args|drizzle/) });
  });
});

describe("the configuration file", () => {
  test("contains command line options; the command line has precedence", () => {
    const loaded = load(["--config-file=/g.conf", "-p", "5"], {
      "/g.conf": "# comment --port=9\n--port=1\t--listen 127.0.0.1\n--round-robin\n",
    });
    expect(loaded.options).toMatchObject({ port: 5, listen: ["127.0.0.1"], roundRobin: true });
    expect(loaded.sources.get("listen")).toBe("/g.conf:2");
    expect(loaded.sources.get("port")).toBe("command line");
  });
  test("words without dashes are reported, without the text after =", () =>
    expect(load(["--config-file=/g.conf"], { "/g.conf": "port=1\n--mysql-password x y\n" }).warnings).toEqual(
      [
        { level: "warn", text: "'port' is not an option, ignored", where: "/g.conf:1" },
        { level: "warn", text: "'(hidden)' is not an option, ignored", where: "/g.conf:2" },
      ],
    ));
  test("hidden-name: after a secret only the words of the same line are hidden", () => {
    const file = "--mysql-password x y port\nport\nfoo\n--mysql-user u\n--redis-password\nx z\nlisten\n";
    const strays = load(["--config-file=/g.conf"], { "/g.conf": file }).warnings.filter(({ text }) =>
      text.includes("is not an option"),
    );
    expect(strays.map(({ text, where }) => `${where} ${text}`)).toEqual([
      "/g.conf:1 '(hidden)' is not an option, ignored",
      "/g.conf:1 '(hidden)' is not an option, ignored",
      "/g.conf:2 'port' is not an option, ignored",
      "/g.conf:3 'foo' is not an option, ignored",
      "/g.conf:6 '(hidden)' is not an option, ignored",
      "/g.conf:7 'listen' is not an option, ignored",
    ]);
  });
  test("hash-in-key: a # inside a word ends the line with a warning", () => {
    const files = { "/g.conf": "--port=5 # comment\n# comment\n--mysql-password=abc#def\n" };
    expect(load(["--config-file=/g.conf"], files)).toMatchObject({
      options: { mysqlPassword: "abc" },
      warnings: [{ text: "'#' at byte 21 ends the line within a word", where: "/g.conf:3" }],
    });
  });
  test("a byte order mark at the start of the file is skipped", () =>
    expect(load(["--config-file=/g.conf"], { "/g.conf": "\ufeff--port=5\n" }).options.port).toBe(5));
  test("an unknown option in it is an error", () =>
    expect(() => load(["--config-file=/g.conf"], { "/g.conf": "\n--x" })).toThrow(
      expect.objectContaining({ code: "BAD_LINE", where: "/g.conf:2" }),
    ));
  test("the default file may be missing, a named one may not", () => {
    expect(load([], { "/etc/gearmand.conf": "--port=7" }).options.port).toBe(7);
    expect(() => load(["--config-file=/gone"])).toThrow(
      expect.objectContaining({
        code: "UNREADABLE_FILE",
        message: expect.stringMatching(/^Could not open configuration file\. \/gone: /),
        exitCode: 1,
      }),
    );
  });
});

describe("the environment", () => {
  const env = { GEARMAND_PORT: "99", GEARMAND_SERVER_KEY: "/env.key" };
  test("GEARMAND_PORT applies if the port is the default one", () => {
    expect(load([], {}, env).options.port).toBe(99);
    expect(load(["--port=4730"], {}, env).options.port).toBe(99);
    expect(load(["--port=1"], {}, env).options.port).toBe(1);
    expect(load([], {}, env).sources.get("port")).toBe("environment GEARMAND_PORT");
  });
  test("TLS files of the environment have precedence", () =>
    expect(load(["--ssl-key=/line.key"], {}, env).options.sslKey).toBe("/env.key"));
});

test("passwords are shown by length only", () => {
  const { effective } = load([
    "--mysql-password=hunter2",
    "--libpq-conninfo=password=hunter2",
    "--libdrizzle-password=hunter2",
    "--redis-password=hunter2",
  ]);
  expect(JSON.stringify(effective)).not.toContain("hunter2");
  expect(effective).toContainEqual({
    option: "mysql-password",
    value: "set (7 bytes)",
    where: "command line",
  });
});

test("--check-config fails with 2, all other calls with 1", () => {
  const reported = { code: "BAD_VALUE", message: expect.stringContaining("port") };
  expect(() => load(["--port=x"])).toThrow(expect.objectContaining({ ...reported, exitCode: 1 }));
  expect(() => load(["--port=x", "--check-config"])).toThrow(
    expect.objectContaining({ ...reported, exitCode: 2 }),
  );
});

describe("gearmand-words: arguments that gearmand refuses", () => {
  test.for<[argv: string[], message: string]>([
    [["foo"], "unrecognised option 'foo'"],
    [["--", "x"], "unrecognised option '--'"],
    [["--"], "unrecognised option '--'"],
    [["@file"], "unrecognised option '@file'"],
    [[""], "unrecognised option ''"],
    [["-"], "unrecognised option '-'"],
    [["--daemon", "foo=hunter2"], "unrecognised option 'foo'"],
    [["port=4731"], "unrecognised option 'port', write --port=..."],
    [["--mysql-password", "a", "hunter2"], "unrecognised option '(hidden)'"],
    [["foo", "--help"], "unrecognised option 'foo'"],
    [["--backlog="], "the argument for option '--backlog' should follow immediately after the equal sign"],
    [["--listen="], "the argument for option '--listen' should follow immediately after the equal sign"],
    [
      ["--round-robin="],
      "the argument for option '--round-robin' should follow immediately after the equal sign",
    ],
    [["--port=1", "-p", "2"], "option '--port' cannot be specified more than once"],
    [["-R", "--round-robin"], "option '--round-robin' cannot be specified more than once"],
  ])("%j", ([argv, message]) =>
    expect(() => load(argv)).toThrow(expect.objectContaining({ code: "BAD_LINE", message, exitCode: 1 })),
  );
  test("also in the file, where other words are ignored with a warning", () => {
    const files = { "/g": "--listen=\n", "/h": "--port=1 --port=2\n", "/i": "foo @file\n--port=1\n" };
    expect(() => load(["--config-file=/g"], files)).toThrow(
      "the argument for option '--listen' should follow immediately after the equal sign",
    );
    expect(() => load(["--config-file=/h"], files)).toThrow("'--port' cannot be specified more than once");
    expect(load(["--config-file=/i", "-p", "2"], files)).toMatchObject({
      options: { port: 2 },
      warnings: [{ text: "'foo' is not an option, ignored" }, { text: "'@file' is not an option, ignored" }],
    });
  });
  test("an empty separate argument is a value, as in gearmand", () =>
    expect(load(["--listen", "", "-l", ""]).options).toMatchObject({ listen: [] }));
});

test("--listen may be repeated; those of the command line replace those of the file", () => {
  const files = { "/g": "--listen=a --listen=b\n" };
  expect(load(["--config-file=/g"], files).options.listen).toEqual(["a", "b"]);
  const both = load(["--config-file=/g", "-L", "localhost", "-L", "127.0.0.1"], files);
  expect(both.options.listen).toEqual(["localhost", "127.0.0.1"]);
  expect(both.sources.get("listen")).toBe("command line");
});

describe("ports given as service names", () => {
  const services = [
    "# comment",
    "gearman 4730/tcp",
    "gearman\t4730/udp",
    "other 9/udp",
    "other 10/tcp alias # x",
  ].join("\n");
  const files = { "/etc/services": services, "/g": "--port other\n" };
  test("names and aliases", () => {
    expect(load(["-p", "gearman", "--http-port=other", "--redis-port=alias"], files).options).toMatchObject({
      port: 4730,
      httpPort: 10,
      redisPort: 10,
    });
    expect(load(["--config-file=/g"], files).options.port).toBe(10);
  });
  test("GEARMAND_PORT may be a name, and applies if the port is the default one", () => {
    const env = { GEARMAND_PORT: "alias" };
    expect(load([], files, env).options.port).toBe(10);
    expect(load(["--port=gearman"], files, env).options.port).toBe(10);
    expect(load(["--port=other"], files, { GEARMAND_PORT: "1" }).options.port).toBe(10);
  });
  test.for(["comment", "#", "udp", "4730/tcp"])("%s is not a service", (name) =>
    expect(() => load([`--port=${name}`], files)).toThrow(expect.objectContaining({ code: "BAD_VALUE" })),
  );
});
