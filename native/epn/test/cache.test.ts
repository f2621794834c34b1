// @module-tag slow
import { copyFileSync, readFileSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import { waitFor } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { type EpnServer, startEpn, writePlugin } from "./epn-server.ts";

/** The pids of the server's own children. */
function childrenOf({ process: { pid } }: EpnServer): string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").split(" ").filter(Boolean);
}

test("a changed plugin is compiled again, also when replaced by an older file", async (context) => {
  const server = await startEpn(context);
  const bin = server.plugin("v.pl", "print 1; exit 0;");
  const run = async (): Promise<string> => (await server.run({ bin })).stdout;
  expect(await run()).toBe("1");
  writeFileSync(bin, "print 22; exit 0;");
  expect(await run()).toBe("22");
  const older = server.plugin("older.pl", "print 33; exit 0;");
  utimesSync(older, 1_000_000, 1_000_000);
  renameSync(older, bin);
  expect(await run()).toBe("33");
});

test("a plugin that did not compile is compiled again after a change", async (context) => {
  const server = await startEpn(context);
  const bin = server.plugin("late.pl", "}");
  expect(await server.run({ bin })).toMatchObject({ error: "compile" });
  writeFileSync(bin, "print 'ok'; exit 0;");
  expect(await server.run({ bin })).toMatchObject({ rc: 0, stdout: "ok" });
});

test("runs of the old version complete", async (context) => {
  const server = await startEpn(context);
  const gate = `${server.folder}/gate`;
  const bin = server.plugin(
    "v.pl",
    `print 'old'; select undef, undef, undef, 0.05 until -e '${gate}'; exit 0;`,
  );
  const old = server.run({ bin });
  const children = (): string =>
    readFileSync(`/proc/${server.process.pid}/task/${server.process.pid}/children`, "latin1").trim();
  const prepared = await waitFor("prepared process", () => children() || undefined);
  await waitFor(
    "the run",
    () => readFileSync(`/proc/${prepared}/task/${prepared}/children`, "latin1").trim() || undefined,
  );
  copyFileSync(server.plugin("new.pl", "print 'new version'; exit 0;"), bin);
  expect((await server.run({ bin })).stdout).toBe("new version");
  writeFileSync(gate, "");
  expect((await old).stdout).toBe("old");
  await waitFor("end of the old one", () => !children().split(" ").includes(prepared));
});

test("without -c no compiled plugin is kept", async (context) => {
  const server = await startEpn(context, []);
  const bin = server.plugin("v.pl", "print 'x'; exit 1;");
  for (let i = 0; i < 2; i++) {
    const result = await server.run({ bin });
    expect(result).toMatchObject({ rc: 1, stdout: "x" });
    expect(result.compile_duration).toBeGreaterThan(0);
  }
  await waitFor("no process left", () => childrenOf(server).length === 0);
});

test("variables that Perl reads at its start make a separate compiled plugin", async (context) => {
  const server = await startEpn(context);
  for (const name of ["one", "two"]) {
    writePlugin(`${server.folder}/Mod_${name}.pm`, "1;");
  }
  const bin = server.plugin("inc.pl", "print $INC[0]; exit 0;");
  for (const lib of ["/a", "/b", "/a"])
    expect((await server.run({ bin, env: { PERL5LIB: lib } })).stdout).toBe(lib);
});

test("a plugin is compiled for each environment that it may have read, at most 20 are kept", async (context) => {
  const server = await startEpn(context, ["-c", "-vv"]);
  const bin = server.plugin("oracle.pl", "my $home; BEGIN { $home = $ENV{HOME_OF} } print $home; exit 0;");
  const prepared = (): number => childrenOf(server).length;
  for (let i = 0; i < 25; i++) {
    const env = { HOME_OF: `/opt/${i}` };
    expect((await server.run({ bin, env, clean: false })).stdout).toBe(`/opt/${i}`);
  }
  await waitFor("20 processes", () => prepared() === 20);
  expect((await server.run({ bin, env: { HOME_OF: "/opt/0" }, clean: false })).stdout).toBe("/opt/0");
});

test("variables of a single check make no separate environment", async (context) => {
  const server = await startEpn(context, ["-c", "-vv"]);
  const bin = server.plugin("notify.pl", "print $ENV{NAGIOS_SERVICEOUTPUT}; exit 0;");
  for (const output of ["one", "two"]) {
    const env = { NAGIOS_SERVICEOUTPUT: output };
    expect((await server.run({ bin, env, clean: false })).stdout).toBe(output);
  }
  expect(server.log().match(/compiling /g)).toHaveLength(1);
});

test("60 recompiles leave one process and no memory", async (context) => {
  const server = await startEpn(context);
  const pid = server.process.pid;
  const bin = server.plugin("v.pl", "");
  const version = async (i: number): Promise<void> => {
    writeFileSync(bin, `my @big = (${"'some text',".repeat(500)}); print ${i}; exit 0; # ${"x".repeat(i)}`);
    expect((await server.run({ bin })).stdout).toBe(`${i}`);
  };
  const rss = (): number => Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1]);
  for (let i = 0; i < 20; i++) await version(i);
  const before = rss();
  for (let i = 20; i < 60; i++) await version(i);
  expect(rss() - before).toBeLessThan(2000);
  await waitFor(
    "one process",
    () => readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").trim().split(" ").length === 1,
  );
});
