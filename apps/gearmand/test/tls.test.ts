import { once } from "node:events";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type TLSSocket, connect as tlsConnect } from "node:tls";
import { type SkippableTestContext, testCertificates, tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { quiet, run, TestWorld } from "./world.ts";

/** Certificates in a folder that the program is given; `install` puts others there. */
function site(context: SkippableTestContext) {
  const folder = tmpFolder(context);
  const certificates = testCertificates(context);
  const authority = certificates.authority("ca");
  const [certificateFile, keyFile] = [join(folder, "server.pem"), join(folder, "server.key")];
  mkdirSync(folder, { recursive: true });
  const install = (name: string): void => {
    const made = certificates.signed(name, authority);
    copyFileSync(made.certificateFile, certificateFile);
    copyFileSync(made.keyFile, keyFile);
  };
  install("first");
  const files = [`--ssl-ca-file=${authority.certificateFile}`, `--ssl-certificate=${certificateFile}`];
  const connect = async (port: number, options = {}): Promise<TLSSocket> => {
    const socket = tlsConnect({ host: "127.0.0.1", port, ca: authority.certificate, ...options });
    context.onTestFinished(() => void socket.destroy());
    await once(socket, "secureConnect");
    return socket;
  };
  return {
    folder,
    certificates,
    authority,
    install,
    keyFile,
    argv: ["--ssl", ...files, `--ssl-key=${keyFile}`],
    connect,
  };
}

test("serves TLS with the files of --ssl-…; SIGHUP reads them again", async (context) => {
  const { folder, argv, install, connect } = site(context);
  const world = new TestWorld();
  const ended = run(quiet(folder, ...argv, "--verbose=INFO"), world);
  await world.isListening;
  const port = world.server?.address()?.port ?? 0;
  const socket = await connect(port);
  expect(socket.getPeerCertificate().subject.CN).toBe("first");
  install("second");
  world.wish("reopen");
  expect((await connect(port)).getPeerCertificate().subject.CN).toBe("second");
  socket.write("version\n");
  const [answer] = await once(socket, "data");
  expect(String(answer)).toBe("OK 1.2.3\n");
  expect(world.logged).toContain("TLS: certificates read again\n");
  world.wish("stop");
  expect(await ended).toBe(0);
});

test("the files of the environment replace those of the options, as in gearmand", async (context) => {
  const { folder, argv, certificates, authority, connect } = site(context);
  const other = certificates.signed("other", authority);
  const world = new TestWorld();
  world.files.env = {
    GEARMAND_SERVER_PEM: other.certificateFile,
    GEARMAND_SERVER_KEY: other.keyFile,
    GEARMAND_CA_CERTIFICATE: authority.certificateFile,
  };
  const ended = run(quiet(folder, ...argv, "--ssl-require-client-cert"), world);
  await world.isListening;
  const client = certificates.signed("client", authority);
  const own = { cert: client.certificate, key: client.key };
  const socket = await connect(world.server?.address()?.port ?? 0, own);
  expect(socket.getPeerCertificate().subject.CN).toBe("other");
  world.wish("stop");
  expect(await ended).toBe(0);
});

test("--check-args and --check-config look at the certificates", async (context) => {
  const { folder, argv, certificates, authority, keyFile } = site(context);
  const old = certificates.signed("old", authority, { isExpired: true });
  const good = new TestWorld();
  expect(await run(quiet(folder, ...argv, "--check-args"), good)).toBe(0);
  expect(good.errors).toEqual([]);
  const mixed = ["--ssl", `--ssl-certificate=${old.certificateFile}`, `--ssl-key=${keyFile}`];
  for (const [check, code] of [
    ["--check-args", 1],
    ["--check-config", 2],
  ] as const) {
    const world = new TestWorld();
    expect(await run(quiet(folder, ...mixed, check), world)).toBe(code);
    expect(world.errors).toEqual(["gearmand: TLS: certificate and key do not belong together"]);
  }
  const expired = new TestWorld();
  const pair = [`--ssl-certificate=${old.certificateFile}`, `--ssl-key=${old.keyFile}`];
  expect(await run(quiet(folder, "--ssl", ...pair, "--check-config"), expired)).toBe(0);
  expect(expired.printed).toContain("TLS: our certificate has expired (");
});

test("--check-args --ssl alone is good, as in gearmand, and says what is missing", async () => {
  const world = new TestWorld();
  expect(await run(["--config-file=/dev/null", "--check-args", "--ssl"], world)).toBe(0);
  expect(world.errors).toEqual(["gearmand: TLS: no certificate is given"]);
});
