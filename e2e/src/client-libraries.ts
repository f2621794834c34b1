import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { findProgram } from "./capabilities.ts";
import { command } from "./command.ts";
import { type JobServerKind, startJobServer } from "./job-servers.ts";
import { programs } from "./paths.ts";

const scripts = join(import.meta.dirname, "../client-libraries");

/** What one check of a suite ended with, by its name. */
export type Verdicts = ReadonlyMap<string, boolean>;

/** A client library in another language. */
export interface ClientLibrary {
  readonly name: string;
  /** Why it cannot be tested here; undefined if it can. */
  whyNot(): string | undefined;
  /** Fetches what the suite needs from its registry. Called once, before `run`. */
  prepare?(folder: string): Promise<void>;
  /** Runs the suite on a job server of its own. */
  run(kind: JobServerKind, folder: string): Promise<Verdicts>;
}

/** A folder for all that is fetched. */
export function libraryFolder(): string {
  return mkdtempSync(join(tmpdir(), "e2e-libraries-"));
}

export function removeFolder(folder: string): void {
  // the modules of Go are read-only
  execFileSync("chmod", ["-R", "u+w", folder]);
  rmSync(folder, { recursive: true, force: true });
}

/** Lines `NAME ok` and `NAME failed`. */
function verdictsOf(text: string): Verdicts {
  return new Map(
    [...text.matchAll(/^(.+) (ok|failed)$/gm)].map(([, name = "", verdict]) => [name, verdict === "ok"]),
  );
}

function missing(programName: string, debian: string): string | undefined {
  return findProgram(programName) === undefined
    ? `not installed: ${programName} (Debian: ${debian})`
    : undefined;
}

/** Runs a script of ours with the address of a new job server. */
async function withAddress(
  kind: JobServerKind,
  file: string,
  args: (port: number) => string[],
): Promise<Verdicts> {
  const server = await startJobServer(kind);
  try {
    return verdictsOf(await command(file, args(server.port), { timeoutMs: 60_000 }));
  } finally {
    await server.stop();
  }
}

/** How a script starts a job server by itself; it adds the port. */
function startLine(kind: JobServerKind, folder: string): string[] {
  const options = [
    "--listen=127.0.0.1",
    "--log-file=stderr",
    "--config-file=/dev/null",
    `--pid-file=${join(folder, "pid")}`,
  ];
  return kind === "our job server"
    ? [process.execPath, programs.gearmand, ...options]
    : [findProgram("gearmand") ?? "gearmand", ...options, "-u", "root"];
}

const perl: ClientLibrary = {
  name: "Perl, Gearman::Client",
  whyNot: () =>
    spawnSync("perl", ["-MGearman::Client", "-e", "1"]).status === 0
      ? undefined
      : "not installed: Gearman::Client of Perl (Debian: libgearman-client-perl)",
  run: (kind) => withAddress(kind, "perl", (port) => [join(scripts, "perl_client.pl"), `127.0.0.1:${port}`]),
};

const php: ClientLibrary = {
  name: "PHP, extension gearman",
  whyNot: () =>
    spawnSync("php", ["-r", "exit(extension_loaded('gearman') ? 0 : 1);"]).status === 0
      ? undefined
      : "not installed: extension gearman of PHP (Debian: php-cli, php-gearman)",
  run: (kind) =>
    withAddress(kind, "php", (port) => [join(scripts, "php_client.php"), "127.0.0.1", `${port}`]),
};

/** Its own functional tests; gearmand hangs in those with TLS. */
const gear: ClientLibrary = {
  name: "Python, gear",
  whyNot: () =>
    spawnSync("python3", ["-m", "pip", "--version"]).status === 0
      ? undefined
      : "not installed: pip of Python (Debian: python3-pip)",
  prepare: async (folder) => {
    const wanted = [
      "gear==0.16.0",
      "fixtures",
      "testtools",
      "testscenarios",
      "testresources",
      "pyOpenSSL",
      "statsd<3",
    ];
    const args = [
      "-m",
      "pip",
      "install",
      "--quiet",
      "--no-compile",
      "--target",
      join(folder, "python"),
      ...wanted,
    ];
    await command("python3", args);
  },
  run: async (kind, folder) => {
    const more = kind === "our job server" ? [] : ["--without-tls"];
    const args = [join(scripts, "gear_suite.py"), ...more, ...startLine(kind, folder)];
    const variable = `PYTHONPATH=${join(folder, "python")}`;
    return verdictsOf(await command("env", [variable, "python3", ...args], { timeoutMs: 60_000 }));
  },
};

const G2 = "github.com/appscode/g2";
const GO_MODULE = `module suites

go 1.19

require ${G2} v0.0.0-20190123131438-388ba74fd273

require (
	github.com/appscode/go v0.0.0-20201105063637-5613f3b8169f
	gopkg.in/robfig/cron.v2 v2.0.0-20150107220207-be2e0b0deed5
)
`;
/** Tests of the client; the others wait for a worker, or for the extensions of the server of g2. */
const GO_TESTS = "^Test(Client(AddServer|Echo|DoBg|DoAt)|Worker(ErrNone|Add|Remove).*|Pool(Add|Echo))$";

/** The successor of gearman-go, with which the Go worker is made: its own tests, which use port 4730. */
const g2: ClientLibrary = {
  name: "Go, g2",
  whyNot: () =>
    missing("go", "golang-go") ??
    missing("ip", "iproute2") ??
    (spawnSync("unshare", ["--net", "true"]).status === 0 ? undefined : "no network namespace allowed here"),
  prepare: async (folder) => {
    writeFileSync(join(folder, "go.mod"), GO_MODULE);
    const go = (...args: string[]): Promise<string> =>
      command("env", ["-C", folder, "GOFLAGS=-mod=mod", findProgram("go") ?? "go", ...args]);
    await go("mod", "download", G2);
    const fetched = await go("list", "-m", "-f", "{{.Dir}}", G2);
    cpSync(fetched, join(folder, "g2"), { recursive: true });
    execFileSync("chmod", ["-R", "u+w", join(folder, "g2")]);
    rmSync(join(folder, "g2/worker/worker_disconnect_test.go")); // no current Go compiles it
    if (!existsSync(join(folder, "g2/go.mod")))
      writeFileSync(join(folder, "g2/go.mod"), `module ${G2}\n\ngo 1.19\n`);
    await go("mod", "edit", `-replace=${G2}=./g2`);
    for (const part of ["client", "worker"]) await go("test", "-c", "-o", `${part}.test`, `${G2}/${part}`);
  },
  run: async (kind, folder) => {
    const server = startLine(kind, folder)
      .map((word) => `'${word}'`)
      .join(" ");
    const script = `ip link set lo up; ${server} 2>/dev/null & server=$!
for n in $(seq 400); do (exec 3<>/dev/tcp/127.0.0.1/4730) 2>/dev/null && break; sleep 0.05; done
for part in client worker; do "${folder}/$part.test" -test.v -test.timeout 10s -test.run '${GO_TESTS}'; done
kill $server; wait $server; exit 0`;
    const text = await command("unshare", ["--net", "bash", "-c", script], { timeoutMs: 90_000 });
    return verdictsOf(
      text.replaceAll(
        /^--- (PASS|FAIL): (\S+) .*$/gm,
        (_all, verdict: string, name: string) => `${name} ${verdict === "PASS" ? "ok" : "failed"}`,
      ),
    );
  },
};

export const CLIENT_LIBRARIES: readonly ClientLibrary[] = [perl, php, gear, g2];
