import { once } from "node:events";
import { copyFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer as createPlainServer, type Socket } from "node:net";
import { join } from "node:path";
import { createServer, type TLSSocket, type TlsOptions } from "node:tls";
import type { ServerAddress, ServerTls } from "@mod-gearman/base";
import { encodePacket } from "@mod-gearman/protocol";
import {
  FakeJobServer,
  ManualClock,
  type SkippableTestContext,
  settle,
  type TestCertificate,
  testCertificates,
  tmpFolder,
  waitFor,
} from "@mod-gearman/testkit";
import { describe, expect, test, vi } from "vitest";
import { AdminConnection } from "../src/admin/admin-connection.ts";
import { queryStatus } from "../src/admin/status-query.ts";
import { ClientConnection } from "../src/client/client-connection.ts";
import { closeStream } from "../src/connection/close-stream.ts";
import { dialTcp } from "../src/connection/dial.ts";
import { speaksTls } from "../src/connection/dial-tls.ts";
import { Link } from "../src/connection/link.ts";
import { TlsError } from "../src/connection/tls-error.ts";
import { UniqueSeries } from "../src/submit/random-unique.ts";
import { SubmitLink } from "../src/submit/submit-link.ts";

/** An authority, a server with TLS whose certificate is for localhost and 127.0.0.1, and how to dial it. */
async function scene(context: SkippableTestContext, options: TlsOptions = {}, isExpired = false) {
  const certificates = testCertificates(context);
  const authority = certificates.authority("ca");
  const own = certificates.signed("server", authority, { isExpired });
  const sockets: TLSSocket[] = [];
  /** Of the certificates of clients. */
  const names: unknown[] = [];
  const fake = new FakeJobServer();
  const server = createServer({ cert: own.certificate, key: own.key, ...options }, (socket) => {
    socket.on("error", () => undefined);
    sockets.push(socket);
    names.push(socket.getPeerCertificate().subject?.CN);
    fake.accept(socket);
  });
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const address = (tls: ServerTls = {}): ServerAddress => ({
    ...{ host: "127.0.0.1", port },
    tls: { caFile: authority.certificateFile, ...tls },
  });
  return { certificates, authority, sockets, names, server, port, address };
}

const ASKING = { requestCert: true, rejectUnauthorized: false } as const;

const dial = async (context: SkippableTestContext, address: ServerAddress): Promise<TLSSocket> => {
  const stream = (await dialTcp()(address, new AbortController().signal)) as TLSSocket;
  context.onTestFinished(() => void stream.destroy());
  return stream;
};

const filesOf = ({ certificateFile, keyFile }: TestCertificate): ServerTls => ({
  certFile: certificateFile,
  keyFile,
});

test("connects by name and by address, shows our certificate, leaves no listener behind", async (context) => {
  const { address, certificates, authority, names } = await scene(context, ASKING);
  const own = certificates.signed("web-1", authority);
  const stream = await dial(context, { ...address(filesOf(own)), host: "localhost" });
  await waitFor("the server", () => names.length === 1);
  expect(names).toEqual(["web-1"]);
  for (const event of ["error", "secureConnect", "close"])
    expect(stream.listenerCount(event)).toBeLessThan(3);
  expect((await dial(context, address())).authorized).toBe(true);
});

test.for([
  ["UNKNOWN_AUTHORITY", "the server's certificate is of no authority in tls_ca_file"],
  ["WRONG_NAME", "is not for other.test but for DNS:localhost, IP Address:127.0.0.1: see tls_server_name"],
] as const)("a certificate is refused: %s", async ([code, text], context) => {
  vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0"); // which turns verification off where nothing else is said
  context.onTestFinished(() => void vi.unstubAllEnvs());
  const { address, certificates, server } = await scene(context);
  const stranger = certificates.authority("stranger");
  const tls = code === "WRONG_NAME" ? { serverName: "other.test" } : { caFile: stranger.certificateFile };
  const connected = once(server, "connection");
  const error = await dial(context, address(tls)).catch((cause: unknown) => cause);
  const [plain] = (await connected) as [Socket];
  await waitFor("the end of the connection", () => plain.destroyed);
  expect(error).toBeInstanceOf(TlsError);
  expect(error).toMatchObject({ code, message: expect.stringContaining(text) });
});

test("a certificate that has expired is refused", async (context) => {
  const { address } = await scene(context, {}, true);
  await expect(dial(context, address())).rejects.toMatchObject({ code: "EXPIRED" });
});

test("tls_server_name stands for the host, for all servers of one certificate", async (context) => {
  const { address } = await scene(context);
  const stream = await dial(context, address({ serverName: "localhost" }));
  expect(stream.authorized).toBe(true);
});

test("a server without TLS is never spoken to in plain text", async (context) => {
  const heard: Buffer[] = [];
  const server = createPlainServer((socket) => {
    socket
      .on("error", () => undefined)
      .on("data", (chunk: Buffer) => {
        heard.push(chunk);
        socket.write("ERR UNKNOWN_COMMAND Unknown+server+command\n");
      });
    context.onTestFinished(() => void socket.destroy());
  }).listen(0, "127.0.0.1");
  context.onTestFinished(() => void server.close());
  await once(server, "listening");
  const { authority } = await scene(context);
  const { port } = server.address() as AddressInfo;
  const address = { host: "127.0.0.1", port, tls: { caFile: authority.certificateFile } };
  await expect(dial(context, address)).rejects.toMatchObject({ code: "NOT_TLS" });
  const plain = await queryStatus(address, { timeoutMs: 5000 });
  expect(plain).toEqual({ kind: "unreachable", text: "TLS: the server does not speak TLS", tls: "NOT_TLS" });
  expect(heard.every((bytes) => bytes[0] === 0x16)).toBe(true); // handshakes only
  expect(await speaksTls(address, 1000)).toBe(false);
});

test("a server that ends the connection in the handshake", async (context) => {
  const server = createPlainServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  context.onTestFinished(() => void server.close());
  await once(server, "listening");
  const { authority } = await scene(context);
  const { port } = server.address() as AddressInfo;
  const address = { host: "127.0.0.1", port, tls: { caFile: authority.certificateFile } };
  await expect(dial(context, address)).rejects.toMatchObject({
    code: "HANDSHAKE",
    message: expect.stringContaining("it may speak no TLS"),
  });
});

test.for(["TLSv1.2", "TLSv1.3"] as const)(
  "a server that wants a certificate of ours, with %s",
  async (maxVersion, context) => {
    const options = { requestCert: true, rejectUnauthorized: true, maxVersion };
    const { address } = await scene(context, options);
    const refused = await AdminConnection.query(address(), ["version"], { timeoutMs: 5000 }).catch(
      (cause: unknown) => cause,
    );
    expect(refused).toMatchObject({ code: "CONNECT_FAILED" });
    expect(String(refused)).toMatch(/certificate of ours/);
    expect(await speaksTls(address(), 5000)).toBe(true);
  },
);

test("files are read at every attempt, so that they can be replaced", async (context) => {
  const { address, certificates, authority, names } = await scene(context, ASKING);
  const folder = tmpFolder(context);
  const files = { certFile: join(folder, "cert"), keyFile: join(folder, "key") };
  const install = (name: string): void => {
    const made = certificates.signed(name, authority);
    copyFileSync(made.certificateFile, files.certFile);
    copyFileSync(made.keyFile, files.keyFile);
  };
  const one = address(files);
  for (const name of ["first", "second"]) {
    install(name);
    await dial(context, one);
  }
  await waitFor("the server", () => names.length === 2);
  expect(names).toEqual(["first", "second"]);
  rmSync(files.keyFile);
  await expect(dial(context, one)).rejects.toMatchObject({
    code: "FILES",
    message: `TLS: cannot read tls_key_file ${files.keyFile}: no such file or directory`,
  });
  copyFileSync(certificates.signed("third", authority).keyFile, files.keyFile);
  await expect(dial(context, one)).rejects.toMatchObject({
    message: "TLS: tls_cert_file and tls_key_file do not belong together",
  });
  writeFileSync(files.keyFile, "no key");
  await expect(dial(context, one)).rejects.toMatchObject({ code: "FILES" });
});

test("without authorities there is no connection", async (context) => {
  const { port, sockets } = await scene(context);
  await expect(dial(context, { host: "127.0.0.1", port, tls: {} })).rejects.toMatchObject({ code: "FILES" });
  expect(sockets).toEqual([]);
});

test("an abort ends the handshake", async (context) => {
  const server = createPlainServer((socket) => {
    context.onTestFinished(() => void socket.destroy());
  }).listen(0, "127.0.0.1");
  context.onTestFinished(() => void server.close());
  await once(server, "listening");
  const { authority } = await scene(context);
  const { port } = server.address() as AddressInfo;
  const attempt = new AbortController();
  const dialling = dialTcp()(
    { host: "127.0.0.1", port, tls: { caFile: authority.certificateFile } },
    attempt.signal,
  );
  const [socket] = await once(server, "connection");
  attempt.abort(new Error("enough"));
  await expect(dialling).rejects.toThrow("enough");
  await once(socket.resume(), "close");
});

test("a server that does not answer gets a reset below TLS", async (context) => {
  const { address, server, sockets } = await scene(context);
  const stream = await dial(context, address());
  if (sockets.length === 0) await once(server, "secureConnection");
  const [peer] = sockets;
  const failed = once(peer as TLSSocket, "close");
  const ends: string[] = [];
  const link = new Link(stream, 1000, {
    onPacket: () => undefined,
    onDrain: () => undefined,
    onEnd: ({ code }) => void ends.push(code),
  });
  void link.destroy({ code: "TIMEOUT", text: "test" });
  await failed;
  expect(ends).toEqual(["TIMEOUT"]);
  expect(stream.destroyed).toBe(true);
});

test("the end of a connection is announced, also behind a write that is under way", async (context) => {
  const { address, server, sockets } = await scene(context);
  const stream = await dial(context, address());
  if (sockets.length === 0) await once(server, "secureConnection");
  const ends: string[] = [];
  sockets[0]?.on("end", () => ends.push("announced")).on("error", () => ends.push("broken off"));
  stream.write(encodePacket("REQ", { name: "ECHO_REQ", data: Buffer.alloc(100_000) }));
  await closeStream(stream);
  expect(stream.destroyed).toBe(true);
  await waitFor("the end", () => ends.length > 0);
  expect(ends).toEqual(["announced"]);
});

test("a server that leaves after the handshake without a word may not know our certificate", async (context) => {
  const { address, server, sockets } = await scene(context);
  const stream = await dial(context, address());
  if (sockets.length === 0) await once(server, "secureConnection");
  const ended = new Promise((resolve) => {
    new Link(stream, 1000, { onPacket: () => undefined, onDrain: () => undefined, onEnd: resolve });
  });
  sockets[0]?.destroy();
  expect(await ended).toMatchObject({
    code: "END",
    text: expect.stringContaining("it may want a certificate of ours, or another one (tls_cert_file)"),
  });
});

describe("what was sent to a server that does not read, and is given up, does not arrive when it reads again", () => {
  const data = Buffer.alloc(32 * 1024 * 1024); // more than the kernel holds
  const job = { function: Buffer.from("q"), data };
  const server = async (context: SkippableTestContext) => {
    let bytes = 0;
    let end = "";
    const { address, sockets, server: listener } = await scene(context);
    const clock = new ManualClock();
    const accepted = once(listener, "secureConnection");
    const silent = async (): Promise<void> => {
      await accepted;
      sockets[0]?.removeAllListeners("data").pause();
    };
    const arrived = async (): Promise<{ isWhole: boolean; end: string }> => {
      const [socket] = sockets as [TLSSocket];
      socket.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      });
      socket.on("end", () => {
        end = "announced";
      });
      const closed = new Promise((resolve) => socket.on("close", resolve));
      socket.resume();
      await closed;
      return { isWhole: bytes >= data.length, end };
    };
    return { address: address(), clock, silent, arrived };
  };

  test("jobs of one connection, after their time", async (context) => {
    const { address, clock, silent, arrived } = await server(context);
    const ends: string[] = [];
    const options = { clock, connectTimeoutMs: 5000, submitTimeoutMs: 5000, uniques: new UniqueSeries() };
    const link = await new Promise<SubmitLink>((resolve) => {
      const made: SubmitLink = new SubmitLink(address, options, {
        onConnected: () => resolve(made),
        onAccepted: () => undefined,
        onFailed: ({ code }) => ends.push(code),
      });
    });
    await silent();
    link.submit(job, 1);
    await settle();
    await clock.advance(5000);
    expect(ends).toEqual(["TIMEOUT"]);
    expect(await arrived()).toEqual({ isWhole: false, end: "" });
  });

  test("requests of a client that is closed", async (context) => {
    const { address, clock, silent, arrived } = await server(context);
    const client = new ClientConnection({ servers: [address], clock, closeTimeoutMs: 1000 });
    await client.waitConnected();
    await silent();
    const submitted = client.submitBackground(job).catch(({ code }: { code: string }) => code);
    await settle();
    const closed = client.close();
    await clock.advance(1000);
    await closed;
    expect(await submitted).toBe("CLOSED");
    expect(await arrived()).toEqual({ isWhole: false, end: "" });
  });

  test("a text command", async (context) => {
    const { address, clock, silent, arrived } = await server(context);
    const command = `queue purge ${"x".repeat(data.length)}`;
    const asked = AdminConnection.query(address, [command], { timeoutMs: 2000, clock }).catch(
      ({ code }: { code: string }) => code,
    );
    await silent();
    await settle();
    await clock.advance(2000);
    expect(await asked).toBe("TIMEOUT");
    expect(await arrived()).toEqual({ isWhole: false, end: "" });
  });
});
