import { join } from "node:path";

import { freePort, listening } from "../../e2e/src/processes.ts";
import { TestCertificates } from "../../packages/testkit/src/certificates.ts";
import { here } from "./checkouts.ts";
import type { BenchServer } from "./job-servers.ts";
import { scratchFolder, startProgram } from "./own-processes.ts";
import { Wire } from "./wire.ts";

/**
 * Our job server and another gearmand, both with TLS and the same certificate (P-256).
 *
 * @param gearmand its program, built with TLS
 */
export async function startTlsServers(gearmand: string): Promise<readonly [BenchServer, BenchServer]> {
  const certificates = new TestCertificates(scratchFolder());
  const authority = certificates.authority("ca");
  const own = certificates.signed("server", authority);
  const tls = [
    "--ssl",
    `--ssl-ca-file=${authority.certificateFile}`,
    `--ssl-certificate=${own.certificateFile}`,
    `--ssl-key=${own.keyFile}`,
  ];
  const serve = async (program: readonly string[]): Promise<BenchServer> => {
    const port = await freePort();
    const common = [`--port=${port}`, "--listen=127.0.0.1", "--log-file=stderr", "--config-file=/dev/null"];
    const [file = "", ...args] = program;
    const running = startProgram(file, [
      ...args,
      ...common,
      ...tls,
      `--pid-file=${join(scratchFolder(), "pid")}`,
    ]);
    await listening(port);
    return {
      port,
      pid: running.pid,
      connect: () => Wire.connect(port, authority.certificate),
      stop: async () => {
        await running.stop();
      },
    };
  };
  const asRoot = process.getuid?.() === 0 ? ["--user=root"] : [];
  return [await serve([process.execPath, here.gearmand]), await serve([gearmand, ...asRoot])];
}
