import { gearmandTable, moduleTable, workerTable } from "@mod-gearman/config";
import { describe, expect, test } from "vitest";
import { nameProcess, type ProcFiles, secretOptions } from "../src/process-name.ts";

const line = (...words: (string | Buffer)[]) =>
  Buffer.concat(words.flatMap((one) => [Buffer.from(one), Buffer.of(0)]));
const stat = (start: number, size: number) =>
  Buffer.from(
    `7 (a) b (c) S ${Array.from({ length: 44 }, () => "9").join(" ")} ${start} ${start + size} 9 9 9\n`,
  );

const ARGUMENTS_AT = 4096;
const WORKER = { name: "mod_gearman_worker", secrets: secretOptions(workerTable) };

/** A process that was started with the words; `count` of them are its arguments. */
function process(words: readonly (string | Buffer)[], count: number, denied: readonly string[] = []) {
  const memory = line(...words);
  const seen = { comm: "MainThread" };
  const files: ProcFiles = {
    read: (name) => (name === "stat" ? stat(ARGUMENTS_AT, memory.length) : Buffer.from(memory)),
    write: (name, bytes, position = 0) => {
      if (denied.includes(name)) throw new Error("EACCES");
      if (name === "comm") seen.comm = bytes.toString();
      else bytes.copy(memory, position - ARGUMENTS_AT);
    },
  };
  const host = { argv: Array.from({ length: count + 2 }, () => ""), title: "node" };
  return { host, files, memory, seen };
}

function shown(words: readonly string[], args: readonly string[], name = WORKER): string[] {
  const { host, files, memory, seen } = process([...words, ...args], args.length);
  nameProcess(host, name, files);
  expect(seen.comm).toBe(name.name.slice(0, 15));
  expect(host.title).toBe("node");
  return memory.toString("latin1").replace(/\0+$/, "").split("\0");
}

describe("the command", () => {
  test.each([
    [["node", "--inspect-port=240.0.0.1:9229", "/usr/bin/mod_gearman_worker"], "/usr/bin/mod_gearman_worker"],
    [["/usr/lib/mod-gearman-ts/bin/node", "/srv/apps/worker/dist/main.js"], "mod_gearman_worker"],
    [["node", "mod_gearman_worker"], "mod_gearman_worker"],
    [["node", "/opt/not_mod_gearman_worker"], "mod_gearman_worker"],
  ])("of %j is shown as %s", (words, command) => {
    expect(shown(words, ["--config=/etc/w.conf", "", "-d"])).toEqual([
      command,
      "--config=/etc/w.conf",
      "",
      "-d",
    ]);
    expect(shown(words, [])).toEqual([command]);
  });

  test("arguments keep bytes that are no UTF-8", () => {
    const name = Buffer.from("--identifier=h\xf6st", "latin1");
    const { host, files, memory } = process(["node", "/srv/apps/worker/dist/main.js", name], 1);
    nameProcess(host, WORKER, files);
    const expected = line("mod_gearman_worker", name);
    expect(memory.subarray(0, expected.length)).toEqual(expected);
  });

  test("what is longer than before is cut, and ends with NUL", () => {
    const { host, files, memory } = process(["n", "m", "--config=x"], 1);
    nameProcess(host, WORKER, files);
    expect(memory.toString("latin1")).toBe(
      "mod_gearman_wor".slice(0, memory.length - 1).padEnd(memory.length, "\0"),
    );
  });
});

describe("a secret is hidden", () => {
  const gearmand = { name: "gearmand", secrets: secretOptions(gearmandTable) };
  test.each([
    ["--key=abc", "--key=***"],
    ["--KEY=abc", "--KEY=***"],
    ["key=abc", "key=***"],
    ["--password=a=b", "--password=***"],
    ["--key=", "--key=***"],
    ["--keyfile=/etc/key", "--keyfile=/etc/key"],
    ["--identifier=key", "--identifier=key"],
    ["--=x", "--=x"],
  ])("%s is shown as %s", (given, expected) => {
    expect(shown(["node", "/usr/bin/mod_gearman_worker"], [given])[1]).toBe(expected);
  });

  test.each([
    [
      ["--mysql-password", "abc", "-p", "4730"],
      ["--mysql-password", "***", "-p", "4730"],
    ],
    [["--redis-pass=abc"], ["--redis-pass=***"]],
    [["--libpq-conninfo=password=abc host=x"], ["--libpq-conninfo=***"]],
    [
      ["-l", "stderr", "--mysql-user", "root"],
      ["-l", "stderr", "--mysql-user", "root"],
    ],
  ])("%j is shown as %j", (given, expected) => {
    expect(shown(["node", "/usr/sbin/gearmand"], given, gearmand).slice(1)).toEqual(expected);
  });

  test("the tables know them, with their aliases", () => {
    expect(WORKER.secrets).toEqual(["key", "password"]);
    expect(secretOptions(moduleTable)).toEqual(["key", "password"]);
    expect(gearmand.secrets).toEqual(
      expect.arrayContaining(["libpq-conninfo", "mysql-password", "redis-password"]),
    );
  });

  test("nothing of the former arguments is left", () => {
    const { host, files, memory } = process(
      ["node", "--flag", "/usr/bin/mod_gearman_worker", "--key=abcdefgh"],
      1,
    );
    nameProcess(host, WORKER, files);
    expect(memory.toString("latin1")).not.toMatch(/[a-h]{4}gh/);
  });
});

test.each(["mem", "comm"])("the title is the name where %s cannot be written", (name) => {
  const { host, files } = process(["node", "main.js", "--key=abc"], 1, [name]);
  nameProcess(host, WORKER, files);
  expect(host.title).toBe("mod_gearman_worker");
});

test("the title is the name where the place of the arguments is hidden", () => {
  const { host, files } = process(["node", "main.js"], 0);
  nameProcess(host, WORKER, { ...files, read: (name) => (name === "stat" ? stat(0, 0) : files.read(name)) });
  expect(host.title).toBe("mod_gearman_worker");
});
