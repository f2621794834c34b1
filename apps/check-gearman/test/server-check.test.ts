import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { FakeJobServer, type FakeScript, settle, tmpFolder } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { Plugin } from "./plugin.ts";

const answers = (status: string, version = "OK 1.1.20\n"): FakeScript => ({
  onLine: (line, connection) => {
    if (line === "status") connection.sendBytes(Buffer.from(`${status}.\n`, "latin1"));
    if (line === "version") connection.sendBytes(Buffer.from(version, "latin1"));
  },
});

function pluginWith(servers: Record<string, FakeScript | FakeJobServer>): Plugin {
  const plugin = new Plugin();
  for (const [name, script] of Object.entries(servers)) {
    plugin.servers.set(name, script instanceof FakeJobServer ? script : new FakeJobServer(script));
  }
  return plugin;
}

function silent(): FakeJobServer {
  const server = new FakeJobServer();
  server.mode = "silent";
  return server;
}

describe("several servers (T5)", () => {
  const busy = "q\t12\t0\t1\n";
  const idle = "q\t0\t0\t1\n";

  test.for<[string, Record<string, FakeScript>, number, string]>([
    [
      "all are well",
      { a: answers(idle), b: answers(idle, "OK 2\n") },
      0,
      "check_gearman OK - a:1: 0 jobs running and 0 jobs waiting. Version: 1.1.20 - " +
        "b:1: 0 jobs running and 0 jobs waiting. Version: 2|",
    ],
    [
      "one warns",
      { a: answers(busy), b: answers(idle) },
      1,
      "check_gearman WARNING - a:1: Queue q has 12 waiting jobs. - " +
        "b:1: 0 jobs running and 0 jobs waiting. Version: 1.1.20|",
    ],
    [
      "the worst decides",
      { a: answers("q\t5\t0\t0\n"), b: answers(busy) },
      2,
      "check_gearman CRITICAL - a:1: Queue q has 5 jobs without any worker. - b:1: Queue q has 12 waiting jobs.|",
    ],
  ])("%s", async ([, servers, exitCode, text]) => {
    const plugin = pluginWith(servers);
    expect(await plugin.run("-H", "a:1", "-H", "b:1")).toBe(exitCode);
    expect(plugin.stdout.slice(0, plugin.stdout.indexOf("|") + 1)).toBe(text);
  });

  test("perfdata: labels are distinct", async () => {
    const plugin = pluginWith({ a: answers(idle), b: answers(idle) });
    await plugin.run("-H", "a:1", "-H", "b:1");
    const labels = [...plugin.stdout.matchAll(/'([^']*)'=/g)].map((match) => match[1]);
    expect(labels).toEqual([
      "a:1/q_waiting",
      "a:1/q_running",
      "a:1/q_worker",
      "b:1/q_waiting",
      "b:1/q_running",
      "b:1/q_worker",
    ]);
  });

  test("they are asked concurrently: one that does not answer costs the timeout once", async () => {
    const plugin = pluginWith({ a: silent(), b: silent(), c: answers(idle) });
    const ended = plugin.run("-H", "a:1", "-H", "b:1", "-H", "c:1", "-t", "7");
    await plugin.clock.advance(7000);
    expect(await ended).toBe(2);
    expect(plugin.stdout).toMatch(
      /^check_gearman CRITICAL - a:1: timeout while waiting for a:1 - b:1: timeout while waiting for b:1 - c:1: 0 jobs/,
    );
  });
});

describe("timeout", () => {
  test("a server that does not answer", async () => {
    const plugin = pluginWith({ a: {} });
    const ended = plugin.run("-H", "a:1");
    await plugin.clock.advance(9999);
    expect(plugin.stdout).toBe("");
    await plugin.clock.advance(1);
    expect(await ended).toBe(2);
    expect(plugin.stdout).toBe("timeout while waiting for a:1\n");
    expect(plugin.clock.pending).toBe(0);
  });

  test("no version within the time: the result has no version (T1)", async () => {
    const plugin = pluginWith({ a: answers("", "") });
    const ended = plugin.run("-H", "a:1", "-t", "1");
    await plugin.clock.advance(1000);
    expect(await ended).toBe(0);
    expect(plugin.stdout).toBe("check_gearman OK - 0 jobs running and 0 jobs waiting. Version: \n");
  });

  test("-t 0: no limit", async () => {
    const plugin = pluginWith({ a: {} });
    void plugin.run("-H", "a:1", "-t", "0");
    await plugin.clock.advance(1_000_000_000);
    expect(plugin.stdout).toBe("");
  });
});

describe("malformed lines", () => {
  test.for([
    ["one with blanks", "a 1 0 1\n"],
    ["one that is too short", "a\t1\n"],
    ["empty ones", "\n\n"],
  ])("nothing but %s: no valid data (T2)", async ([, status]) => {
    for (const args of [[], ["-q", "a"]]) {
      const plugin = pluginWith({ a: answers(status ?? "") });
      expect(await plugin.run("-H", "a:1", ...args)).toBe(2);
      expect(plugin.stdout).toBe("check_gearman CRITICAL - got no valid data from a:1\n");
    }
  });

  test("among valid queues a malformed line is ignored: a name may contain a line feed", async () => {
    const plugin = pluginWith({ a: answers("two\nlines\t0\t0\t1\n") });
    expect(await plugin.run("-H", "a:1")).toBe(0);
    expect(plugin.stdout).toContain("'lines_worker'=1;");
  });
});

describe("patterns", () => {
  const two = answers("host\t0\t0\t1\nservice\t11\t0\t1\n");

  test.for<[string[], number, string]>([
    [
      ["--exclude", "serv"],
      0,
      "check_gearman OK - 0 jobs running and 0 jobs waiting. Version: 1.1.20|'host_waiting'=0;",
    ],
    [
      ["--include", "serv"],
      1,
      "check_gearman WARNING - Queue service has 11 waiting jobs. |'service_waiting'=11;",
    ],
    [["--include", "nix"], 1, "check_gearman WARNING - No queue matches nix. |\n"],
    [
      ["--include", "nix", "--include", "serv"],
      1,
      "check_gearman WARNING - No queue matches nix. Queue service has 11 waiting jobs. |'service_waiting'=11;",
    ],
    [["-q", "host", "--exclude", "h"], 1, "check_gearman WARNING - Queue host is left out by a pattern|\n"],
  ])("%j", async ([args, exitCode, begin]) => {
    const plugin = pluginWith({ a: two });
    expect(await plugin.run("-H", "a:1", ...args)).toBe(exitCode);
    expect(plugin.stdout.slice(0, begin.length)).toBe(begin);
  });
});

describe("stale status queues", () => {
  const left = answers("service\t0\t0\t1\nworker_w1\t2\t0\t0\n");
  const alert = "check_gearman CRITICAL - Queue worker_w1 has 2 jobs without any worker. |";
  const fine = "check_gearman OK - 0 jobs running and 0 jobs waiting. Version: 1.1.20|'service_waiting'";

  test("without the option they are treated as other queues", async () => {
    const plugin = pluginWith({ a: left });
    expect(await plugin.run("-H", "a:1")).toBe(2);
    expect(plugin.stdout.startsWith(alert)).toBe(true);
  });

  test("without a file they are ignored at once, as -v prints", async () => {
    const plugin = pluginWith({ a: left });
    expect(await plugin.run("-H", "a:1", "--ignore-stale", "-v")).toBe(0);
    expect(plugin.stdout.startsWith(fine)).toBe(true);
    expect(plugin.stderr).toBe(
      "no --stale-state: status queues without worker are ignored at once\n" +
        "a:1: queue worker_w1 is stale, ignored\n",
    );
  });

  test("with a file they are ignored after the grace time, counted from the first run that saw them", async (context) => {
    const plugin = pluginWith({ a: left });
    const args = ["-H", "a:1", "--ignore-stale=60", "--stale-state", join(tmpFolder(context), "state")];
    expect(await plugin.run(...args)).toBe(2);
    plugin.nowSeconds += 59;
    expect(await plugin.run(...args)).toBe(2);
    plugin.nowSeconds += 1;
    expect(await plugin.run(...args)).toBe(0);
    expect(plugin.stdout.startsWith(fine)).toBe(true);
  });

  test("an unreachable server does not reset the times of its queues", async (context) => {
    const plugin = pluginWith({ a: left });
    const args = ["-H", "a:1", "--ignore-stale=60", "--stale-state", join(tmpFolder(context), "state")];
    await plugin.run(...args);
    const server = plugin.servers.get("a");
    plugin.servers.delete("a");
    expect(await plugin.run(...args)).toBe(2);
    if (server !== undefined) plugin.servers.set("a", server);
    plugin.nowSeconds += 60;
    expect(await plugin.run(...args)).toBe(0);
  });

  test("an unusable file is reported, and no queue is ignored", async (context) => {
    const path = join(tmpFolder(context), "state");
    symlinkSync("elsewhere", path);
    const plugin = pluginWith({ a: answers("service\t0\t0\t1\nworker_w1\t0\t0\t0\n") });
    expect(await plugin.run("-H", "a:1", "--ignore-stale=0", "--stale-state", path)).toBe(1);
    expect(plugin.stdout).toMatch(
      /^check_gearman WARNING - 0 jobs .* - cannot use .*state: it is a symbolic link\|/,
    );
    await settle();
  });
});
