import { type Loaded, moduleTable, type WorkerOptions, workerTable } from "@mod-gearman/config";
import { describe, expect, test } from "vitest";
import { loadModule } from "../src/load-module.ts";
import { loadWorker } from "../src/load-worker.ts";
import { memoryFiles } from "./memory-files.ts";

const KEY = "0123456789abcdef";
const BASE = ["--server=s", `--key=${KEY}`, "--hosts"];

function load(argv: string[], files: Record<string, string | Buffer> = {}): Loaded<WorkerOptions> {
  const request = loadWorker(argv, memoryFiles(files));
  if (!("options" in request)) throw new Error("no options");
  return request;
}
const options = (...argv: string[]) => load([...BASE, ...argv]).options;
const fromFile = (text: string | Buffer) => load([...BASE, "--config=/w.cfg"], { "/w.cfg": text });
/** Warnings about values, without advice. */
const complaints = (loaded: Loaded<WorkerOptions>) => loaded.warnings.filter((one) => one.isAdvice !== true);
const texts = (loaded: { warnings: { text: string }[] }) => loaded.warnings.map((one) => one.text);

test("the defaults", () => {
  const loaded = load(BASE);
  expect(loaded.options).toMatchObject({
    identifier: Buffer.from("tester"),
    debug: 0,
    logmode: "automatic",
    debugResult: false,
    daemon: false,
    servers: [{ host: "s", port: 4730 }],
    dupservers: [],
    encryption: true,
    key: Buffer.from(KEY),
    hosts: true,
    services: false,
    eventhandler: false,
    notifications: false,
    maxAgeSeconds: 0,
    jobTimeoutSeconds: 60,
    timeoutReturn: 3,
    minWorker: 1,
    maxWorker: 20,
    idleTimeoutSeconds: 10,
    maxJobs: 1000,
    spawnRate: 3,
    sinkRate: 1,
    numResultWorker: 0,
    backgroundingThresholdSeconds: 30,
    loadCpuMulti: 2.5,
    loadLimit1: 0,
    memLimitPercent: 70,
    showErrorOutput: true,
    workerNameInResult: "off",
    dupResultsArePassive: true,
    dupserverBacklogQueueSize: 1000,
    restrictPath: [],
    restrictCommandCharacters: Buffer.from("$&();<>`\"'|"),
    gearmanConnectionTimeoutMs: 5000,
    enableEmbeddedPerl: false,
    useEmbeddedPerlImplicitly: false,
    usePerlCache: true,
    internalNegate: true,
    internalCheckDummy: true,
    internalCheckNscWeb: true,
    internalCheckPrometheus: true,
    stickyState: false,
    resultSpoolBytes: 67_108_864,
    allowDrainJob: false,
  });
  expect(loaded.checkConfig).toBe(false);
  expect(texts(loaded)).toEqual([]);
});

test("queues to register, byte for byte", () => {
  const { functions } = options(
    "--services=yes",
    "--eventhandlers",
    "--notification",
    "--hostgroup=ä,b",
    "--servicegroups=c",
  );
  expect(functions().map(String)).toEqual([
    "eventhandler",
    "host",
    "service",
    "notification",
    "hostgroup_ä",
    "hostgroup_b",
    "servicegroup_c",
  ]);
  functions().pop();
  expect(functions()).toHaveLength(7);
});

describe("the command line", () => {
  test.for(["-h", "--help", "help", "-H", "--HELP"])("%s shows the help", (argument) => {
    const request = loadWorker(["--config=/gone", argument], memoryFiles({}));
    expect(request).toEqual({ help: expect.stringContaining("--min-worker=NUMBER") });
  });
  test.for(["-v", "-V", "--version", "version", "-version"])("%s asks for the version", (argument) =>
    expect(loadWorker([argument], memoryFiles({}))).toEqual({ version: true }),
  );
  test("case and kind of dash are ignored", () => {
    expect(options("-Min_Worker=3", "--MAX-AGE=7")).toMatchObject({ minWorker: 3, maxAgeSeconds: 7 });
  });
  test("a key without value means yes", () => {
    expect(options("-d", "--debug-result")).toMatchObject({ daemon: true, debugResult: true });
    expect(options("--identifier").identifier.toString()).toBe("yes");
  });
  test("except for a password", () =>
    expect(() => load(["--server=s", "--hosts", "--key"])).toThrow(
      expect.objectContaining({ code: "BAD_VALUE", message: "option 'key' needs a value" }),
    ));
  test("arguments after -- are ignored", () =>
    expect(load([...BASE, "--", "--hosts=no", "--help"]).options.hosts).toBe(true));
  test("words without dash are reported by name only", () => {
    expect(texts(load([...BASE, "server=other", "foo"]))).toEqual([
      "server is not a param!, ignoring; write --server=...",
      "(hidden) is not a param!, ignoring",
    ]);
  });
  test("--check-config is passed to the program", () =>
    expect(load([...BASE, "--check-config"]).checkConfig).toBe(true));
  test("is UTF-8", () => expect(options("--identifier=wörker").identifier).toEqual(Buffer.from("wörker")));
});

describe("testcmd", () => {
  test("needs neither server nor queue and takes the remaining arguments unchanged", () => {
    const request = loadWorker(
      ["--job_timeout=5", "testcmd", "--", "/bin/x", "--help", "a b"],
      memoryFiles({}),
    );
    expect(request).toMatchObject({
      testcmd: ["/bin/x", "--help", "a b"],
      options: { jobTimeoutSeconds: 5, enableEmbeddedPerl: true, servers: [] },
    });
  });
  test("the -- is optional", () =>
    expect(loadWorker(["testcmd", "/bin/x", "-v"], memoryFiles({}))).toMatchObject({
      testcmd: ["/bin/x", "-v"],
    }));
  test("without a command the program prints the usage", () =>
    expect(loadWorker(["testcmd"], memoryFiles({}))).toMatchObject({ testcmd: [] }));
});

describe("files", () => {
  test("# inside a value is kept, other bytes too", () => {
    const loaded = fromFile("# key=wrong\n  key = abc#def-16-bytes-and-ä \r\nidentifier=voilà\n");
    expect(loaded.options.key).toEqual(Buffer.from("abc#def-16-bytes-and-ä"));
    expect(loaded.options.identifier).toEqual(Buffer.from("voilà"));
    expect(loaded.sources.get("key")).toBe("/w.cfg:2");
  });
  test("a switch may have no value, also one of the module", () =>
    expect(fromFile("services\naccept_clear_results\n").options.services).toBe(true));
  test.for(["identifier", "key secret", "nonsense", "result_queue"])("%j alone is fatal", (line) =>
    expect(() => fromFile(`\n${line}\n`)).toThrow(
      expect.objectContaining({
        code: "BAD_LINE",
        message: "parse error in file /w.cfg:2: expected key=value",
        where: "/w.cfg:2",
        exitCode: 2,
      }),
    ),
  );
  test("unknown keys are reported without their value", () =>
    expect(fromFile("passwort=hunter2\n").warnings).toEqual([
      { level: "warn", text: "unknown configuration option: passwort", where: "/w.cfg:1" },
    ]));
  test("includes have three spellings, are relative to the working directory, and override in place", () => {
    const loaded = load([...BASE, "--max-age=1", "--config=a.cfg", "--job_timeout=9"], {
      "a.cfg": "max-age=2\nconfigfile=sub/b.cfg\njob_timeout=1\n",
      "sub/b.cfg": "include=sub/c.cfg\n",
      "sub/c.cfg": "identifier=c\n",
    });
    expect(loaded.options).toMatchObject({
      maxAgeSeconds: 2,
      jobTimeoutSeconds: 9,
      identifier: Buffer.from("c"),
    });
  });
  test("folders", () => {
    const loaded = load([...BASE, "--config=/d"], {
      "/d/2.cfg": "identifier=two\n",
      "/d/1.conf": "identifier=one\n",
      "/d/3.txt": "identifier=three\n",
    });
    expect(loaded.options.identifier.toString()).toBe("two");
  });
  test("unreadable files", () => {
    expect(() => load(["--config=/gone"])).toThrow(
      expect.objectContaining({
        code: "UNREADABLE_FILE",
        message: "cannot read /gone: no such file or directory",
      }),
    );
    expect(() => fromFile("\nconfig=/gone\n")).toThrow(
      "parse error in file /w.cfg:2: cannot read /gone: no such file or directory",
    );
    expect(() => fromFile("config=/w.cfg\n")).toThrow(
      expect.objectContaining({ code: "TOO_DEEP", exitCode: 2 }),
    );
  });
});

describe("values", () => {
  test.for([
    ["--services=ON", { services: true }, 0],
    ["--services=True", { services: true }, 0],
    ["--hosts=no", { hosts: false }, 0],
    ["--show_error_output=maybe", { showErrorOutput: false }, 1],
    ["--job_timeout=0", { jobTimeoutSeconds: 1 }, 0],
    ["--job_timeout=7.9", { jobTimeoutSeconds: 7 }, 0],
    ["--min-worker=0", { minWorker: 1 }, 0],
    ["--max-worker=-1", { maxWorker: 1 }, 0],
    ["--max-age=-1", { maxAgeSeconds: 0 }, 0],
    ["--idle-timeout=-1", { idleTimeoutSeconds: 10 }, 0],
    ["--idle-timeout=0", { idleTimeoutSeconds: 0 }, 0],
    ["--max-jobs=-1", { maxJobs: 1000 }, 0],
    ["--spawn-rate=-1", { spawnRate: 1 }, 0],
    ["--sink-rate=0", { sinkRate: 3 }, 0],
    ["--load_limit1=-2", { loadLimit1: 0 }, 0],
    ["--load_limit5=1.5", { loadLimit5: 1.5 }, 0],
    ["--load_cpu_multi=.5", { loadCpuMulti: 0.5 }, 0],
    ["--timeout_return=2", { timeoutReturn: 2 }, 0],
    ["--timeout_return=4", { timeoutReturn: 3 }, 1],
    ["--debug=9", { debug: 3 }, 0],
    ["--debug=-1", { debug: 0 }, 0],
    ["--worker_name_in_result=PRE_perfdata", { workerNameInResult: "pre_perfdata" }, 0],
    ["--worker_name_in_result=maybe", { workerNameInResult: "off" }, 1],
    ["--logmode=core", { logmode: "automatic" }, 1],
    ["--restrict_path=/a,b", { restrictPath: ["/a,b"] }, 0],
    ["--pidfile=/run/x", { pidfile: "/run/x" }, 0],
    [
      "--dupserver=d,:1",
      {
        dupservers: [
          { host: "d", port: 4730 },
          { host: "0.0.0.0", port: 1 },
        ],
      },
      0,
    ],
    ["--server=s", { servers: [{ host: "s", port: 4730 }] }, 1],
    ["--memprofile=x", {}, 1],
    ["--limit_cpu_seconds=30", { limitCpuSeconds: 30 }, 0],
    ["--limit_memory=512M", { limitMemoryBytes: 536_870_912 }, 0],
    ["--limit-memory=1048576", { limitMemoryBytes: 1_048_576 }, 0],
    ["--limit_open_files=64", { limitOpenFiles: 64 }, 0],
    ["--run_as=nobody", { runAs: "nobody" }, 0],
    ["--run_as=1000:nogroup", { runAs: "1000:nogroup" }, 0],
    ["--sticky_state", { stickyState: true }, 0],
    ["--allow_drain_job=on", { allowDrainJob: true }, 0],
    ["--result_spool=/var/spool/x", { resultSpool: "/var/spool/x" }, 0],
    ["--result_spool=off", { resultSpool: false }, 0],
    ["--result_spool_size=1g", { resultSpoolBytes: 1_073_741_824 }, 0],
  ] as const)("%s", ([argument, expected, warnings]) => {
    const loaded = load([...BASE, "--services", argument]);
    expect(loaded.options).toMatchObject(expected);
    expect(complaints(loaded)).toHaveLength(warnings);
  });
  test("the placeholder of packages is not a pid file", () =>
    expect(options("--pidfile=%PIDFILE%")).not.toHaveProperty("pidfile"));
  test("min-worker raises max-worker", () => {
    const loaded = load([...BASE, "--max-worker=5", "--min-worker=30"]);
    expect(loaded.options).toMatchObject({ minWorker: 30, maxWorker: 30 });
    expect(loaded.effective).toContainEqual({ option: "max-worker", value: "30", where: "command line" });
    expect(texts(loaded)).toEqual(["max-worker is below min-worker, raised to 30"]);
  });
  test("a bad timeout_return is reported with the text of the originals", () =>
    expect(texts(load([...BASE, "--timeout_return=7"]))).toEqual(["Warning: unknown timeout_return: 7"]));
  test("a limit of 0 means no limit", () => {
    const none = options("--limit_cpu_seconds=0", "--limit_memory=off", "--limit_open_files=0");
    expect(Object.keys(none).filter((name) => name.startsWith("limit"))).toEqual([]);
  });
  test.for([
    ...["--debug=abc", "--max-age=1e", "--load_limit1=-", "--server=a:b", "--dupserver=[x]"],
    ...[
      "--limit_memory=512",
      "--limit_memory=lots",
      "--run_as=a:b:c",
      "--run_as=:staff",
      "--result_spool_size=0",
    ],
  ])("%s is an error", (argument) =>
    expect(() => load([...BASE, argument])).toThrow(
      expect.objectContaining({ code: "BAD_VALUE", where: "command line", exitCode: 2 }),
    ),
  );
  test("an error in a file contains its line", () =>
    expect(() => fromFile("debug=abc\n")).toThrow(
      "parse error in file /w.cfg:1: debug: 'abc' is not a number",
    ));
  test("group names up to gearmand's limit are accepted", () => {
    expect(
      options(`--servicegroups=${"x".repeat(498)}`)
        .functions()
        .at(-1),
    ).toHaveLength(511);
    expect(options(`--servicegroups=${"x".repeat(499)}`).servicegroups).toEqual([]);
  });
  test("latin1 files are read byte for byte", () =>
    expect(fromFile(Buffer.from("identifier=w\xe4\n", "latin1")).options.identifier).toEqual(
      Buffer.from([0x77, 0xe4]),
    ));
});

test.for([
  [["--hosts", "--key=x"], "NO_SERVER", "no server specified"],
  [["--server=s"], "NO_QUEUE", "no listen queues defined"],
  [["--server=s", "--hosts"], "NO_KEY", "encryption enabled but no keys defined"],
  [["--server=s", "--hosts", "--keyfile=/k"], "UNREADABLE_FILE", "cannot read /k: no such file or directory"],
] as const)("%j: %s", ([argv, code, message]) =>
  expect(() => load([...argv])).toThrow(expect.objectContaining({ code, message, exitCode: 2 })),
);

test("an error includes earlier warnings", () =>
  expect(() => load(["--foo=1"])).toThrow(
    expect.objectContaining({
      warnings: [expect.objectContaining({ text: "unknown configuration option: foo" })],
    }),
  ));

test("the key file has precedence over the key", () => {
  const loaded = load([...BASE, "--keyfile=/k"], { "/k": "  from-file-with-blanks \r\nsecond\n" });
  expect(loaded.options.key).toEqual(Buffer.from("  from-file-with-blanks"));
  expect(texts(loaded)).toEqual(["both key and keyfile are set, keyfile is used"]);
});

test("one file can serve module and worker", () => {
  const fileOf = (schema: object) =>
    Object.keys(schema)
      .filter((name) => !["config", "keyfile", "envelope", "tls"].includes(name))
      .map((name) => `${name}=1\n`)
      .join("");
  const unknown = (text: string) => text.includes("unknown configuration") || text.includes("unknown option");
  expect(texts(fromFile(fileOf(moduleTable))).filter(unknown)).toEqual([]);
  const asModule = loadModule("config=/w.cfg", "/", memoryFiles({ "/w.cfg": fileOf(workerTable) }));
  expect(texts(asModule).filter(unknown)).toEqual([]);
});

test("secrets are not shown", () => {
  const SECRET = "hunter2hunter2hunter2";
  for (const argv of [
    [...BASE, `--key=${SECRET}`, SECRET],
    [...BASE, "--key=a", SECRET, SECRET],
    [...BASE, `key=${SECRET}`],
    [...BASE, `--passwort=${SECRET}`, SECRET],
    ["--key", SECRET, "--server=s"],
  ]) {
    let reported: string;
    try {
      const loaded = load(argv);
      reported = JSON.stringify([loaded.warnings, loaded.effective]);
    } catch (error) {
      reported = JSON.stringify(error) + String(error);
    }
    expect(reported).not.toContain(SECRET);
  }
});
