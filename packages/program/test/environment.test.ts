import { ConfigError, checkConfigReport, type Loaded } from "@mod-gearman/config";
import { describe, expect, test } from "vitest";
import { loadBridge } from "../src/load-bridge.ts";
import { loadCheckGearman } from "../src/load-check-gearman.ts";
import { loadGearmand } from "../src/load-gearmand.ts";
import { loadModule } from "../src/load-module.ts";
import { loadSender } from "../src/load-sender.ts";
import { loadTop } from "../src/load-top.ts";
import { loadWorker } from "../src/load-worker.ts";
import { memoryFiles } from "./memory-files.ts";

type Env = Record<string, string>;
type Files = Record<string, string | Buffer>;
const KEY = "0123456789abcdef";

function withOptions<T extends object>(request: T): Extract<T, { readonly options: unknown }> {
  if (!("options" in request)) throw new Error("no options");
  return request as Extract<T, { readonly options: unknown }>;
}
const worker = (env: Env, argv: string[] = [], files: Files = {}) =>
  withOptions(loadWorker(argv, memoryFiles(files, { env })));
const gearmand = (env: Env, argv: string[] = [], files: Files = {}) =>
  withOptions(loadGearmand(argv, memoryFiles(files, { env })));
const sender = (env: Env, argv: string[] = [], files: Files = {}) =>
  withOptions(loadSender("send_gearman", argv, memoryFiles(files, { env })));
const texts = (loaded: Pick<Loaded<unknown>, "warnings">) => loaded.warnings.map(({ text }) => text);

const NEEDED = { MOD_GEARMAN_SERVER: "a:1,b", MOD_GEARMAN_HOSTS: "yes", MOD_GEARMAN_KEY: KEY };

describe("a worker", () => {
  test("runs with nothing but its environment", () => {
    const loaded = worker({ ...NEEDED, MOD_GEARMAN_MAX_WORKER: "7", MOD_GEARMAN_JOB_TIMEOUT: " 9 " });
    expect(loaded.options).toMatchObject({
      servers: [
        { host: "a", port: 1 },
        { host: "b", port: 4730 },
      ],
      hosts: true,
      maxWorker: 7,
      jobTimeoutSeconds: 9,
      key: Buffer.from(KEY),
    });
    expect(loaded.warnings).toEqual([]);
  });

  test("says where a value comes from, and never the key", () => {
    const report = checkConfigReport(worker(NEEDED));
    expect(report).toMatch(/server\s+= a:1, b:4730 {2}\(environment MOD_GEARMAN_SERVER\)/);
    expect(report).toContain("= set (16 bytes)  (environment MOD_GEARMAN_KEY)");
    expect(report).not.toContain(KEY);
  });

  const FILES = { "/w.conf": `server=file\nmax-worker=3\nmin-worker=2\nservices=yes\nkey=${KEY}\n` };
  test("files come before the environment, the command line after it", () => {
    const env = { MOD_GEARMAN_SERVER: "env", MOD_GEARMAN_MAX_WORKER: "4", MOD_GEARMAN_DEBUG: "1" };
    const { options, sources } = worker(env, ["--config=/w.conf", "--debug=2"], FILES);
    expect(options).toMatchObject({ servers: [{ host: "env" }], maxWorker: 4, minWorker: 2, debug: 2 });
    expect(Object.fromEntries(sources)).toMatchObject({
      server: "environment MOD_GEARMAN_SERVER",
      "min-worker": "/w.conf:3",
      debug: "command line",
    });
  });
  test("a file of the environment is read unless the command line names one", () => {
    const env = { MOD_GEARMAN_CONFIG: "/w.conf", MOD_GEARMAN_MAX_WORKER: "9" };
    expect(worker(env, [], FILES).options).toMatchObject({ servers: [{ host: "file" }], maxWorker: 9 });
    const other = { ...FILES, "/o.conf": `server=other\nhosts=on\nkey=${KEY}` };
    expect(worker(env, ["--config=/o.conf"], other).options).toMatchObject({
      servers: [{ host: "other" }],
      services: false,
    });
    expect(worker({ MOD_GEARMAN_CONFIG_FILE: "/w.conf" }, [], FILES).options.services).toBe(true);
  });
  test("an empty variable sets nothing", () => {
    const env = { MOD_GEARMAN_SERVER: "", MOD_GEARMAN_KEY: "", MOD_GEARMAN_CONFIG: "" };
    const { options, warnings } = worker(env, ["--config=/w.conf"], FILES);
    expect(options).toMatchObject({ servers: [{ host: "file" }], key: Buffer.from(KEY) });
    expect(warnings).toEqual([]);
  });

  test("key and key file are one setting", () => {
    const files = { "/k": "key of the file1\n", "/w.conf": "keyfile=/k\nserver=s\nhosts=on" };
    const keyOf = (env: Env, ...argv: string[]) =>
      worker(env, ["--config=/w.conf", ...argv], files).options.key?.toString();
    expect(keyOf({})).toBe("key of the file1");
    expect(keyOf({ MOD_GEARMAN_KEY: KEY })).toBe(KEY);
    expect(keyOf({ MOD_GEARMAN_KEY: KEY, MOD_GEARMAN_WORKER_KEY_FILE: "/k" })).toBe("key of the file1");
    expect(keyOf({ MOD_GEARMAN_KEY_FILE: "/k", MOD_GEARMAN_WORKER_KEY: KEY })).toBe(KEY);
    const env = { MOD_GEARMAN_KEY_FILE: "/missing" };
    expect(worker(env, [`--key=${KEY}`, "--server=s", "--hosts"]).options.key?.toString()).toBe(KEY);
  });
  test.for(["MOD_GEARMAN_KEY_FILE", "MOD_GEARMAN_KEYFILE", "MOD_GEARMAN_PASSWORD_FILE"])(
    "%s names the key file",
    (name) => {
      const { options, sources } = worker(
        { [name]: "/run/secrets/key", MOD_GEARMAN_SERVER: "s", MOD_GEARMAN_HOSTS: "1" },
        [],
        { "/run/secrets/key": `${KEY}\nnot this\n` },
      );
      expect(options.key).toEqual(Buffer.from(KEY));
      expect(sources.get("keyfile")).toBe(`environment ${name}`);
    },
  );
  test("a file that cannot be read is an error with the name of the variable", () => {
    const env = { ...NEEDED, MOD_GEARMAN_IDENTIFIER_FILE: "/missing" };
    expect(() => worker(env)).toThrow(
      expect.objectContaining({
        code: "UNREADABLE_FILE",
        exitCode: 2,
        message: expect.stringMatching(/^environment MOD_GEARMAN_IDENTIFIER_FILE: cannot read \/missing: /),
      }),
    );
  });
  test("any value may be in a file; its last line ends with it", () => {
    const env = { ...NEEDED, MOD_GEARMAN_IDENTIFIER_FILE: "/id", MOD_GEARMAN_SERVER_FILE: "/servers" };
    const loaded = worker(env, [], { "/id": "w\u00e9\n", "/servers": "x\ny:2\n" });
    expect(loaded.options.identifier).toEqual(Buffer.from("w\u00e9"));
    expect(loaded.options.servers.map(({ host }) => host)).toEqual(["x", "y"]);
    expect(texts(loaded)).toEqual([
      "MOD_GEARMAN_SERVER and MOD_GEARMAN_SERVER_FILE are both set, the latter is used",
    ]);
  });

  test.for([
    ["/a;/b/c ; ", ["/a", "/b/c"]],
    ["/a;1\n/b\n", ["/a;1", "/b"]],
  ] as const)("a list that has no comma in it: %j", ([value, expected]) => {
    expect(worker({ ...NEEDED, MOD_GEARMAN_RESTRICT_PATH: value }).options.restrictPath).toEqual(expected);
  });

  test("names of openITCOCKPIT's compose file; those of the worker win", () => {
    const loaded = worker({
      MOD_GEARMAN_GEARMAN_SERVER: "gearmand:4730",
      MOD_GEARMAN_HOSTS: "no",
      MOD_GEARMAN_KEY: "should_be_changed",
      MOD_GEARMAN_ENCRYPTION: "yes",
      MOD_GEARMAN_WORKER_GEARMAN_SERVER: "other:4730",
      MOD_GEARMAN_WORKER_EVENTHANDLER: "yes",
      MOD_GEARMAN_WORKER_NOTIFICATIONS: "yes",
      MOD_GEARMAN_WORKER_SERVICES: "yes",
      MOD_GEARMAN_WORKER_HOSTS: "yes",
      MOD_GEARMAN_WORKER_ENCRYPTION: "no",
      MOD_GEARMAN_WORKER_ENABLE_EMBEDDED_PERL: "on",
      MOD_GEARMAN_WORKER_USE_EMBEDDED_PERL_IMPLICITLY: "off",
    });
    expect(loaded.options).toMatchObject({
      servers: [{ host: "other", port: 4730 }],
      hosts: true,
      services: true,
      eventhandler: true,
      notifications: true,
      encryption: false,
      enableEmbeddedPerl: true,
    });
    expect(loaded.warnings).toEqual([]);
  });

  test("of key and key file for the worker alone, the file is used, with a warning", () => {
    const env = { ...NEEDED, MOD_GEARMAN_WORKER_KEY: KEY, MOD_GEARMAN_WORKER_KEY_FILE: "/k" };
    const loaded = worker(env, [], { "/k": "key of the file1" });
    expect(loaded.options.key?.toString()).toBe("key of the file1");
    expect(texts(loaded)).toEqual(["both key and keyfile are set, keyfile is used"]);
  });

  test("an unknown name is advice with the nearest names, without its value", () => {
    const loaded = worker({ ...NEEDED, MOD_GEARMAN_SERVRE: "geheim", MOD_GEARMAN_XYZZYXYZZY: "geheim" });
    expect(loaded.warnings).toMatchObject([
      {
        text: expect.stringMatching(
          /^unknown environment variable MOD_GEARMAN_SERVRE, nearest: MOD_GEARMAN_SERVER/,
        ),
        isAdvice: true,
        where: "environment",
      },
      { text: "unknown environment variable MOD_GEARMAN_XYZZYXYZZY" },
    ]);
  });
  test.for([
    ["MOD_GEARMAN_PERFDATA", "yes"], // the module's
    ["MOD_GEARMAN_MODULE_SERVER", "x"],
    ["MOD_GEARMAN_MODULE_GEARMAN_SERVER", "x"],
    ["MOD_GEARMAN_GEARMAND_PORT", "4731"],
    ["MOD_GEARMAN_REDIS_PASSWORD_FILE", "/x"],
    ["MOD_GEARMAN_WORKER_DETACHED", "1"],
    ["MOD_GEARMAN_PORT", "tcp://10.0.0.1:4730"], // Kubernetes, for a service named mod-gearman
    ["MOD_GEARMAN_PORT_4730_TCP_ADDR", "10.0.0.1"],
    ["MOD_GEARMAN_SERVER_SERVICE_HOST", "10.0.0.1"],
    ["MOD_GEARMAN_SERVER_SERVICE_PORT_GEARMAN", "4730"],
    ["MOD_GEARMAN_SERVER_PORT", "tcp://10.0.0.1:4730"],
  ])("%s=%s is not its own, and silent", ([name = "", value = ""]) => {
    const loaded = worker({ ...NEEDED, [name]: value });
    expect(loaded.warnings).toEqual([]);
    expect(loaded.effective).toEqual(worker(NEEDED).effective);
  });

  test("a value that is not UTF-8 is refused", () => {
    expect(() => worker({ ...NEEDED, MOD_GEARMAN_KEY: `${KEY}\ufffd` })).toThrow(
      "environment: MOD_GEARMAN_KEY is not UTF-8; write the value into a file and name that in MOD_GEARMAN_KEY_FILE",
    );
  });
});

describe("the job server", () => {
  test("file, environment, command line", () => {
    const files = { "/etc/gearmand.conf": "--port=1 --threads=2 --verbose=INFO" };
    const env = { MOD_GEARMAN_PORT: "5", MOD_GEARMAN_VERBOSE: "DEBUG", MOD_GEARMAN_ROUND_ROBIN: "yes" };
    expect(gearmand(env, ["--port=9"], files).options).toMatchObject({
      port: 9,
      threads: 2,
      verbose: "DEBUG",
      roundRobin: true,
    });
    expect(
      gearmand({ MOD_GEARMAN_ROUND_ROBIN: "off", MOD_GEARMAN_CONFIG_FILE: "/f" }, [], { "/f": "--port=3" })
        .options,
    ).toMatchObject({ roundRobin: false, port: 3 });
  });
  test("gearmand's own variables keep their meaning", () => {
    expect(gearmand({ GEARMAND_PORT: "7" }).options.port).toBe(7);
    expect(gearmand({ GEARMAND_PORT: "7", MOD_GEARMAN_PORT: "8" }).options.port).toBe(8);
    expect(gearmand({ GEARMAND_SERVER_KEY: "/k", MOD_GEARMAN_SSL_KEY: "/l" }).options.sslKey).toBe("/k");
  });
  test("lists, secrets in files, and what others have in the same environment", () => {
    const env = {
      ...NEEDED,
      MOD_GEARMAN_LISTEN: "127.0.0.1;::1",
      MOD_GEARMAN_LISTENER: "0.0.0.0:4731,deny=shutdown;/run/g.sock",
      MOD_GEARMAN_REDIS_PASSWORD_FILE: "/p",
      MOD_GEARMAN_MYSQL_PASSWORD: "",
    };
    const loaded = gearmand(env, [], { "/p": "pass word\n" });
    expect(loaded.options.listen).toEqual(["127.0.0.1", "::1"]);
    expect(loaded.options.redisPassword).toBe("pass word");
    expect(loaded.sources.get("listener")).toBe("environment MOD_GEARMAN_LISTENER");
    expect(loaded.warnings).toEqual([]);
  });
  test("openITCOCKPIT's variables for others are silent", () => {
    const env = {
      MOD_GEARMAN_GEARMAN_SERVER: "gearmand:4730",
      MOD_GEARMAN_WORKER_GEARMAN_SERVER: "gearmand",
    };
    expect(gearmand(env).warnings).toEqual([]);
  });
  test("a switch needs yes or no", () => {
    expect(() => gearmand({ MOD_GEARMAN_ROUND_ROBIN: "maybe" })).toThrow(ConfigError);
    expect(() => gearmand({ MOD_GEARMAN_ROUND_ROBIN: "maybe" }, ["--check-config"])).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringContaining("MOD_GEARMAN_ROUND_ROBIN") }),
    );
  });
});

describe("module and bridge", () => {
  const module = (env: Env, line = "", own: string[] = [], files: Files = {}) =>
    loadModule(line, "/", memoryFiles(files, { env }), own);
  test("the line and its files, the environment, the bridge's arguments", () => {
    const env = { ...NEEDED, MOD_GEARMAN_RESULT_WORKERS: "4", MOD_GEARMAN_WORKER_HOSTS: "no" };
    const line = "config=/m.conf result_workers=2 server=line";
    const files = { "/m.conf": "perfdata=yes\nkeyfile=/missing" };
    const { options, sources } = module(env, line, ["--result_queue=mine"], files);
    expect(options).toMatchObject({ resultWorkers: 4, servers: [{ host: "a" }, { host: "b" }], hosts: true });
    expect(options.resultQueue.toString()).toBe("mine");
    expect(sources.get("result_workers")).toBe("environment MOD_GEARMAN_RESULT_WORKERS");
    expect(module(env, line, ["--result_workers=6"], files).options.resultWorkers).toBe(6);
  });
  test("nothing but the environment is enough", () => {
    expect(module(NEEDED).options).toMatchObject({ hosts: true, services: false });
  });
  test("the bridge's socket and log", () => {
    const env = { MOD_GEARMAN_BRIDGE_SOCKET: "/run/b", MOD_GEARMAN_LOGFILE: "stderr" };
    const request = withOptions(loadBridge([], memoryFiles({}, { env })));
    expect(request).toMatchObject({ options: { bridgeSocket: "/run/b", log: { logfile: "stderr" } } });
  });
});

describe("tools", () => {
  test("a sender takes server and key, but nothing that says what is sent", () => {
    const env = { ...NEEDED, MOD_GEARMAN_HOST: "h", MOD_GEARMAN_MESSAGE: "m", MOD_GEARMAN_TIMEOUT: "1" };
    const { options, warnings } = sender(env, ["--host=x"]);
    expect(options).toMatchObject({ encryption: true, key: Buffer.from(KEY) });
    expect(options.servers).toHaveLength(2);
    expect(options.message).toBeUndefined();
    expect(warnings).toEqual([]);
    expect(sender({ ...env, MOD_GEARMAN_SEND_GEARMAN_MESSAGE: "m" }).options.message?.toString()).toBe("m");
  });
  test("an empty key is no permission to send in clear text", () => {
    expect(() => sender({ MOD_GEARMAN_SERVER: "s", MOD_GEARMAN_KEY: "" })).toThrow(
      /no encryption key provided/,
    );
    expect(() => sender({ MOD_GEARMAN_SERVER: "s", MOD_GEARMAN_KEY_FILE: "" })).toThrow(ConfigError);
    const files = { "/c": `server=s\nkey=${KEY}` };
    expect(sender({ MOD_GEARMAN_KEY: "" }, ["--config=/c"], files).options.key).toEqual(Buffer.from(KEY));
  });
  test("gearman_top and check_gearman", () => {
    const top = (env: Env, argv: string[] = []) => withOptions(loadTop(argv, memoryFiles({}, { env })));
    const env = {
      MOD_GEARMAN_SERVER: "s",
      MOD_GEARMAN_VERBOSE: "INFO",
      MOD_GEARMAN_GEARMAN_TOP_INTERVAL: "5",
    };
    expect(top(env)).toMatchObject({
      options: { servers: [{ host: "s" }], intervalSeconds: 5 },
      warnings: [],
    });
    expect(top({ ...env, CONFIG_GEARMAND_PORT: "c" }).options.servers).toMatchObject([{ host: "s" }]);
    expect(top(env, ["-H", "h"]).options.servers).toMatchObject([{ host: "h" }]);
    const check = withOptions(
      loadCheckGearman([], memoryFiles({}, { env: { ...NEEDED, MOD_GEARMAN_CHECK_GEARMAN_VERBOSE: "2" } })),
    );
    expect(check.options).toMatchObject({ encryption: true, verbose: 2 });
    expect(check.options.servers).toHaveLength(2);
  });
  test("without such variables no file is read", () => {
    const files = memoryFiles({}, { env: { PATH: "/bin", HOME: "/" } });
    withOptions(loadSender("send_gearman", ["--server=s", "--host=h"], files));
    expect(files.reads).toEqual([]);
  });
});
