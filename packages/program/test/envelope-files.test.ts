import { type ConfigError, type LoadDeps, writersProblem } from "@mod-gearman/config";
import { issueIdentity, printIdentityFile, printMasterFile } from "@mod-gearman/crypto";
import { describe, expect, test } from "vitest";
import { loadGearmand, loadModule, loadSender, loadWorker } from "../src/index.ts";
import { memoryFiles } from "./memory-files.ts";

const master = { secret: Buffer.alloc(32, 0xab), epochs: [1] };
const queues = [Buffer.from("service")];
const files = {
  "/master": printMasterFile(master).toString("latin1"),
  "/worker": printIdentityFile(issueIdentity(master, { kind: "worker", name: "w1", queues })).toString(
    "latin1",
  ),
  "/sender": printIdentityFile(issueIdentity(master, { kind: "sender", name: "s1", queues })).toString(
    "latin1",
  ),
  "/list": "worker w1 service\n",
  "/damaged": "type=master\nsecret=1234\nepochs=1\n",
  "/bad-list": "worker w1\n",
};

const deps = (mode = 0o600): LoadDeps => ({
  ...memoryFiles(files),
  statsOf: () => ({ mode: 0o100_000 | mode, uid: 0 }),
});
const module = (more: string, mode?: number) => loadModule(`server=h encryption=no ${more}`, "/", deps(mode));
const worker = (more: string, mode?: number) => {
  const words = ["--server=h", "--encryption=no", "--services=yes", ...more.split(" ")];
  const loaded = loadWorker(words, deps(mode));
  if (!("options" in loaded)) throw new Error("no options");
  return loaded;
};

/** Code and text of what it throws. */
function failure(load: () => unknown): string {
  try {
    load();
  } catch (error) {
    return `${(error as ConfigError).code} ${(error as ConfigError).message}`;
  }
  return "none";
}

test("the legacy form is the default, and reads none of the files", () => {
  const { options } = module("envelope_master_file=/missing envelope_identities_file=/missing");
  expect(options.envelope).toBe("legacy");
  expect(options.masterFile).toBeUndefined();
  expect(worker("--envelope_identity_file=/missing").options.identityFile).toBeUndefined();
});

test("both and v2 read the files of module and worker", () => {
  for (const form of ["both", "v2"]) {
    const { options } = module(
      `envelope=${form} envelope_master_file=/master envelope_identities_file=/list envelope_queues=service,tenant_*`,
    );
    expect(options.masterFile?.toString()).toBe(files["/master"]);
    expect(options.identities?.toString()).toBe(files["/list"]);
    expect(options.envelopeQueues.map(String)).toEqual(["service", "tenant_*"]);
    const own = worker(`--envelope=${form} --envelope_identity_file=/worker`).options;
    expect(own.identityFile?.toString()).toBe(files["/worker"]);
  }
});

test.for([
  ["envelope=v2", "NO_KEY envelope=v2 needs envelope_master_file"],
  [
    "envelope=v2 envelope_master_file=/missing",
    "UNREADABLE_FILE cannot read /missing: no such file or directory",
  ],
  [
    "envelope=both envelope_master_file=/damaged",
    "NO_KEY /damaged, line 2: a secret is not 64 hexadecimal digits",
  ],
  ["envelope=both envelope_master_file=/worker", "NO_KEY /worker, line 1: another type of file"],
  [
    "envelope=v2 envelope_master_file=/master envelope_identities_file=/bad-list",
    "NO_KEY /bad-list, line 1: a line without key and value",
  ],
] as const)("module, %s: %s", ([more, text]) => {
  expect(failure(() => module(more))).toContain(text);
});

test.for([
  ["--envelope=v2", "NO_KEY envelope=v2 needs envelope_identity_file"],
  ["--envelope=v2 --envelope_identity_file=/sender", "NO_KEY /sender, line 1: another type of file"],
  ["--envelope=v3", "BAD_VALUE"],
] as const)("worker, %s: %s", ([more, text]) => {
  expect(failure(() => worker(more))).toContain(text);
});

test("a file with keys that other users may open is refused, one of a group is not", () => {
  const text = "is open to every user, its keys protect nothing: chmod 600";
  expect(failure(() => module("envelope=v2 envelope_master_file=/master", 0o644))).toContain(text);
  expect(failure(() => worker("--envelope=v2 --envelope_identity_file=/worker", 0o602))).toContain(text);
  expect(failure(() => worker("--envelope=v2 --envelope_identity_file=/worker", 0o640))).toBe("none");
});

describe("the list of identities decides who may report for what", () => {
  const load = (stats: { mode: number; uid: number }, userId: number | undefined = 110, folder = 0o755) => {
    const line =
      "server=h encryption=no envelope=v2 envelope_master_file=/master envelope_identities_file=/list";
    const statsOf = (path: string) => (path === "/list" ? stats : { mode: 0o600, uid: 0 });
    const folderStatsOf = (path: string) => (path === "/" ? { mode: 0o040_000 | folder, uid: 0 } : undefined);
    return failure(() => loadModule(line, "/", { ...deps(), userId, statsOf, folderStatsOf }));
  };
  test.for([0o664, 0o646, 0o666])("mode %o is refused", (mode) =>
    expect(load({ mode, uid: 0 })).toMatch(/^NO_KEY \/list: more users than its owner may write it .*go-w$/),
  );
  test("it belongs to root or the user of the program; root looks at files of others", () => {
    expect(load({ mode: 0o644, uid: 1000 })).toContain("NO_KEY /list: it belongs to user 1000");
    expect([load({ mode: 0o644, uid: 110 }), load({ mode: 0o644, uid: 0 })]).toEqual(["none", "none"]);
    expect(load({ mode: 0o644, uid: 1000 }, 0)).toBe("none");
  });
  test.for([0, 110])("to user %i a folder in which every user may replace it is a reason", (userId) => {
    const inFolder = (mode: number) => load({ mode: 0o644, uid: 0 }, userId, mode);
    expect(inFolder(0o777)).toBe(
      "NO_KEY /list: every user may write its folder, and so put another file in its place (mode 0777): chmod o-w",
    );
    expect([inFolder(0o1777), inFolder(0o775)]).toEqual(["none", "none"]);
  });

  describe("through links", () => {
    const folders: Record<string, { mode: number; uid: number }> = {};
    const problem = (over: Partial<LoadDeps> = {}, userId = 110): string | undefined =>
      writersProblem("/etc/list", {
        ...{ userId, env: {}, statsOf: () => ({ mode: 0o644, uid: 0 }) },
        folderStatsOf: (path) => folders[path] ?? { mode: 0o40_755, uid: 0 },
        linkOf: (path) =>
          ({
            "/etc/list": { target: "/srv/a/list", uid: 0 },
            "/srv/a/list": { target: "/srv/b/list", uid: 0 },
          })[path],
        ...over,
      });
    const inFolder = (path: string, mode: number, uid = 0, userId = 110) => {
      for (const name of Object.keys(folders)) delete folders[name];
      folders[path] = { mode: 0o40_000 | mode, uid };
      return problem({}, userId);
    };
    test("a folder on the way in which another user may replace the file is a reason", () => {
      expect(inFolder("/srv/b", 0o777)).toBe(
        "every user may write the folder /srv/b that a link leads to, and so put another file in its place (mode 0777): chmod o-w",
      );
      expect(inFolder("/srv/a", 0o777)).toContain("/srv/a");
      expect(inFolder("/srv/b", 0o755, 1000)).toContain("/srv/b that a link leads to belongs to user 1000");
      expect(inFolder("/etc", 0o755, 1000)).toContain("its folder belongs to user 1000");
      for (const [mode, uid, userId] of [
        [0o1777, 0, 110],
        [0o775, 110, 110],
        [0o755, 1000, 0],
      ] as const)
        expect(inFolder("/srv/b", mode, uid, userId)).toBeUndefined();
    });
    test("a link of another user is a reason, in a folder with the sticky bit too", () => {
      inFolder("/etc", 0o1777);
      const linkOf = (path: string) =>
        path === "/etc/list" ? { target: "/srv/a/list", uid: 1000 } : undefined;
      expect(problem({ linkOf })).toContain("the link /etc/list belongs to user 1000");
    });
    test("links without end are looked at as long as the system follows them", () => {
      expect(problem({ linkOf: () => ({ target: "/etc/list", uid: 0 }) })).toBeUndefined();
    });
  });
});

test("a key in the path of a file is not shown", () => {
  const contents = { "/x?key=geheim": files["/damaged"], "/y?key=geheim": files["/worker"] };
  const at = { ...memoryFiles(contents), statsOf: () => ({ mode: 0o644, uid: 0 }) };
  const words = ["--server=h", "--encryption=no", "--services=yes", "--envelope=v2"];
  for (const path of Object.keys(contents)) {
    const text = failure(() => loadWorker([...words, `--envelope_identity_file=${path}`], at));
    expect(text).toMatch(/^NO_KEY \/[xy]\?key=\(hidden\)/);
    expect(text).not.toContain("geheim");
  }
});

test("no message and no effective value holds a secret", () => {
  const { effective, warnings } = module("envelope=v2 envelope_master_file=/master");
  expect(JSON.stringify([effective, warnings])).not.toContain("abab");
});

test("a credential of systemd and a secret of a container are guarded by their folder, not by their mode", () => {
  const contents = { "/run/secrets/master": files["/master"], "/run/credentials/u/worker": files["/worker"] };
  const guarded: LoadDeps = {
    ...deps(0o444),
    ...memoryFiles(contents),
    env: { CREDENTIALS_DIRECTORY: "/run/credentials/u" },
  };
  const loaded = loadModule(
    "server=h encryption=no envelope=v2 envelope_master_file=/run/secrets/master",
    "/",
    guarded,
  );
  expect(loaded.options.masterFile?.toString()).toBe(files["/master"]);
  expect(loaded.warnings.map(({ text }) => text).join("\n")).not.toContain("every user");
  const words = ["--server=h", "--encryption=no", "--services=yes", "--envelope=v2"];
  const own = loadWorker([...words, "--envelope_identity_file=/run/credentials/u/worker"], guarded);
  expect("options" in own && own.options.identityFile?.toString()).toBe(files["/worker"]);
});

describe("an empty value, as of an unset variable, never leads to a form that protects less", () => {
  const sender = (...argv: string[]) =>
    loadSender("send_gearman", ["--server=s", "--host=h", ...argv], deps());
  test.for([["--sender_identity_file="], ["--sender_identity_file"], ["--sender_identity_file", "--host=h"]])(
    "send_gearman %s",
    (argv) =>
      expect(failure(() => sender("--sender_identity_file=/sender", ...argv))).toBe(
        "BAD_VALUE sender_identity_file: the value is empty",
      ),
  );

  test.for([
    ["send_gearman", "SENDER_IDENTITY_FILE"],
    ["send_gearman", "SEND_GEARMAN_SENDER_IDENTITY_FILE"],
    ["send_multi", "SENDER_IDENTITY_FILE"],
    ["worker", "ENVELOPE"],
    ["worker", "WORKER_ENVELOPE_IDENTITY_FILE"],
    ["worker", "RUN_AS"],
    ["worker", "RESTRICT_PATH"],
    ["module", "ENVELOPE"],
    ["module", "ENVELOPE_MASTER_FILE"],
    ["module", "ENVELOPE_IDENTITIES_FILE"],
    ["module", "ENVELOPE_QUEUES"],
    ["gearmand", "LISTEN"],
    ["gearmand", "USER"],
    ["gearmand", "SSL"],
    ["gearmand", "SSL_CA_FILE"],
    ["gearmand", "SSL_REQUIRE_CLIENT_CERT"],
    ["gearmand", "LISTENER"],
    ["gearmand", "CLIENT_RIGHTS"],
  ] as const)("%s, variable %s", ([program, option]) => {
    const name = `MOD_GEARMAN_${option}`;
    const load = (env: Record<string, string>, contents = {}) => {
      const at = { ...memoryFiles({ ...files, ...contents }, { env }) };
      if (program === "module") return loadModule("server=h encryption=no", "/", at);
      if (program === "worker") return loadWorker(["--server=h", "--encryption=no", "--services=yes"], at);
      if (program === "gearmand") return loadGearmand([], at);
      return loadSender(program, ["--server=s", "--host=h"], at);
    };
    expect(failure(() => load({}))).toBe("none");
    expect(failure(() => load({ [name]: "" }))).toMatch(new RegExp(`^BAD_VALUE environment.*${name}`));
    if (!name.endsWith("_FILE"))
      expect(failure(() => load({ [`${name}_FILE`]: "/empty" }, { "/empty": "\n" }))).toMatch(/^BAD_VALUE/);
  });

  test("a variable without value leaves what a file says, and what the command line says", () => {
    const env = { MOD_GEARMAN_RUN_AS: "", MOD_GEARMAN_ENVELOPE: "" };
    const at = memoryFiles({ "/w.conf": "run_as=nobody\nenvelope=legacy\n" }, { env });
    const base = ["--server=h", "--encryption=no", "--services=yes"];
    const runAs = (words: string[]) => {
      const loaded = loadWorker([...base, ...words], at);
      return "options" in loaded && loaded.options.runAs;
    };
    expect(runAs(["--config=/w.conf"])).toBe("nobody");
    expect(runAs(["--run_as=daemon", "--envelope=legacy"])).toBe("daemon");
  });

  test.for(["run_as=", "restrict_path="])("worker, %s", (setting) => {
    const words = ["--server=h", "--encryption=no", "--services=yes"];
    const name = setting.replace("=", "");
    expect(failure(() => loadWorker([...words, `--${setting}`], deps()))).toBe(
      `BAD_VALUE ${name}: the value is empty`,
    );
    expect(failure(() => loadWorker([...words, "--restrict_path=/a", "--restrict_path="], deps()))).toBe(
      "none",
    );
  });

  test.for(["envelope_queues=,", "envelope_queues=", "envelope_queues"])("module, %s", (setting) =>
    expect(failure(() => module(`envelope=both envelope_master_file=/master ${setting}`))).toBe(
      "BAD_VALUE envelope_queues: the value is empty",
    ),
  );

  test("worker and module", () => {
    const empty = "BAD_VALUE envelope: the value is empty";
    expect(failure(() => worker("--envelope=v2 --envelope_identity_file=/worker --envelope="))).toBe(empty);
    const master = "envelope=v2 envelope_master_file=/master";
    expect(failure(() => module(`${master} envelope=`))).toBe(empty);
    expect(failure(() => module(`${master} envelope_identities_file=`))).toBe(
      "BAD_VALUE envelope_identities_file: the value is empty",
    );
  });
});

test("a secret in the place of a path, or in a setting, is not shown", () => {
  const secret = "0a".repeat(32);
  expect(failure(() => worker(`--envelope=v2 --envelope_identity_file=${secret}`))).toBe(
    "UNREADABLE_FILE cannot read (hidden): no such file or directory",
  );
  const lines = [`--own_key=1 ${secret}`, `--envelope=${secret}`, `--job_key=1 ${secret} service`];
  for (const line of lines) {
    const words = ["--server=h", "--encryption=no", "--services=yes", line];
    const shown = failure(() => {
      const loaded = loadWorker(words, deps());
      throw new Error("warnings" in loaded ? loaded.warnings.map(({ text }) => text).join() : "");
    });
    expect(shown).not.toContain(secret.slice(0, 20));
  }
});
