import { fromUtf8, type Loaded, type ModuleOptions, moduleTable } from "@mod-gearman/config";
import { describe, expect, test } from "vitest";
import { loadModule } from "../src/load-module.ts";
import { memoryFiles } from "./memory-files.ts";

const KEY = "0123456789abcdef";
/** Settings that every usable line needs. */
const BASE = `server=s key=${KEY}`;

function load(args: string, files: Record<string, string | Buffer> = {}, own: string[] = []) {
  return loadModule(args, "/etc/mg", memoryFiles(files), own);
}
function options(args: string, files: Record<string, string | Buffer> = {}): ModuleOptions {
  return load(args, files).options;
}
/** As a file, where values may hold blanks. */
function fromFile(text: string): ReturnType<typeof load> {
  return load(`${BASE} config=m.conf`, { "/etc/mg/m.conf": text });
}
/** Warnings about values, without advice. */
const complaints = ({ warnings }: Pick<Loaded<unknown>, "warnings">) =>
  texts({ warnings: warnings.filter((one) => one.isAdvice !== true) });
const texts = (loaded: { warnings: { text: string; level: string }[] }) =>
  loaded.warnings.filter((one) => one.level !== "debug").map((one) => one.text);

test("the defaults", () => {
  const loaded = load(BASE);
  expect(loaded.options).toMatchObject({
    debug: 0,
    logmode: "automatic",
    logStatsIntervalSeconds: 60,
    servers: [{ host: "s", port: 4730 }],
    dupservers: [],
    gearmanConnectionTimeoutMs: 5000,
    encryption: true,
    key: Buffer.from(KEY),
    acceptClearResults: false,
    hosts: true,
    services: true,
    eventhandler: true,
    notifications: false,
    hostgroups: [],
    doHostchecks: true,
    routeEventhandlerLikeChecks: false,
    useUniqJobs: true,
    resultQueue: Buffer.from("check_results"),
    resultWorkers: 1,
    perfdata: [],
    perfdataSendAll: false,
    perfdataMode: 1,
    orphanHostChecks: true,
    orphanServiceChecks: true,
    orphanReturn: 2,
    latencyFlattenWindowSeconds: 30,
    internalCheckDummy: true,
    debugResult: false,
    exports: [],
    bridgeArgs: [],
    checksWhenAway: "hold",
    eventhandlersWhenAway: "local",
    notificationsWhenAway: "local",
    nextCheckLine: false,
  });
  expect(texts(loaded)).toEqual([]);
  for (const name of [
    "logfile",
    "queueCustomVariable",
    "bridgeSocket",
    "bridgeCommand",
    "bridgeInstance",
    "layoutDir",
  ]) {
    expect(loaded.options).not.toHaveProperty(name);
  }
});

test("the default templates are separated by tabs", () => {
  const { hostPerfdataTemplate: host, servicePerfdataTemplate: service } = options(BASE);
  const names = (template: Buffer) =>
    template
      .toString()
      .split("\t")
      .map((part) => part.split("::")[0]);
  expect(names(host).join(" ")).toBe(
    "DATATYPE TIMET HOSTNAME HOSTPERFDATA HOSTCHECKCOMMAND HOSTSTATE HOSTSTATETYPE",
  );
  expect(names(service).join(" ")).toBe(
    "DATATYPE TIMET HOSTNAME SERVICEDESC SERVICEPERFDATA SERVICECHECKCOMMAND HOSTSTATE HOSTSTATETYPE SERVICESTATE SERVICESTATETYPE",
  );
  expect(service.toString()).toContain("\tSERVICEDESC::$SERVICEDESC$\t");
});

describe("the argument line", () => {
  test("is read from left to right; scalars replace, lists accumulate", () => {
    const files = { "/etc/mg/m.conf": "result_queue=file\nhostgroups=b\nserver=t\n" };
    const before = options(`${BASE} result_queue=line hostgroups=a config=m.conf`, files);
    expect(before.resultQueue.toString()).toBe("file");
    expect(before.hostgroups.map(String)).toEqual(["a", "b"]);
    expect(before.servers.map((one) => one.host)).toEqual(["s", "t"]);
    expect(options(`${BASE} config=m.conf result_queue=line`, files).resultQueue.toString()).toBe("line");
  });
  test("repeated blanks have no meaning", () => expect(texts(load(`  server=s   key=${KEY} `))).toEqual([]));
  test("dashes, case and the difference of - and _ in keys are ignored", () =>
    expect(options(`${BASE} --Result-Queue=x`).resultQueue.toString()).toBe("x"));
  test("keeps # and the bytes of the value", () => {
    const { key } = options(fromUtf8("server=s key=schlüssel#16-bytes"));
    expect(key).toEqual(Buffer.from("schlüssel#16-bytes"));
  });
  test("an empty line is a separate error", () =>
    expect(() => load("")).toThrow(
      expect.objectContaining({
        code: "NO_SERVER",
        message: "error parsing arguments: none provided.",
        exitCode: 2,
      }),
    ));
});

describe("files", () => {
  test("# starts a comment anywhere, and a key without = or value is reported", () => {
    const loaded = fromFile("result_queue = a b # c\nresult_queue\nnonsense\n");
    expect(loaded.options.resultQueue.toString()).toBe("a b");
    expect(complaints(loaded)).toEqual(["unknown switch 'result_queue'", "unknown switch 'nonsense'"]);
    expect(loaded.warnings[1]?.where).toBe("/etc/mg/m.conf:2");
  });
  test("the name of an option is shown behind an unknown line too, other words are not", () =>
    expect(texts(fromFile("nope=1\nhosts yes\nhunter2 yes\n"))).toEqual([
      "unknown option 'nope'",
      "unknown switch 'hosts'",
      "unknown switch '(hidden)'",
    ]));
  test("relative paths are resolved against the file that contains them", () => {
    const loaded = load(`${BASE} config=sub/a.conf`, {
      "/etc/mg/sub/a.conf": "include=b.conf\nlogfile=log/x.log\n",
      "/etc/mg/sub/b.conf": "configfile=/abs/c.conf\n",
      "/abs/c.conf": "result_queue=c\n",
    });
    expect(loaded.options.resultQueue.toString()).toBe("c");
    expect(loaded.options.logfile).toBe("/etc/mg/sub/log/x.log");
    expect(loaded.sources.get("result_queue")).toBe("/abs/c.conf:1");
  });
  test("a folder: .cfg and .conf, sorted by bytes, with subfolders", () => {
    const line = (name: string) => `hostgroups=${name}\n`;
    const { hostgroups } = options(`${BASE} config=d`, {
      "/etc/mg/d/b.cfg": line("b"),
      "/etc/mg/d/B.conf": line("B"),
      "/etc/mg/d/a/z.cfg": line("az"),
      "/etc/mg/d/é.cfg": line("e"),
      "/etc/mg/d/note.txt": "hostgroups=wrong\n",
      "/etc/mg/d/c.conf.bak": "hostgroups=wrong\n",
    });
    expect(hostgroups.map(String)).toEqual(["B", "az", "b", "e"]);
  });
  test("a missing file and a missing folder are reported", () => {
    expect(() => load(`${BASE} config=gone.conf`)).toThrow(
      expect.objectContaining({
        code: "UNREADABLE_FILE",
        message: "could not open file: /etc/mg/gone.conf: No such file or directory",
        where: "module arguments",
      }),
    );
    const deps = {
      ...memoryFiles({}),
      isDirectory: () => true,
      readDir: () => {
        throw new Error("EACCES: permission denied, scandir '/x'");
      },
    };
    expect(() => loadModule("config=/x", "/", deps)).toThrow(
      "could not open directory: /x: Permission denied",
    );
  });
  test("ten levels are read, an eleventh counts as a loop", () => {
    const chain = (levels: number) =>
      Object.fromEntries(
        Array.from({ length: levels }, (_, level) => [
          `/etc/mg/${level}.conf`,
          level === levels - 1 ? "result_queue=deep" : `config=${level + 1}.conf`,
        ]),
      );
    expect(options(`${BASE} config=0.conf`, chain(10)).resultQueue.toString()).toBe("deep");
    const deep = expect.objectContaining({ code: "TOO_DEEP", message: "deep recursion in config files!" });
    expect(() => load(`${BASE} config=0.conf`, chain(11))).toThrow(deep);
    expect(() => load(`${BASE} config=0.conf`, { "/etc/mg/0.conf": "config=0.conf" })).toThrow(deep);
  });
});

describe("queues from custom variables", () => {
  const queues = (args: string) => {
    const { hosts, services, eventhandler, notifications } = options(`${BASE} ${args}`);
    return [hosts, services, eventhandler, notifications].map((on) => (on ? "1" : "0")).join("");
  };
  test.for([
    ["", "1110"],
    ["localhostgroups=x", "1110"],
    ["hosts", "1000"],
    ["hosts=no", "0000"],
    ["notifications=yes", "0001"],
    ["hostgroups=x", "0000"],
    ["servicegroup=x", "0000"],
    ["hostgroups=,", "1110"],
    ["perfdata=no", "0000"],
    ["eventhandlers=on services=maybe", "0110"],
  ] as const)("%s gives %s", ([args, expected]) => expect(queues(args)).toBe(expected));
  test("a refused group name has no effect", () => {
    const loaded = load(`${BASE} hostgroups=${"x".repeat(502)}`);
    expect(loaded.options).toMatchObject({ hosts: true, hostgroups: [] });
    expect(texts(loaded)[0]).toMatch(
      /^hostgroup name 'x{50}…' is too long, please use a maximum of 501 characters$/,
    );
  });
  test("names above the 50 bytes of the C programs are only mentioned", () => {
    const loaded = load(`${BASE} servicegroups=${"x".repeat(51)}`);
    expect(loaded.options.servicegroups).toHaveLength(1);
    expect(texts(loaded)).toHaveLength(1);
  });
});

describe("values", () => {
  test.for([
    ["perfdata=yes", ["perfdata"]],
    ["perfdata", ["perfdata"]],
    ["perfdata=A,,b perfdata=yes", ["a", "b", "perfdata"]],
    ["perfdata=a perfdata=off", []],
  ] as const)("%s", ([args, queues]) =>
    expect(options(`${BASE} ${args}`).perfdata.map(String)).toEqual(queues),
  );
  test.for([
    ["use_uniq_jobs=what", { useUniqJobs: true }, 1],
    ["accept_clear_results=what", { acceptClearResults: true }, 1],
    ["perfdata_send_all=what", { perfdataSendAll: false }, 1],
    ["perfdata_send_all", { perfdataSendAll: false }, 0],
    ["use_uniq_jobs=OFF", { useUniqJobs: false }, 0],
    ["accept_clear_results", { acceptClearResults: true }, 0],
    ["debug=-3", { debug: 0 }, 0],
    ["debug=abc", { debug: 0 }, 1],
    ["log_stats_interval=-1", { logStatsIntervalSeconds: 0 }, 0],
    ["gearman_connection_timeout=-1", { gearmanConnectionTimeoutMs: 0 }, 0],
    ["result_workers=-1", { resultWorkers: 0 }, 1],
    ["result_workers=8", { resultWorkers: 8 }, 0],
    ["latency_flatten_window=-5", { latencyFlattenWindowSeconds: 0 }, 0],
    ["perfdata_mode=0", { perfdataMode: 2 }, 0],
    ["perfdata_mode=2", { perfdataMode: 2 }, 0],
    ["perfdata_mode=3", { perfdataMode: 1 }, 1],
    ["orphan_return=0", { orphanReturn: 0 }, 0],
    ["orphan_return=4", { orphanReturn: 2 }, 1],
    ["logmode=Core", { logmode: "core" }, 0],
    ["logmode=x", { logmode: "automatic" }, 1],
    ["queue_custom_variable=worker", { queueCustomVariable: Buffer.from("WORKER") }, 0],
    ["checks_when_away=local", { checksWhenAway: "local" }, 0],
    ["checks_when_away=x", { checksWhenAway: "hold" }, 1],
    ["eventhandlers_when_away=keep", { eventhandlersWhenAway: "keep" }, 0],
    ["notifications_when_away=keep", { notificationsWhenAway: "keep" }, 0],
    ["notifications_when_away=x", { notificationsWhenAway: "local" }, 1],
    ["next_check_line=yes", { nextCheckLine: true }, 0],
    ["bridge_socket=b.sock", { bridgeSocket: "/etc/mg/b.sock" }, 0],
    ["bridge_arg=--a=1 bridge_arg=b,c", { bridgeArgs: ["--a=1", "b,c"] }, 0],
    ["layout_dir=/usr/share/layouts", { layoutDir: "/usr/share/layouts" }, 0],
    ["bridge_instance=one", { bridgeInstance: Buffer.from("one") }, 0],
    [
      "server=s,[::1]:1",
      {
        servers: [
          { host: "s", port: 4730 },
          { host: "::1", port: 1 },
        ],
      },
      1,
    ],
    ["dupserver=x:y,z", { dupservers: [{ host: "z", port: 4730 }] }, 1],
    ["server=x:y", { servers: [{ host: "s", port: 4730 }] }, 1],
  ] as const)("%s", ([args, expected, warnings]) => {
    const loaded = load(`${BASE} ${args}`);
    expect(loaded.options).toMatchObject(expected);
    expect(complaints(loaded)).toHaveLength(warnings);
  });
  test("bad values are reported with the texts of the originals", () => {
    expect(complaints(load(`${BASE} logmode=x perfdata_mode=7 orphan_return=9 server=s`)).toSorted()).toEqual(
      [
        "Warning: unknown orphan_return: 9",
        "Warning: unknown perfdata_mode: 7",
        "duplicate definition of server: s:4730",
        "unknown log mode 'x', use one of 'automatic', 'file', 'stdout', 'syslog' and 'core'",
      ],
    );
  });
  test("templates have three escapes", () => {
    const { hostPerfdataTemplate } = fromFile("host_perfdata_template=a\\tb\\nc\\rd\\\\x\\q e\n").options;
    expect(hostPerfdataTemplate.toString()).toBe("a\tb\nc\rd\\\\x\\q e");
  });
  test("export rules", () => {
    const loaded = load(
      `${BASE} export=log:0:NEBCALLBACK_LOG_DATA,0,nope export=broken export=:0:1 export=q:x:1 export=${"q".repeat(51)}:0:1 export=q:-1:NEBCALLBACK_TIMED_EVENT_DATA`,
    );
    expect(loaded.options.exports).toEqual([
      { queue: Buffer.from("log"), returnCode: 0, callbacks: [2, 0] },
      { queue: Buffer.from("q"), returnCode: -1, callbacks: [1] },
    ]);
    expect(complaints(loaded)).toEqual([
      "unknown nebcallback : nope",
      "export needs <queue>:<returncode>:<callback>[,<callback>...], skipped",
      "export needs <queue>:<returncode>:<callback>[,<callback>...], skipped",
      "export needs <queue>:<returncode>:<callback>[,<callback>...], skipped",
      `export queue name '${"q".repeat(51)}' is too long, please use a maximum of 50 characters`,
    ]);
  });
});

describe("keys of other programs", () => {
  test("are accepted silently", () =>
    expect(
      load(
        `${BASE} daemon=yes d pidfile=x identifier=y min_worker=1 max-age=5 p1_file=z returncode=2 restrictpath=/x`,
      ).warnings,
    ).toEqual(load(BASE).warnings));
  test("limits of the worker are mentioned at debug level only", () =>
    expect(load(`${BASE} sink-rate=1 hosts`).warnings).toEqual([
      { level: "debug", text: "ignoring unsupported option 'sink-rate'", where: "module arguments" },
    ]));
  test("a returncode outside 0 to 3 is an error, as in the original", () =>
    expect(() => load(`${BASE} r=4`)).toThrow(expect.objectContaining({ code: "BAD_VALUE" })));
});

describe("settings with which the module does not start", () => {
  test.for([
    ["hosts=yes", "NO_SERVER", "please specify at least one server"],
    ["server=a:b", "NO_SERVER", "please specify at least one server"],
    ["server=s", "NO_KEY", "no encryption key provided, please use --key=... or keyfile=..."],
    ["server=s key=", "NO_KEY", "no encryption key provided, please use --key=... or keyfile=..."],
    [
      "server=s keyfile=gone",
      "UNREADABLE_FILE",
      "could not open file: /etc/mg/gone: No such file or directory",
    ],
    ["server=s keyfile=empty", "NO_KEY", "no key in the first line of /etc/mg/empty"],
  ] as const)("%s: %s", ([args, code, message]) =>
    expect(() => load(args, { "/etc/mg/empty": "\nsecond line" })).toThrow(
      expect.objectContaining({ code, message }),
    ),
  );
  test("without encryption none of these applies", () =>
    expect(options("server=s encryption=no")).not.toHaveProperty("key"));
});

describe("secrets are not shown", () => {
  const SECRET = "hunter2hunter2hunter2";
  test.for([
    `server=s key=${SECRET}`,
    `server=s key = ${SECRET}`,
    `server=s key ${SECRET} ${SECRET}`,
    `server=s key=x ${SECRET} ${SECRET}`,
    `server=s passwort=${SECRET} ${SECRET}`,
    `server=s config=m.conf`,
  ])("%s", (args) => {
    const files = {
      "/etc/mg/m.conf": `key ${SECRET}\npasswrd = ${SECRET}\nkey=a\n${SECRET}\nkey: ${SECRET}\n`,
    };
    let reported = "";
    try {
      const loaded = load(args, files);
      reported = JSON.stringify([loaded.warnings, loaded.effective, [...loaded.sources]]);
    } catch (error) {
      reported = JSON.stringify(error) + String(error);
    }
    expect(reported).not.toBe("");
    expect(reported).not.toContain(SECRET);
  });
});

test("every option is in the effective values once, with its source", () => {
  const { effective } = load(`${BASE} hostgroups=a config=m.conf`, { "/etc/mg/m.conf": "hostgroup=b\n" });
  expect(effective.map((one) => one.option)).toEqual(Object.keys(moduleTable));
  expect(effective).toContainEqual({ option: "key", value: "set (16 bytes)", where: "module arguments" });
  expect(effective).toContainEqual({
    option: "hostgroups",
    value: "a, b",
    where: "module arguments, /etc/mg/m.conf:1",
  });
  expect(effective).toContainEqual({ option: "debug", value: "0", where: "default" });
});

test("the number of warnings is limited", () => {
  const { warnings } = load(BASE + " x=1".repeat(1000));
  expect(warnings).toHaveLength(201);
  expect(warnings.at(-1)?.text).toBe("(801 more warnings)");
});
