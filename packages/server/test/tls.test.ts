import { execFileSync, spawn } from "node:child_process";
import { createPrivateKey } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type ConnectionOptions, type TLSSocket, connect as tlsConnect } from "node:tls";
import { memoryLogger } from "@mod-gearman/observe";
import {
  type SkippableTestContext,
  type TestCertificate,
  type TestCertificates,
  testCertificates,
  waitFor,
} from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { checkTls, type JobServer, type JobServerOptions, type TlsMaterial } from "../src/index.ts";
import { serverFor } from "./stages.ts";
import { message, packet, readable, Wire } from "./wire.ts";

/** A server with TLS, its authority, and the means to connect. */
interface Scene {
  readonly certificates: TestCertificates;
  readonly authority: TestCertificate;
  readonly server: JobServer;
  readonly port: number;
  readonly lines: readonly string[];
  /** What the next `load` gives; a text is an error. */
  material: TlsMaterial | string;
  connect(options?: ConnectionOptions): Promise<TLSSocket>;
}

async function scene(
  context: SkippableTestContext,
  tls: { readonly requireClientCertificate?: boolean; readonly handshakeTimeoutMs?: number } = {},
  options: JobServerOptions = {},
): Promise<Scene> {
  const certificates = testCertificates(context);
  const authority = certificates.authority("ca");
  const { certificate, key } = certificates.signed("server", authority);
  const logger = memoryLogger();
  const load = (): TlsMaterial => {
    if (typeof made.material === "string") throw new Error(made.material);
    return made.material;
  };
  const server = serverFor(context, {
    ...{ listen: "127.0.0.1", port: 0, logger, tls: { ...tls, load } },
    ...options,
  });
  const made: Scene = {
    ...{ certificates, authority, server, port: 0, lines: logger.lines },
    material: { certificate, key, ca: authority.certificate },
    connect: async (more = {}) => {
      const socket = tlsConnect({ host: "127.0.0.1", port, ca: authority.certificate, ...more });
      context.onTestFinished(() => void socket.destroy());
      await once(socket, "secureConnect");
      return socket;
    },
  };
  const { port } = await server.listen();
  return Object.assign(made, { port });
}

const own = ({ certificate, key }: TestCertificate) => ({ cert: certificate, key });

async function plain({ port }: Scene, context: SkippableTestContext): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined).resume();
  context.onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  return socket;
}

async function isServed(wire: Wire): Promise<void> {
  wire.send(message("REQ", "ECHO_REQ hello"));
  expect(readable(await wire.take(17))).toEqual(['RES ECHO_RES "hello"']);
}

const logged = (one: Scene, text: string | RegExp) =>
  waitFor(`the line ${text}`, () => one.lines.some((line) => line.search(text) !== -1));

test.for(["TLSv1.2", "TLSv1.3"] as const)(
  "a job goes through over %s, its 2 MiB unchanged",
  async (version, context) => {
    const one = await scene(context);
    const [client, worker] = [
      new Wire(await one.connect({ minVersion: version, maxVersion: version })),
      new Wire(await one.connect({ minVersion: version, maxVersion: version })),
    ];
    const data = Buffer.alloc(2 * 1024 * 1024, "0123456789abcdef");
    worker.send(message("REQ", "CAN_DO f"));
    client.send(submit(data));
    expect(readable(await client.take(15))).toEqual(['RES JOB_CREATED "T:1"']);
    worker.send(message("REQ", "GRAB_JOB"));
    const assigned = await worker.take(12 + 6 + data.length);
    expect(assigned.subarray(18).equals(data)).toBe(true);
    worker.send(message("REQ", "WORK_COMPLETE T:1 done"));
    expect(readable(await client.take(20))).toEqual(['RES WORK_COMPLETE "T:1\\u0000done"']);
  },
);

function submit(data: Buffer): Buffer {
  return packet("REQ", 7, Buffer.concat([Buffer.from("f\0u\0"), data]));
}

test("a client without a certificate is served unless one is required", async (context) => {
  const free = await scene(context);
  await isServed(new Wire(await free.connect()));
  const strict = await scene(context, { requireClientCertificate: true });
  const wire = new Wire(await strict.connect());
  await wire.closed();
  await logged(strict, /^warn: TLS: refused 127\.0\.0\.1:\d+: it has no client certificate$/);
  const client = strict.certificates.signed("client", strict.authority);
  await isServed(new Wire(await strict.connect(own(client))));
  expect(strict.server.stats().handshakesFailed).toBe(1);
});

test.for([
  ["of another authority", false, "is of an unknown authority"],
  ["that has expired", true, "has expired"],
] as const)(
  "a client certificate %s is refused, also where none is required",
  async ([, isExpired, why], context) => {
    const one = await scene(context);
    const other = isExpired ? one.authority : one.certificates.authority("other");
    const bad = one.certificates.signed("bad client", other, { isExpired });
    const good = new Wire(await one.connect());
    const wire = new Wire(await one.connect(own(bad)));
    await wire.closed();
    await logged(
      one,
      new RegExp(`TLS: refused 127\\.0\\.0\\.1:\\d+: its certificate ${why} \\(CN=bad client\\)$`),
    );
    await isServed(good);
  },
);

test("a client that does not know our authority says so", async (context) => {
  const one = await scene(context);
  const good = new Wire(await one.connect());
  const { certificateFile } = one.certificates.authority("other");
  const args = ["-connect", `127.0.0.1:${one.port}`, "-CAfile", certificateFile, "-verify_return_error"];
  const peer = spawn("openssl", ["s_client", ...args], { stdio: "ignore" });
  await once(peer, "close");
  await logged(
    one,
    /no handshake with 127\.0\.0\.1:\d+: the peer does not know the authority of our certificate$/,
  );
  await isServed(good);
});

test.for([
  ["a packet", "\0REQ\0\0\0\x10\0\0\0\x02hi"],
  ["a text command", "status\n"],
  ["an HTTP request", "GET / HTTP/1.0\r\n\r\n"],
] as const)("a client that sends %s in clear is cut off", async ([, text], context) => {
  const one = await scene(context);
  const good = new Wire(await one.connect());
  const peer = await plain(one, context);
  const closed = once(peer, "close");
  peer.write(Buffer.from(text, "latin1"));
  await closed;
  await logged(one, /no handshake with 127\.0\.0\.1:\d+: the peer does not speak TLS$/);
  await isServed(good);
});

test("half a handshake is cut off in time, others are served meanwhile, also when it is never finished", async (context) => {
  const one = await scene(context, { handshakeTimeoutMs: 200 });
  const good = new Wire(await one.connect());
  const peers = [await plain(one, context), await plain(one, context)];
  const closed = peers.map((peer) => once(peer, "close"));
  for (const peer of peers) peer.write(Buffer.from("1603010200", "hex"));
  await isServed(good);
  await Promise.all(closed);
  await logged(one, /no handshake with 127\.0\.0\.1:\d+: not complete in time/);
  await isServed(good);
  expect(one.server.stats()).toMatchObject({ handshakesFailed: 2, connections: 1 });
});

test("unfinished handshakes count as connections, and end with the server", async (context) => {
  const one = await scene(context, {}, { maxConnections: 2 });
  await plain(one, context);
  await plain(one, context);
  const third = await plain(one, context);
  if (!third.closed) await once(third, "close");
  expect(one.server.stats()).toMatchObject({ turnedAway: 1, connections: 0 });
  await one.server.close();
  expect(one.lines.filter((line) => line.includes("no handshake"))).toEqual([]);
});

test("certificates are renewed for new connections; open ones stay; bad ones are not taken", async (context) => {
  const one = await scene(context);
  const before = await one.connect();
  const serialOf = (socket: TLSSocket) => socket.getPeerCertificate().serialNumber;
  const { certificate, key } = one.certificates.signed("renewed", one.authority);
  one.material = "cannot read the key file /k: no such file";
  one.server.renewTls();
  expect(one.lines.at(-1)).toBe(
    "error: TLS: cannot read the key file /k: no such file, the certificates in use stay",
  );
  one.material = { certificate, key: one.authority.key };
  one.server.renewTls();
  expect(one.lines.at(-1)).toBe(
    "error: TLS: certificate and key do not belong together, the certificates in use stay",
  );
  expect(serialOf(await one.connect())).toBe(serialOf(before));
  one.material = { certificate, key, ca: one.authority.certificate };
  one.server.renewTls();
  expect(one.lines.at(-1)).toBe("info: TLS: certificates read again");
  const after = await one.connect();
  expect(after.getPeerCertificate().subject.CN).toBe("renewed");
  await isServed(new Wire(before));
  await isServed(new Wire(after));
});

test("certificates that cannot be used end the start; those out of date are warned about", async (context) => {
  const certificates = testCertificates(context);
  const authority = certificates.authority("ca");
  const old = certificates.signed("old", authority, { isExpired: true });
  const load = () => ({ certificate: old.certificate, key: old.key });
  const port = 0;
  await expect(
    serverFor(context, { port, tls: { load: () => ({ ...load(), key: authority.key }) } }).listen(),
  ).rejects.toMatchObject({ code: "BAD_TLS", message: "TLS: certificate and key do not belong together" });
  const encrypted = createPrivateKey(old.key).export({
    type: "pkcs8",
    format: "pem",
    cipher: "aes-128-cbc",
    passphrase: "secret",
  });
  await expect(
    serverFor(context, { port, tls: { load: () => ({ ...load(), key: encrypted }) } }).listen(),
  ).rejects.toMatchObject({
    code: "BAD_TLS",
    message: "TLS: the key is encrypted; a server needs one without a passphrase",
  });
  await expect(
    serverFor(context, { port, tls: { load: () => ({ ...load(), key: "no key" }) } }).listen(),
  ).rejects.toMatchObject({ code: "BAD_TLS" });
  await expect(
    serverFor(context, { port, tls: { load, requireClientCertificate: true } }).listen(),
  ).rejects.toMatchObject({
    message: "TLS: client certificates cannot be required without those of authorities",
  });
  expect(await checkTls({ load }, { wallMs: Date.now })).toEqual([
    expect.stringMatching(/^TLS: our certificate has expired \(\d{4}-/),
  ]);
});

test("a server that listens without TLS loads none of it", () => {
  const index = new URL("../src/index.ts", import.meta.url).href;
  const script = `const { createJobServer } = await import("${index}");
    const server = createJobServer({ listen: "127.0.0.1", port: 0 });
    await server.listen();
    process.stdout.write(process.moduleLoadList.includes("NativeModule tls") ? "loaded" : "not loaded");
    await server.close();`;
  const args = ["--conditions=source", "--input-type=module", "-e", script];
  expect(execFileSync(process.execPath, args, { encoding: "utf8" })).toBe("not loaded");
});

test("a file of authorities without a certificate is refused, and at a renewal the old ones stay", async (context) => {
  const one = await scene(context, { requireClientCertificate: true });
  const { certificate, key } = one.certificates.signed("other", one.authority);
  for (const ca of ["", "no PEM", key]) {
    const text = "TLS: the authorities file has no certificate in PEM";
    const check = checkTls({ load: () => ({ certificate, key, ca }) }, { wallMs: () => Date.now() });
    await expect(check).rejects.toThrow(text);
    one.material = { certificate, key, ca };
    one.server.renewTls();
    expect(one.lines.at(-1)).toBe(`error: ${text}, the certificates in use stay`);
  }
  const client = one.certificates.signed("client", one.authority);
  await isServed(new Wire(await one.connect(own(client))));
});
