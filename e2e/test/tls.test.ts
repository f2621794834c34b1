import { join } from "node:path";
import { type TestCertificate, type TestCertificates, testCertificates, waitFor } from "@mod-gearman/testkit";
import { expect, onTestFinished, type TestContext, test } from "vitest";
import { attempt, type Ended } from "../src/command.ts";
import { type JobServer, startJobServer } from "../src/job-servers.ts";
import { root } from "../src/paths.ts";
import { freePort, type Running } from "../src/processes.ts";
import { readStatus, waitForStatus } from "../src/status-file.ts";
import { ownBridge, startTestCore } from "../src/test-core.ts";
import { KEY, moduleConf, startWorker } from "../src/workers.ts";

/*
 * All hops over TLS, with certificates for both ends: a job server that gives rights by the names in certificates, a core with its
 * bridge, workers and tools.
 */

interface Stage {
  readonly certificates: TestCertificates;
  readonly authority: TestCertificate;
  /** Of the listener with TLS. */
  readonly port: number;
  readonly server: JobServer;
  /** Options `tls…` of a program whose certificate has this name. */
  options(name: string): string[];
}

async function stage(context: TestContext): Promise<Stage> {
  const certificates = testCertificates(context);
  const authority = certificates.authority("ca");
  const own = certificates.signed("server", authority);
  const port = await freePort();
  const server = await startJobServer("our job server", [
    `--listener=127.0.0.1:${port},tls,client-cert,none`,
    ...[`--ssl-ca-file=${authority.certificateFile}`, `--ssl-certificate=${own.certificateFile}`],
    `--ssl-key=${own.keyFile}`,
    "--client-rights=CN:core,announce=check_results,submit=*,view=*",
    "--client-rights=CN:web-1,announce=service+host+eventhandler+worker_web-1,submit=check_results+mod_gearman_run_*",
    "--client-rights=CN:app,submit=check_results",
    "--client-rights=CN:admin,announce=mod_gearman_run_*,submit=*,view=*",
  ]);
  onTestFinished(() => server.stop());
  const made = new Map<string, string[]>();
  const options = (name: string): string[] => {
    const known = made.get(name);
    if (known !== undefined) return known;
    const { certificateFile, keyFile } = certificates.signed(name, authority);
    const lines = ["tls=yes", `tls_ca_file=${authority.certificateFile}`];
    lines.push(`tls_cert_file=${certificateFile}`, `tls_key_file=${keyFile}`);
    made.set(name, lines);
    return lines;
  };
  return { certificates, authority, port, server, options };
}

const words = (lines: readonly string[]): string[] => lines.map((line) => `--${line}`);

function worker(port: number, name: string, options: readonly string[]): Running {
  const running = startWorker(port, [`--identifier=${name}`, ...words(options)]);
  onTestFinished(async () => void (await running.stop()));
  return running;
}

const tool = (name: string, ...args: string[]): Promise<Ended> =>
  attempt(process.execPath, [join(root, "apps", name, "dist/main.js"), ...args]);

const HAVE_RUN = "ran"; // the output of every check
const hasRun = (statusFile: string): boolean =>
  [...readStatus(statusFile).services.values()].some((block) => block.get("plugin_output") === HAVE_RUN);

test("core, workers and tools over TLS, with the rights of their certificates", async (context) => {
  const { port, server, options, certificates } = await stage(context);
  const conf = [moduleConf(port), ...options("core"), "tls_server_name=localhost", ""].join("\n");
  const { statusFile } = startTestCore("/bin/echo ran", ownBridge, conf, ["--host-command=/bin/echo ran"]);

  const without = worker(port, "web-3", options("web-3").slice(0, 2));
  await without.said("TLS: the server closed the connection after the handshake");
  await server.running.said("it has no client certificate");
  const foreign = certificates.authority("stranger");
  const { certificateFile } = foreign;
  const deceived = worker(port, "web-4", ["tls=yes", `tls_ca_file=${certificateFile}`]);
  await deceived.said("TLS: the server's certificate is of no authority in tls_ca_file");
  const misled = worker(port, "web-5", [...options("web-5"), "tls_server_name=other.example"]);
  await misled.said("TLS: the server's certificate is not for other.example");

  worker(port, "web-1", options("web-2")); // the name of another one, but not its certificate
  const denied = /Not allowed: \S+ announce \S+ \(\+\d+ similar\)/; // its connections have announced all their queues
  await waitFor("the refusal", () => denied.test(server.running.output()));
  expect(hasRun(statusFile)).toBe(false);
  worker(port, "web-1", options("web-1"));
  await waitForStatus(statusFile, "all checked", ({ hosts, services }) =>
    [...hosts.values(), ...services.values()].every((block) => block.get("plugin_output") === HAVE_RUN),
  );

  const to = `tls://localhost:${port}`;
  const files = words(options("admin").slice(1));
  const sent = ["--host=host-01", "--service=service-01", "--message=sent", "--returncode=0"];
  const as = words(options("app").slice(1));
  const ends = {
    check: await tool("check-gearman", "-H", to, ...files, "-q", "service"),
    top: await tool("gearman-top", "-b", "-H", to, ...files),
    queue: await tool("queue", "-H", to, ...files),
    run: await tool("run-check", "-H", to, ...files, "-c", "/bin/echo asked", `--key=${KEY}`),
    send: await tool("send-gearman", `--server=${to}`, ...as, `--key=${KEY}`, ...sent),
    doctor: await tool("doctor", "-H", to, ...files, "-v", "--no-test-jobs"),
    denied: await tool("check-gearman", "-H", to, ...as, "-q", "service"),
  };
  expect(ends.check).toMatchObject({ code: 0, output: expect.stringContaining("check_gearman OK") });
  expect(ends.top.output).toMatch(/^ *service /m);
  expect(ends.queue.output).toMatch(/^service\b/m);
  expect(ends.run).toMatchObject({ code: 0, output: "asked" });
  expect(ends.send).toMatchObject({ code: 0 });
  expect(ends.doctor.output).toContain("TLS, its certificate is verified");
  expect(ends.denied.code).not.toBe(0);
});
