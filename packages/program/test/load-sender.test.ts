import {
  canonicalKey,
  foreignToModule,
  foreignToSender,
  foreignToWorker,
  moduleTable,
  type OptionTable,
  type SenderProgram,
  sendGearmanTable,
  sendMultiTable,
  workerTable,
} from "@mod-gearman/config";
import { describe, expect, test } from "vitest";
import { loadSender } from "../src/load-sender.ts";
import { memoryFiles } from "./memory-files.ts";

function load(argv: string[], files: Record<string, string> = {}, program: SenderProgram = "send_gearman") {
  const request = loadSender(program, argv, memoryFiles(files));
  if (!("options" in request)) throw new Error("no options");
  return request;
}
const options = (...argv: string[]) => load(["--server=s", ...argv]).options;
const warnings = (...argv: string[]) => load(["--server=s", ...argv]).warnings.map((one) => one.text);
const bytes = (text: string) => Buffer.from(text);

test("the defaults of send_gearman", () =>
  expect(options()).toEqual({
    tls: false,
    servers: [{ host: "s", port: 4730 }],
    dupservers: [],
    encryption: false,
    resultQueue: bytes("check_results"),
    returnCode: 0,
    active: false,
    delimiter: bytes("\t"),
    timeoutSeconds: 10,
    gearmanConnectionTimeoutMs: 5000,
    debug: 0,
    retries: 0,
    retryIntervalSeconds: 1,
    spoolMaxBytes: 67_108_864,
  }));

test("send_multi needs a host but no server", () => {
  const { servers, host } = load(["--host=h"], {}, "send_multi").options;
  expect({ servers, host }).toEqual({ servers: [{ host: "localhost", port: 4730 }], host: bytes("h") });
});

describe("the effect of each option", () => {
  test.for<[string[], object]>([
    [
      ["--host=h1", "--service=svc 1", "--message=WARNING - odd"],
      { host: bytes("h1"), service: bytes("svc 1") },
    ],
    [["--HOST=h1", "--Message=Case Test"], { host: bytes("h1"), message: bytes("Case Test") }],
    [["--message="], { message: bytes("") }],
    [["-m=x"], { message: bytes("x") }],
    [["--message=  spaces trimmed  "], { message: bytes("spaces trimmed") }],
    [["--message=real\nnewline"], { message: bytes("real\nnewline") }],
    [["--message=Grüße ☃"], { message: bytes("Grüße ☃") }],
    [["--message=a=b=c"], { message: bytes("a=b=c") }],
    [
      ["--server=a,b:1,[::1]:2"],
      { servers: ["s", "a", "b", "::1"].map((host) => expect.objectContaining({ host })) },
    ],
    [
      ["--dupserver= d , e"],
      { dupservers: [expect.objectContaining({ host: "d" }), expect.objectContaining({ host: "e" })] },
    ],
    [["-r=2"], { returnCode: 2 }],
    [["--returncode=3"], { returnCode: 3 }],
    [["--return_code=1"], { returnCode: 1 }],
    [["-r=2x"], { returnCode: 2 }],
    [["--active"], { active: true }],
    [["--active=no"], { active: false }],
    [["--active=maybe"], { active: true }],
    [["--active", "no", "--host", "h"], { active: false, host: bytes("h") }],
    [["--active", "--encryption", "no", "--key=0123456789abcdef"], { active: true, encryption: false }],
    [
      ["--starttime=1700000000", "--finishtime=1700000010.123456"],
      { startTime: 1_700_000_000_000_000n, finishTime: 1_700_000_010_123_456n },
    ],
    [
      ["--starttime=1.7e9", "--finishtime=17000000105E-1"],
      { startTime: 1_700_000_000_000_000n, finishTime: 1_700_000_010_500_000n },
    ],
    [["--latency=-1"], { latency: -1_000_000n }],
    [["--starttime=99999999999.000001"], { startTime: 99_999_999_999_000_001n }],
    [["--delimiter=;"], { delimiter: bytes(";") }],
    [["-d=;,"], { delimiter: bytes(";,") }],
    [["--delimiter=\\t"], { delimiter: bytes("\t") }],
    [["--delimiter= "], { delimiter: bytes("\t") }],
    [["--timeout=-1"], { timeoutSeconds: 10 }],
    [["--timeout=0"], { timeoutSeconds: 0 }],
    [["-t=7"], { timeoutSeconds: 7 }],
    [["--gearman_connection_timeout=100"], { gearmanConnectionTimeoutMs: 100 }],
    [["--debug=2"], { debug: 2 }],
    [["--debug=9"], { debug: 2 }],
    [["--result_queue=q"], { resultQueue: bytes("q") }],
    [["--retries=3", "--retry-interval=0.5"], { retries: 3, retryIntervalSeconds: 0.5 }],
    [["--retry_interval=2"], { retryIntervalSeconds: 2 }],
    [["--spool=/var/spool/x", "--spool_max=2G"], { spool: "/var/spool/x", spoolMaxBytes: 2_147_483_648 }],
    [["--spool-max=65536"], { spoolMaxBytes: 65_536 }],
    [["--service="], {}],
  ])("%j", ([argv, expected]) => expect(options(...argv)).toMatchObject(expected));
  test("an empty service is the same as none", () =>
    expect(options("--service=")).not.toHaveProperty("service"));
});

describe("the encryption", () => {
  const KEY = "--key=0123456789abcdef";
  test.for<[SenderProgram, string[], boolean]>([
    ["send_gearman", [], false],
    ["send_gearman", [KEY], true],
    ["send_gearman", ["--password=0123456789abcdef"], true],
    ["send_gearman", ["--keyfile=/k"], true],
    ["send_gearman", [KEY, "--encryption=no"], false],
    ["send_gearman", ["--key=", "--encryption=no"], false],
    ["send_gearman", ["--key=", "--keyfile=/k"], true],
    ["send_gearman", [KEY, "--encryption=maybe"], true],
    ["send_multi", [KEY], false],
    ["send_multi", [KEY, "--encryption"], true],
    ["send_multi", [KEY, "--encryption=yes"], true],
  ])("%s %j", ([program, argv, expected]) =>
    expect(
      load(["--server=s", "--host=h", ...argv], { "/k": "file password 123\n" }, program).options,
    ).toMatchObject({
      encryption: expected,
    }),
  );
  test("the key file has precedence over the key", () =>
    expect(load(["--server=s", "--keyfile=/k", KEY], { "/k": "file password 123\n" }).options.key).toEqual(
      bytes("file password 123"),
    ));
  test.for([
    ["--key=abc", "encryption key should be at least 8 bytes!"],
    ["--key=should_be_changed", "the encryption key is that of the sample configuration, which is public"],
    ["--key=12345678", "encryption key is shorter than 16 bytes"],
  ] as const)("%s is warned about", ([argument, text]) => expect(warnings(argument)).toEqual([text]));
});

describe("values as separate arguments (T12)", () => {
  test.for<[string[], object]>([
    [
      ["--host", "h1", "-r", "2", "-m", "text", "-t", "5", "-d", ","],
      { host: bytes("h1"), returnCode: 2, message: bytes("text"), timeoutSeconds: 5, delimiter: bytes(",") },
    ],
    [["-m", "- a dash"], { message: bytes("- a dash") }],
    [["-m", "--unknown"], { message: bytes("--unknown") }],
    [["-m", "-h"], { message: bytes("-h") }],
    [["-m", ""], { message: bytes("") }],
    [["--latency", "-1"], { latency: -1_000_000n }],
    [["--active", "--host", "h"], { active: true, host: bytes("h") }],
    [["host=h"], { host: bytes("h") }],
    [["--config", "/c"], { host: bytes("from file") }],
  ])("%j", ([argv, expected]) =>
    expect(load(["--server=s", ...argv], { "/c": "host=from file\n" })).toMatchObject({
      options: expected,
      warnings: [],
    }),
  );
  test("an option is not used as a value", () => {
    expect(options("--host", "--service=x")).not.toHaveProperty("host");
    expect(warnings("--host", "--service=x")).toEqual(["unknown switch 'host'"]);
  });
  test("-d without value may be the switch of the worker", () => {
    expect(warnings("-d")).toEqual([]);
    expect(options("-d").delimiter).toEqual(bytes("\t"));
  });
});

describe("unusable settings are reported and ignored", () => {
  test.for<[string[], string[]]>([
    [["--unknown=hunter2"], ["unknown option 'unknown'"]],
    [["--unknownswitch"], ["unknown switch 'unknownswitch'"]],
    [
      ["-H", "h1"],
      ["unknown switch 'h'", "unknown switch '(hidden)'"],
    ],
    [
      ["--", "-", ""],
      ["unknown switch ''", "unknown switch '(hidden)'", "unknown switch '(hidden)'"],
    ],
    [["-r=abc"], ["returncode: 'abc' is not a number, using 0"]],
    [["--starttime=abc"], ["starttime: 'abc' is not a number, using 0"]],
    [["--timeout=abc"], ["timeout: 'abc' is not a number, using 10"]],
    [["--timeout=-1"], ["timeout: -1 is negative, using 10"]],
    [
      ["--encryption=junk", "--key=0123456789abcdef"],
      ["encryption: 'junk' is neither yes nor no, using yes"],
    ],
    [["--server=s"], ["duplicate definition of server: s:4730"]],
    [["--server=a:b"], ["not a server address: a:b"]],
    [["--perfdata", "--hosts=yes", "--export=x", "--max-worker=3", "--daemon"], []],
  ])("%j", ([argv, expected]) => expect(warnings(...argv)).toEqual(expected));
});

const NO_KEY_TEXT = "no encryption key provided, please use --key=... or keyfile=... or disable encryption";

describe("settings that end the program with exit code 3", () => {
  test.for<[SenderProgram, string[], string, string]>([
    ["send_gearman", [], "NO_SERVER", "please specify at least one server"],
    ["send_gearman", ["--server=:x"], "NO_SERVER", "please specify at least one server"],
    ["send_multi", [], "NO_HOST", "got no hostname, please use --host=..."],
    ["send_gearman", ["--server=s", "--encryption"], "NO_KEY", NO_KEY_TEXT],
    ["send_multi", ["--host=h", "--encryption"], "NO_KEY", NO_KEY_TEXT],
    [
      "send_gearman",
      ["--server=s", "--keyfile=/none"],
      "UNREADABLE_FILE",
      "could not open file: /none: No such file or directory",
    ],
    ["send_gearman", ["--server=s", "--keyfile=/empty"], "NO_KEY", "no key in the first line of /empty"],
    [
      "send_gearman",
      ["--config=/none"],
      "UNREADABLE_FILE",
      "could not open file: /none: No such file or directory",
    ],
    // with an unset shell variable results must not be sent in clear text
    ["send_gearman", ["--server=s", "--key="], "NO_KEY", NO_KEY_TEXT],
    ["send_gearman", ["--server=s", "--key"], "NO_KEY", NO_KEY_TEXT],
    ["send_gearman", ["--server=s", "--key", "--host=h"], "NO_KEY", NO_KEY_TEXT],
    ["send_gearman", ["--server=s", "--keyfile", "--host=h"], "NO_KEY", NO_KEY_TEXT],
    ["send_gearman", ["--server=s", "--config"], "UNREADABLE_FILE", "could not open file: the name is empty"],
    ["send_gearman", ["--server=s", "--keyfile="], "NO_KEY", NO_KEY_TEXT],
    [
      "send_gearman",
      ["--server=s", "--config="],
      "UNREADABLE_FILE",
      "could not open file: the name is empty",
    ],
    ["send_gearman", ["--config=/loop"], "TOO_DEEP", "deep recursion in config files!"],
    ["send_gearman", ["--server=s", "--host="], "BAD_VALUE", "please specify a host name"],
    ["send_gearman", ["--server=s", "--host=a\nb"], "BAD_VALUE", "host: line feed in a name"],
    ["send_gearman", ["--server=s", "--service=a\nb"], "BAD_VALUE", "service: line feed in a name"],
    ["send_gearman", ["--server=s", "-r=4"], "BAD_VALUE", "returncode must be 0, 1, 2 or 3"],
    ["send_gearman", ["--server=s", "-r=-1"], "BAD_VALUE", "returncode must be 0, 1, 2 or 3"],
    ["send_gearman", ["--server=s", "--delimiter=a\nb"], "BAD_VALUE", "delimiter: line feed in it"],
    [
      "send_gearman",
      ["--server=s", "--spool_max=1K"],
      "BAD_VALUE",
      "spool_max: '1K' is less than 65536 bytes",
    ],
    [
      "send_gearman",
      ["--server=s", "--spool_max=lots"],
      "BAD_VALUE",
      "spool_max: 'lots' is not a size such as 64M",
    ],
    [
      "send_gearman",
      ["--server=s", `--result_queue=${"q".repeat(512)}`],
      "BAD_VALUE",
      `queue name too long: '${"q".repeat(64)}...'`,
    ],
  ])("%s %j", ([program, argv, code, message]) => {
    const files = { "/empty": "\n", "/loop": "config=/loop\n" };
    const reported = { code, message, exitCode: 3, help: expect.stringMatching(/^Usage: .*send_/) };
    expect(() => load(argv, files, program)).toThrow(expect.objectContaining(reported));
    const checked = { code, exitCode: 2 };
    expect(() => load([...argv, "--check-config"], files, program)).toThrow(expect.objectContaining(checked));
  });
});

describe("files", () => {
  const files = {
    "/c/tool.conf":
      "server=a, b # two\n# comment\n  Result_Queue = q1  \n\nunknown_thing=1\nkeyfile=key\nconfig=more\n",
    "/c/key": "the password of the file\n",
    "/c/more/1.cfg": "host=one\n",
    "/c/more/2.conf": "host=two\n",
    "/c/more/3.txt": "host=three\n",
    "/c/more/sub/x.cfg": "service=deep\n",
  };
  test("are read where they are named, folders too", () =>
    expect(load(["--result_queue=q0", "--config=/c/tool.conf", "--service=late"], files)).toMatchObject({
      options: { resultQueue: bytes("q1"), host: bytes("two"), service: bytes("late"), encryption: true },
      warnings: [
        { isAdvice: true, where: "/c/tool.conf:1" },
        { text: "unknown option 'unknown_thing'", where: "/c/tool.conf:5" },
      ],
    }));
  test("later settings have precedence, servers accumulate", () => {
    const { options: o } = load(
      ["--config=/c/tool.conf", "--result_queue=q2", "--server=c", "--encryption=no"],
      files,
    );
    expect(o).toMatchObject({ resultQueue: bytes("q2"), encryption: false });
    expect(o.servers.map((one) => one.host)).toEqual(["a", "b", "c"]);
  });
});

describe("requests", () => {
  test.for(["help", "--help", "-h"])("%s", (word) => {
    const request = loadSender("send_gearman", ["--server=s", word], memoryFiles({}));
    expect(request).toMatchObject({ help: expect.stringContaining("--returncode=0|1|2|3") });
  });
  test.for(["version", "--version", "-V"])("%s", (word) =>
    expect(loadSender("send_multi", [word, "--config=/none"], memoryFiles({}))).toEqual({ version: true }),
  );
  test("--check-config shows everything except the key", () => {
    const loaded = load(["--server=s", "--key=hunter2hunter2hunter2", "--check-config", "--starttime=1.5"]);
    expect(loaded.checkConfig).toBe(true);
    const shown = new Map(loaded.effective.map((one) => [one.option, one.value]));
    expect([...shown.keys()]).toEqual(Object.keys(sendGearmanTable));
    expect(shown.get("key")).toBe("set (21 bytes)");
    expect(shown.get("starttime")).toBe("1.500000");
  });
});

test("the list of foreign keys contains every key of module and worker, and none of the senders", () => {
  const spellings = (table: OptionTable) =>
    Object.entries(table).flatMap(([option, { aliases = [] }]) => [option, ...aliases].map(canonicalKey));
  const own = new Set(spellings(sendGearmanTable));
  const theirs = [
    ...spellings(moduleTable),
    ...spellings(workerTable),
    ...[...foreignToModule, ...foreignToWorker].flatMap((one) => one.names.map(canonicalKey)),
  ];
  const expected = new Set(theirs.filter((key) => !own.has(key)));
  const listed = foreignToSender.flatMap((one) => one.names.map(canonicalKey));
  expect(listed.toSorted()).toEqual([...expected].toSorted());
  expect(Object.keys(sendMultiTable)).toEqual(Object.keys(sendGearmanTable));
});
