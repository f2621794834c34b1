import { checkGearmanTable } from "@mod-gearman/config";
import { describe, expect, test } from "vitest";
import { loadCheckGearman } from "../src/load-check-gearman.ts";
import { memoryFiles } from "./memory-files.ts";

function load(...argv: string[]) {
  const request = loadCheckGearman(argv, memoryFiles({ "/k": "password of the file\n", "/empty": "\n" }));
  if (!("options" in request)) throw new Error("no options");
  return request;
}
const bytes = (text: string) => Buffer.from(text);

test("the defaults", () =>
  expect(load("-H", "s").options).toEqual({
    tls: false,
    servers: [{ host: "s", port: 4730 }],
    timeoutSeconds: 10,
    warningJobs: 10,
    criticalJobs: 100,
    warningWorkers: 25,
    criticalWorkers: 50,
    criticalWithoutWorker: false,
    background: false,
    unique: bytes("check"),
    verbose: 0,
    include: [],
    exclude: [],
    selfTest: false,
    encryption: false,
  }));

describe("the effect of each option", () => {
  test.for<[string[], object]>([
    [
      ["-Ha:1", "-H=b", "--host", "c:2", "--server=d"],
      { servers: ["s", "a", "b", "c", "d"].map((host) => expect.objectContaining({ host })) },
    ],
    [
      ["-H", "[::1]:4731"],
      {
        servers: [
          { host: "s", port: 4730 },
          { host: "::1", port: 4731 },
        ],
      },
    ],
    [
      ["-H", ":4731"],
      {
        servers: [
          { host: "s", port: 4730 },
          { host: "localhost", port: 4731 },
        ],
      },
    ],
    [["-t", "1"], { timeoutSeconds: 1 }],
    [["-t0"], { timeoutSeconds: 0 }],
    [
      ["-w5", "-c=8", "-W", "2", "--critical-workers=5"],
      { warningJobs: 5, criticalJobs: 8, warningWorkers: 2, criticalWorkers: 5 },
    ],
    [["-w", "-1"], { warningJobs: 0 }],
    [["-q", "c_ok"], { queue: bytes("c_ok") }],
    [["-q", "ä"], { queue: bytes("ä") }],
    [["-xavv"], { criticalWithoutWorker: true, background: true, verbose: 2 }],
    [["-xq", "q", "-s", ""], { criticalWithoutWorker: true, queue: bytes("q"), send: bytes("") }],
    [["-qq", "-s=text", "-e", "=x"], { send: bytes("text"), expect: bytes("=x") }],
    [["-e", ""], { expect: bytes("") }],
    [["-u", "id", "-p", "9"], { unique: bytes("id") }],
    [["--include=^a", "--include", "b", "--exclude=c|d"], { include: ["^a", "b"], exclude: ["c|d"] }],
    [["--ignore-stale"], { staleAfterSeconds: 600 }],
    [["--ignore-stale=60", "--stale-state", "/s"], { staleAfterSeconds: 60, staleState: "/s" }],
    [["--self-test"], { selfTest: true, selfTestQueue: bytes("service") }],
    [["--self-test", "-q", "host"], { selfTest: true, selfTestQueue: bytes("host") }],
    [
      ["--self-test", "--self-test-queue=a", "--result-queue=r"],
      { selfTestQueue: bytes("a"), resultQueue: bytes("r") },
    ],
    [["--key=0123456789abcdef"], { encryption: true, key: bytes("0123456789abcdef") }],
    [["--keyfile=/k", "--key=0123456789abcdef"], { key: bytes("password of the file") }],
    [["--keyfile=/k", "--encryption=no"], { encryption: false }],
  ])("%j", ([argv, expected]) => expect(load("-H", "s", ...argv).options).toMatchObject(expected));
  test("--ignore-stale takes a number only after =", () =>
    expect(load("-H", "s", "--ignore-stale", "60")).toMatchObject({
      options: { staleAfterSeconds: 600 },
      warnings: [{ text: "'60' is not an option, ignored" }],
    }));
  test("every letter has a long form", () => {
    const letters = Object.values(checkGearmanTable).map(({ short }) => short ?? "");
    expect(letters.join("").split("").toSorted().join("")).toBe("CHWacepqstuvwx");
  });
});

describe("exit code 3, or 2 with --check-config", () => {
  test.for<[string[], string, string]>([
    [["-z"], "BAD_LINE", "Error - No such option: `z'"],
    [["-xz"], "BAD_LINE", "Error - No such option: `z'"],
    [["--nonsense=hunter2"], "BAD_LINE", "Error - No such option: `--nonsense'"],
    [["-H", "s", "-w"], "BAD_LINE", "Error - the required argument for option '-w' is missing"],
    [["--batch=1"], "BAD_LINE", "Error - No such option: `--batch'"],
    [["--self-test=1"], "BAD_LINE", "Error - option '--self-test' does not take any arguments"],
    [[], "NO_SERVER", "Error - no hostname given"],
    [["-H", "s", "-s", "x"], "NO_QUEUE", "Error - need queue (-q) when sending job"],
    [["-H", ""], "BAD_VALUE", "Error - host: the server is empty"],
    [["-H", "s:99999"], "BAD_VALUE", "Error - not a server address: s:99999"],
    [["-H", "s:abc"], "BAD_VALUE", "Error - not a server address: s:abc"],
    [["-H", "s", "-w", "ten"], "BAD_VALUE", "Error - warning-jobs: 'ten' is not a number"],
    [["-H", "s", "-t", "-1"], "BAD_VALUE", "Error - timeout: a number from 0 to 2147483647 is needed"],
    [["-H", "s", "-q", ""], "BAD_VALUE", "Error - queue: the value is empty"],
    [["-H", "s", "--include=("], "BAD_VALUE", "Error - include: '(' is not a regular expression"],
    [["-H", "s", "--ignore-stale=soon"], "BAD_VALUE", "Error - ignore-stale: 'soon' is not a number"],
    [["-H", "s", "--encryption=maybe"], "BAD_VALUE", "Error - encryption: 'maybe' is neither yes nor no"],
    [
      ["-H", "s", "--encryption=yes"],
      "NO_KEY",
      "Error - no encryption key provided, please use --key or --keyfile",
    ],
    [
      ["-H", "s", "--keyfile=/none"],
      "UNREADABLE_FILE",
      "Error - could not open file: /none: No such file or directory",
    ],
    [["-H", "s", "--keyfile=/empty"], "NO_KEY", "Error - no key in the first line of /empty"],
    // with an unset shell variable the test must not run without encryption
    [["-H", "s", "--key="], "NO_KEY", "Error - no encryption key provided, please use --key or --keyfile"],
  ])("%j", ([argv, code, message]) => {
    const reported = { code, message, exitCode: 3, help: expect.stringMatching(/^Usage: check_gearman -H/) };
    expect(() => load(...argv)).toThrow(expect.objectContaining(reported));
    const checked = { code, message, exitCode: 2 };
    expect(() => load("--check-config", ...argv)).toThrow(expect.objectContaining(checked));
  });
  test.for([
    ["-1", "threshold -1 is below 0, it is off"],
    ["99999999999", "threshold 99999999999 is too large, using 2147483647"],
  ])("a threshold of %s is warned about", ([value, text]) =>
    expect(load("-H", "s", "-w", value ?? "").warnings.map((one) => one.text)).toEqual([text]),
  );
  test("a duplicate server and words that are not options are reported", () =>
    expect(
      load("-H", "s", "-Hs", "foo", "--key=0123456789abcdef", "rest of it").warnings.map((one) => one.text),
    ).toEqual([
      "'foo' is not an option, ignored",
      "'(hidden)' is not an option, ignored",
      "duplicate definition of server: s:4730",
    ]));
});

describe("requests", () => {
  test.for(["-h", "--help", "-xh"])("%s", (word) =>
    expect(loadCheckGearman([word], memoryFiles({}))).toMatchObject({
      help: expect.stringContaining("  -x, --critical-without-worker "),
    }),
  );
  test.for(["-V", "--version"])("%s", (word) =>
    expect(loadCheckGearman(["-H", "s", word], memoryFiles({}))).toEqual({ version: true }),
  );
  test("the key is never shown", () => {
    const loaded = load("-H", "s", "--key=hunter2hunter2hunter2", "--check-config");
    expect(loaded.checkConfig).toBe(true);
    expect(JSON.stringify(loaded.effective)).not.toContain("hunter2");
    expect(loaded.effective.map((one) => one.option)).toEqual(Object.keys(checkGearmanTable));
  });
});
