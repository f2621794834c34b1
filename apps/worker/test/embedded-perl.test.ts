import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadWorker } from "@mod-gearman/program";
import { settle, tmpFolder } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { describeEmbeddedPerl, embeddedPerl } from "../src/embedded-perl.ts";
import { type PerlScripts, perlScripts } from "../src/perl-scripts.ts";
import { noFiles, openResult, serviceJob, startWorker } from "./worker-world.ts";

const scripts: PerlScripts = { bundled: () => "/bundled.pl", isOurs: (path) => path === "/ours.pl" };
const planned = (...args: string[]) => {
  const request = loadWorker(["--server=a", "--services=yes", "--encryption=no", ...args], noFiles);
  if (!("options" in request)) throw new Error("no worker");
  return embeddedPerl(request.options, scripts);
};
const ON = "--enable_embedded_perl=yes";

describe("settings derived from the options", () => {
  test("off is the default", () => {
    expect(planned()).toEqual({ implicit: false, warnings: [] });
    expect(describeEmbeddedPerl(planned())).toEqual([]);
  });

  test("on", () => {
    const server = { script: "/bundled.pl", keepCompiled: true, verbosity: 0 };
    expect(planned(ON)).toEqual({ server, implicit: false, warnings: [] });
    expect(describeEmbeddedPerl(planned(ON))).toEqual([
      "embedded Perl: Perl plugins that ask for it, compiled once, by /bundled.pl",
    ]);
  });

  test("all of them", () => {
    const plan = planned(
      ON,
      "--use_embedded_perl_implicitly=yes",
      "--use_perl_cache=no",
      "--p1_file=/ours.pl",
    );
    expect(plan).toEqual({
      server: { script: "/ours.pl", keepCompiled: false, verbosity: 0 },
      implicit: true,
      warnings: [],
    });
    expect(describeEmbeddedPerl(plan)).toEqual([
      "embedded Perl: all Perl plugins that do not refuse, compiled for each run, by /ours.pl",
    ]);
  });

  test.for([
    ["0", 0],
    ["1", 1],
    ["2", 2],
    ["3", 2],
  ] as const)("debug %s", ([debug, verbosity]) => {
    expect(planned(ON, `--debug=${debug}`).server?.verbosity).toBe(verbosity);
  });

  test("another p1_file is reported and not used", () => {
    const plan = planned(ON, "--p1_file=/usr/share/mod_gearman/mod_gearman_p1.pl");
    expect(plan.server?.script).toBe("/bundled.pl");
    expect(plan.warnings).toEqual([
      "p1_file /usr/share/mod_gearman/mod_gearman_p1.pl is no server of this worker, using /bundled.pl",
    ]);
    expect(planned("--p1_file=/other").warnings).toEqual([]); // not requested
  });

  test.for([["limit_cpu_seconds=5"], ["limit_memory=64M"], ["limit_open_files=64"], ["run_as=nobody"]])(
    "not with %s",
    ([option]) => {
      const plan = planned(ON, `--${option}`);
      expect(plan.server).toBeUndefined();
      const name = option?.split("=")[0];
      expect(plan.warnings).toEqual([
        `enable_embedded_perl has no effect together with ${name}: Perl plugins run as programs`,
      ]);
      expect(describeEmbeddedPerl(plan)).toEqual([]);
    },
  );
});

describe("the script of the server", () => {
  test("the bundled one is recognised", () => {
    expect(perlScripts.isOurs(perlScripts.bundled())).toBe(true);
  });

  test("the marker is found in the first five lines", (context) => {
    const folder = tmpFolder(context);
    const marked = (lines: number) => {
      const path = join(folder, String(lines));
      writeFileSync(path, `${"#\n".repeat(lines)}# mod-gearman-ts epn server, protocol 2\n`);
      return perlScripts.isOurs(path);
    };
    expect([marked(1), marked(4), marked(5)]).toEqual([true, true, false]);
    expect(perlScripts.isOurs("/not/there")).toBe(false);
    expect(perlScripts.isOurs(folder)).toBe(false);
  });
});

describe("in a running worker", () => {
  const perlPlugin = (folder: string) => {
    const path = join(folder, "check_perl");
    writeFileSync(path, "#!/usr/bin/perl\n# nagios: +epn\n", { mode: 0o755 });
    return path;
  };

  test("a Perl plugin runs in the server, its result goes to the job server, its label to the metrics", async (context) => {
    const world = await startWorker(ON);
    const [epn] = world.epns;
    expect(epn?.calls).toEqual(["start"]);
    const path = perlPlugin(tmpFolder(context));
    world.servers.a.put("service", serviceJob(`A=1 ${path} -w 5`));
    await settle();
    const { order, done } = epn?.orders.shift() ?? {};
    expect(order?.args.map(String)).toEqual(["-w", "5"]);
    expect(order?.env.map(String)).toEqual(["A,1"]);
    expect(order?.timeoutMs).toBe(60_000);
    done?.({
      ...{ exitCode: 1, stdout: Buffer.from("a\xff", "latin1"), stderr: Buffer.from("e"), truncatedBytes: 0 },
      ...{ timedOut: false, aborted: false, startedAt: 1n, finishedAt: 2n },
    });
    await settle();
    const result = openResult(world.servers.a.submitted[0]?.data as Buffer);
    expect(result.output).toEqual(Buffer.from("a\xff\n[e]", "latin1"));
    expect(world.servers.a.completed).toHaveLength(1);
    expect(world.logger.lines.some((line) => /finished service .*rc: 1 \| exec: epn\)/.test(line))).toBe(
      true,
    );
    expect(world.runner.runs).toEqual([]);
  });

  test("off: no server is started", async () => {
    expect((await startWorker()).epns).toEqual([]);
  });

  test("reloads that change the switches, turn it off and turn it on", async () => {
    const world = await startWorker(ON);
    const common = [...world.args];
    world.args = [...common, "--use_perl_cache=no", "--debug=1"];
    await world.signal("SIGHUP");
    expect(world.epns[0]?.settings).toMatchObject({ keepCompiled: false, verbosity: 1 });
    world.args = [...common, "--enable_embedded_perl=no"];
    await world.signal("SIGHUP");
    expect(world.epns[0]?.calls).toEqual(["start", "reload", "drain"]);
    world.args = common;
    await world.signal("SIGHUP");
    expect(world.epns).toHaveLength(2);
    expect(world.epns[1]?.calls).toEqual(["start"]);
    await world.signal("SIGTERM");
    expect(world.exitCode).toBe(0);
    expect(world.epns.map(({ calls }) => calls.at(-1))).toEqual(["close", "close"]);
  });

  test("a refused reload has no effect on it", async () => {
    const world = await startWorker(ON);
    world.args = [...world.args, "--debug=x"];
    await world.signal("SIGHUP");
    expect(world.epns[0]?.calls).toEqual(["start"]);
  });

  test("a reload with a warning logs it", async () => {
    const world = await startWorker();
    world.args = [...world.args, ON, "--p1_file=/usr/lib/p1.pl"];
    await world.signal("SIGHUP");
    expect(world.logger.lines).toContain(
      "warn: p1_file /usr/lib/p1.pl is no server of this worker, using /bundled.pl",
    );
  });

  test("at the end its plugins are killed and their jobs go back to the server", async (context) => {
    const world = await startWorker(ON);
    world.servers.a.put("service", serviceJob(perlPlugin(tmpFolder(context))));
    await settle();
    await world.signal("SIGTERM");
    await world.clock.advance(5000);
    expect(world.exitCode).toBe(0);
    expect(world.epns[0]?.calls).toEqual(["start", "abort in order", "close"]);
    expect(world.servers.a.submitted).toEqual([]);
    expect(world.servers.a.completed).toEqual([]);
  });

  test("the second signal, and a crash, do not wait for it", async (context) => {
    const world = await startWorker(ON);
    world.servers.a.put("service", serviceJob(perlPlugin(tmpFolder(context))));
    await settle();
    await world.signal("SIGTERM");
    await world.signal("SIGTERM");
    expect(world.exitCode).toBe(0);
    expect(world.epns[0]?.calls).toContain("abandon");
    const other = await startWorker(ON);
    other.crash();
    expect(other.epns[0]?.calls).toEqual(["start", "abandon"]);
  });

  test("SIGUSR1 logs its state", async () => {
    const world = await startWorker(ON);
    await world.signal("SIGUSR1");
    expect(world.logger.lines).toContain("error: embedded Perl: /bundled.pl");
  });
});
