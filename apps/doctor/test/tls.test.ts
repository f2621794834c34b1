import { once } from "node:events";
import { type AddressInfo, createServer as createPlainServer, type Server } from "node:net";
import { createServer } from "node:tls";
import { type ServerTls, systemClock } from "@mod-gearman/base";
import { dialTcp, speaksTls } from "@mod-gearman/client";
import { type SkippableTestContext, testCertificates } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { examineNetwork } from "../src/areas/network.ts";
import { lookAtServers } from "../src/server-look.ts";

const ERROR_LINE = "ERR UNKNOWN_COMMAND Unknown+server+command\n";

async function listening(context: SkippableTestContext, server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  context.onTestFinished(() => void server.close());
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** A server with TLS that answers as a job server does, one without, and authorities. */
async function scene(context: SkippableTestContext) {
  const certificates = testCertificates(context);
  const [authority, other] = [certificates.authority("ca"), certificates.authority("other")];
  const { certificate, key } = certificates.signed("server", authority);
  const server = createServer({ cert: certificate, key }, (socket) => {
    socket.on("error", () => undefined).on("data", () => socket.write(".\nOK 1.2\n"));
    context.onTestFinished(() => void socket.destroy());
  });
  server.on("tlsClientError", () => undefined);
  const plain = createPlainServer((socket) => socket.on("error", () => undefined).end(ERROR_LINE));
  return {
    port: await listening(context, server),
    plainPort: await listening(context, plain),
    right: { caFile: authority.certificateFile },
    wrong: { caFile: other.certificateFile },
  };
}

async function findings(port: number, tls?: ServerTls): Promise<string[]> {
  const address = { host: "127.0.0.1", port };
  const server = tls === undefined ? address : { ...address, tls };
  const world = { dial: dialTcp(), speaksTls, clock: systemClock };
  const looks = await lookAtServers([{ server, name: `127.0.0.1:${port}` }], 10_000, world);
  return examineNetwork(looks).report.findings.map(({ id, what }) => `${id}: ${what}`);
}

test("a server with TLS is well, and named with the right finding where it is spoken to wrongly", async (context) => {
  const { port, plainPort, right, wrong } = await scene(context);
  const at = `job server 127.0.0.1:${port}`;
  expect(await findings(port, right)).toEqual([]);
  expect(await findings(port)).toEqual([`server-wants-tls: ${at} speaks TLS, and is spoken to without it`]);
  expect(await findings(port, wrong)).toEqual([
    `tls-unknown-authority: no TLS connection to ${at}: TLS: the server's certificate is of no authority in tls_ca_file`,
  ]);
  expect(await findings(port, { ...right, serverName: "other.test" })).toEqual([
    expect.stringMatching(/^tls-wrong-name: .* is not for other\.test but for DNS:localhost/),
  ]);
  expect(await findings(port, { caFile: "/no/such.pem" })).toEqual([
    expect.stringMatching(/^tls-files: .*cannot read tls_ca_file \/no\/such\.pem: no such file/),
  ]);
  expect(await findings(plainPort, right)).toEqual([expect.stringMatching(/^tls-not-tls: /)]);
  expect(await findings(plainPort)).toEqual([expect.stringMatching(/^not-a-job-server: /)]);
});
