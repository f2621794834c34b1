// @module-tag slow
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, type TestContext, tmpFolder, waitFor } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { MiniJobServer } from "./mini-job-server.ts";
import { BUILT, processesWith, WorkerProcess } from "./worker-process.ts";
import { KEY, openResult, serviceJob } from "./worker-world.ts";

const READY = "embedded Perl: server ready";
const LONG_MS = 60_000;
const ON = "--enable_embedded_perl=yes";

/** The built program with a job server; all its processes have `folder` in their command line. */
class Built {
  readonly server = new MiniJobServer("A");
  readonly folder: string;
  readonly #context: TestContext;
  worker!: WorkerProcess;

  constructor(context: TestContext) {
    this.#context = context;
    this.folder = tmpFolder(context);
  }

  async start(...args: string[]): Promise<this> {
    const { port } = await this.server.fake.listen();
    this.#context.onTestFinished(() => this.server.fake.close());
    const common = [`--server=127.0.0.1:${port}`, "--services=yes", `--key=${KEY}`, "--identifier=w1"];
    const limits = ["--load_cpu_multi=0", "--mem_limit=0", "--result_spool=off", "--debug=1"];
    const env = { ...process.env, TMPDIR: this.folder };
    this.worker = new WorkerProcess(this.#context, [...common, ...limits, ...args], env, BUILT);
    return this;
  }

  async ready(times = 1): Promise<this> {
    await waitFor("the Perl server", () => this.worker.log.split(READY).length > times, LONG_MS);
    return this;
  }

  plugin(body: string, name = "check_it"): string {
    const path = join(this.folder, name);
    writeFileSync(`${path}.new`, Buffer.from(`#!/usr/bin/perl\n# nagios: +epn\n${body}\n`, "latin1"), {
      mode: 0o755,
    });
    renameSync(`${path}.new`, path);
    return path;
  }

  put(commandLine: string): string {
    return this.server.put("service", serviceJob(commandLine, { core_time: "" }));
  }

  /** Runs a check. @returns return code and output */
  async run(commandLine: string): Promise<readonly [number, string]> {
    const before = this.server.submitted.length;
    this.put(commandLine);
    const sent = await waitFor("the result", () => this.server.submitted[before], LONG_MS);
    const { returnCode, output } = openResult(sent.data);
    return [returnCode, output.toString("latin1")];
  }

  /** Number of ended checks with this label. */
  ended(exec: string): number {
    return this.worker.log.split(`| exec: ${exec})`).length - 1;
  }

  /** All processes that it has started. */
  processes(): string[] {
    return processesWith(this.folder);
  }
}

const bytes = Array.from({ length: 128 }, (_, n) => String.fromCharCode(128 + n)).join("");

describe("the built worker with embedded Perl", () => {
  test("a marked plugin has the label epn in log and metrics; bytes are unchanged", async (context) => {
    const port = await freePort();
    const built = await new Built(context).start(ON, `--prometheus_server=127.0.0.1:${port}`);
    await built.ready();
    const path = built.plugin(
      `my $n = 0; $n += $_ for 1 .. 3_000_000; print "OK - ${bytes} $ARGV[0]|a=1\\n"; print STDERR "no"; exit 0;`,
    );
    expect(await built.run(`${path} '${bytes}'`)).toEqual([0, `OK - ${bytes} ${bytes}|a=1`]);
    await waitFor("its end in the log", () => built.ended("epn") === 1);
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(text).toMatch(/tasks_completed_total\{type="service",exec="epn"\} 1/);
    const cpu = text.split("\n").filter((line) => line.includes("plugin_user_cpu_time_seconds_count"));
    expect(cpu).toEqual([expect.stringMatching(/description="check_it"/)]);
    expect(cpu).toEqual([expect.stringMatching(/exec="epn".* 1$/)]);
  });

  test("which plugins are embedded", async (context) => {
    const built = await (await new Built(context).start(ON, "--max-worker=1")).ready();
    const path = built.plugin('print "$ENV{A} @ARGV\\n"; exit 2;');
    expect(await built.run(`A=1 ${path} x`)).toEqual([2, "1 x"]);
    expect(await built.run(`${path} x | cat`)).toEqual([0, "x"]);
    expect(await built.run(`/usr/bin/perl ${path} y`)).toEqual([2, "y"]);
    expect(await built.run("/bin/echo z")).toEqual([0, "z"]);
    await waitFor("all in the log", () => built.ended("shell") === 1);
    expect([built.ended("epn"), built.ended("exec")]).toEqual([1, 2]);
  });

  test("a changed script is compiled again", async (context) => {
    const built = await (await new Built(context).start(ON)).ready();
    for (const word of ["one", "two", "one"])
      expect(await built.run(built.plugin(`print "${word}\\n"; exit 1;`))).toEqual([1, word]);
    await waitFor("all in the log", () => built.ended("epn") === 3);
  });

  test("SIGHUP turns it on, changes it and turns it off", async (context) => {
    const built = new Built(context);
    const config = join(built.folder, "worker.cfg");
    const set = async (text: string) => {
      writeFileSync(config, `${text}\n`);
      const before = built.worker?.log.split("configuration reloaded").length;
      built.worker?.signal("SIGHUP");
      if (before !== undefined)
        await waitFor("the reload", () => built.worker.log.split("configuration reloaded").length > before);
    };
    await set("enable_embedded_perl=no");
    await built.start(`--config=${config}`);
    const path = built.plugin("print 'x'; exit 1;");
    expect(await built.run(path)).toEqual([1, "x"]);
    await set("enable_embedded_perl=yes");
    await built.ready(1);
    expect(await built.run(path)).toEqual([1, "x"]);
    await set("enable_embedded_perl=yes\nuse_perl_cache=no");
    await built.ready(2);
    expect(await built.run(path)).toEqual([1, "x"]);
    await waitFor("the end of the first server", () => built.processes().filter(isServer).length === 1);
    await set("enable_embedded_perl=no");
    expect(await built.run(path)).toEqual([1, "x"]);
    await waitFor("the end of the second", () => built.processes().filter(isServer).length === 0);
    await waitFor("all in the log", () => built.ended("epn") + built.ended("exec") === 4);
    expect([built.ended("epn"), built.ended("exec")]).toEqual([2, 2]);
  });

  test("a killed server: the check continues as a program, then a new server starts", async (context) => {
    const built = await (await new Built(context).start(ON)).ready();
    const path = built.plugin(
      `select undef, undef, undef, 0.02 until -e "${built.folder}/go"; print "done\\n"; exit 0;`,
    );
    const result = built.run(path);
    await waitFor("the plugin", () => built.processes().some((line) => line.startsWith(path)));
    process.kill(await serverPid(built), "SIGKILL");
    writeFileSync(join(built.folder, "go"), "");
    expect(await result).toEqual([0, "done"]);
    await built.ready(2);
    expect(await built.run(path)).toEqual([0, "done"]);
    await waitFor("all in the log", () => built.ended("epn") === 1 && built.ended("exec") === 1);
    expect(built.server.submitted).toHaveLength(2);
    expect(built.server.completed).toHaveLength(2);
  });

  test.for([["SIGTERM"], ["SIGINT"]] as const)(
    "%s: plugins are killed and their jobs go back to the server, no process remains",
    async ([signal], context) => {
      const built = await (await new Built(context).start(ON)).ready();
      const handle = built.put(
        built.plugin('$SIG{TERM} = "IGNORE"; system("sleep 600 &"); sleep 600; exit 0;'),
      );
      await waitFor("the plugin", () => built.processes().some((line) => line.startsWith(built.folder)));
      built.worker.signal(signal);
      expect(await built.worker.ended).toBe(0);
      expect(built.server.requeued).toEqual([handle]);
      expect(built.server.submitted).toEqual([]);
      await waitFor("nothing left", () => built.processes().length === 0, LONG_MS);
    },
  );

  test("kill -9 of the worker: the server and its plugins end with it", async (context) => {
    const built = await (await new Built(context).start(ON)).ready();
    built.put(built.plugin('$SIG{TERM} = "IGNORE"; system("sleep 600 &"); sleep 600; exit 0;'));
    await waitFor("the plugin", () => built.processes().some((line) => line.startsWith(built.folder)));
    built.worker.signal("SIGKILL");
    expect(await built.worker.ended).toBe("SIGKILL");
    await waitFor("nothing left", () => built.processes().length === 0, LONG_MS);
  });

  test("a server that does not start is an error in the log; plugins run as programs", async (context) => {
    const built = new Built(context);
    const script = join(built.folder, "server.pl");
    writeFileSync(script, "#!/usr/bin/perl\n# mod-gearman-ts epn server, protocol 2\ndie 'not today';\n");
    await built.start(ON, `--p1_file=${script}`);
    await waitFor("the error", () =>
      /\[ERROR\] embedded Perl: the server does not start: exit code \d+; Perl plugins run as programs/.test(
        built.worker.log,
      ),
    );
    await waitFor("its text", () => built.worker.log.includes("embedded Perl: not today at"));
    expect(await built.run(built.plugin("print 'x'; exit 1;"))).toEqual([1, "x"]);
    await waitFor("its label", () => built.ended("exec") === 1);
    built.worker.signal("SIGTERM");
    expect(await built.worker.ended).toBe(0);
  });
});

describe("without a job server", () => {
  const command = (context: TestContext, ...args: string[]) =>
    new WorkerProcess(context, args, process.env, BUILT);

  test("testcmd runs a Perl plugin embedded with any options", async (context) => {
    const path = new Built(context).plugin('print "hello @ARGV\\n"; ');
    const worker = command(context, "--enable_embedded_perl=no", "testcmd", path, "a", "b c");
    expect(await worker.ended).toBe(3);
    expect(worker.log).toBe(`**ePN: ${path}: plugin did not call exit()\nhello a b c\n`);
  });

  test("--check-config prints the settings in effect", async (context) => {
    const args = ["--server=a", "--services=yes", "--encryption=no", ON, "--p1_file=/usr/lib/p1.pl"];
    const worker = command(context, ...args, "--check-config");
    expect(await worker.ended).toBe(0);
    expect(worker.log).toMatch(/^ *enable_embedded_perl += yes/m);
    expect(worker.log).toMatch(/^ *p1_file \/usr\/lib\/p1\.pl is no server of this worker, using \/.*\.pl$/m);
    expect(worker.log).toMatch(
      /^embedded Perl: Perl plugins that ask for it, compiled once, by \/.*dist\/perl\/.*\.pl$/m,
    );
  });
});

const isServer = (line: string) => line.includes("mod_gearman_worker_epn.pl");

function serverPid(built: Built): Promise<number> {
  return waitFor("its process id", () => {
    const found = /embedded Perl: server ready, pid (\d+)/.exec(built.worker.log)?.[1];
    return found !== undefined && Number(found);
  });
}
