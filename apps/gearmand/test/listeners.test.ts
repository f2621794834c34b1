import { once } from "node:events";
import { statSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { connect as tlsConnect } from "node:tls";
import { testCertificates, tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { ownerOf, parseClientRights, parseListener } from "../src/listener-text.ts";
import { quiet, run, TestWorld } from "./world.ts";

test.for([
  ["0.0.0.0:4731", { host: "0.0.0.0", port: 4731, isTls: false, rights: undefined }],
  ["[::1]:4731,tls", { host: "::1", port: 4731, isTls: true }],
  ["4731,http", { host: undefined, port: 4731, isHttp: true }],
  [
    "*:1,tls,client-cert,ca=/ca,certificate=/c,key=/k",
    { requiresClientCertificate: true, ca: "/ca", certificate: "/c", key: "/k" },
  ],
  [
    "unix:/run/a%2Cb,mode=0600,owner=root:www",
    { unix: { path: "/run/a,b", mode: 0o600, owner: "root:www" } },
  ],
  ["1,none", { rights: { announce: [], submit: [], view: [], admin: false } }],
  ["1,admin,view=*", { rights: { announce: [], submit: [], view: ["*"], admin: true } }],
  [
    "1,announce=service+host,announce=hostgroup_*,submit=a%2bb",
    { rights: { announce: ["service", "host", "hostgroup_*"], submit: ["a+b"] } },
  ],
  ["1,submit=größe", { rights: { submit: ["gr\u00c3\u00b6\u00c3\u009fe"] } }],
] as const)("--listener=%s", ([text, wanted]) => expect(parseListener(text)).toMatchObject(wanted));

test.for([
  ["nowhere", "'nowhere' is neither HOST:PORT, PORT nor unix:PATH"],
  ["1:99999", "is neither HOST:PORT"],
  ["1,tsl", "'tsl' is unknown; known are tls, client-cert, http, admin, none, certificate"],
  ["1,tls=yes", "tls has no value"],
  ["1,submit", "submit needs a value"],
  ["1,submit=", "submit needs a value"],
  ["1,tls,key=/a,key=/b", "key is given twice"],
  ["1,client-cert", "client-cert needs tls"],
  ["1,certificate=/c", "certificate needs tls"],
  ["1,mode=600", "mode and owner are for unix sockets"],
  ["unix:run/x", "the path of a unix socket begins with /"],
  ["unix:/x,mode=999", "mode is three octal digits, as 660"],
] as const)("--listener=%s: %s", async ([text, why], context) => {
  for (const check of ["--check-args", "--verbose=ERROR"]) {
    const world = new TestWorld();
    expect(await run(quiet(tmpFolder(context), `--listener=${text}`, check), world)).toBe(1);
    expect(world.errors).toEqual([expect.stringContaining(`gearmand: --listener=${text}: `)]);
    expect(world.errors[0]).toContain(why);
  }
});

test("--client-rights", async (context) => {
  expect(parseClientRights("CN:a b,submit=x,admin")).toMatchObject({
    name: "CN:a b",
    submit: ["x"],
    admin: true,
  });
  for (const [text, why] of [
    ["someone,admin", "a name is CN:…, DNS:…, URI:…, IP:… or email:…"],
    ["CN:x", "no rights are given; none is one of them"],
    ["CN:x,tls", "'tls' is unknown; known are admin, none, announce, submit, view"],
  ] as const) {
    const world = new TestWorld();
    expect(await run(quiet(tmpFolder(context), `--client-rights=${text}`), world)).toBe(1);
    expect(world.errors).toEqual([`gearmand: --client-rights=${text}: ${why}`]);
  }
  const world = new TestWorld();
  expect(await run(quiet(tmpFolder(context), "--client-rights=CN:x,none"), world)).toBe(1);
  expect(world.errors).toEqual(["gearmand: --client-rights needs --ssl or a --listener with tls"]);
  for (const tls of ["--ssl", "--listener=1,tls,certificate=/c,key=/k"]) {
    const blind = new TestWorld();
    expect(await run(quiet(tmpFolder(context), "--client-rights=CN:x,none", tls), blind)).toBe(1);
    const text = "--client-rights needs the authorities of clients: --ssl-ca-file, or ca= of a --listener";
    expect(blind.errors).toEqual([`gearmand: ${text}`]);
  }
});

test("an owner has numbers, a group of its own or that of the user", () => {
  const files: Record<string, string> = {
    "/etc/passwd": "root:x:0:0::/:\nnaemon:x:12:34::/:\n",
    "/etc/group": "root:x:0:\nwww:x:33:\n",
  };
  const read = (path: string) => Buffer.from(files[path] ?? "");
  expect(ownerOf("naemon", read)).toEqual({ userId: 12, groupId: 34 });
  expect(ownerOf("root:www", read)).toEqual({ userId: 0, groupId: 33 });
  expect(() => ownerOf("nobody2", read)).toThrow("owner=nobody2: there is no user nobody2");
  expect(() => ownerOf("root:none", read)).toThrow("there is no group none");
});

/** The first line that is answered. */
async function answerTo(
  socket: { write(text: string): unknown; once(event: "data", on: (chunk: Buffer) => void): unknown },
  line: string,
) {
  socket.write(line);
  return String(await new Promise((resolve) => socket.once("data", resolve)));
}

test("several ways in, each with its own settings; --port is not served unless it is given", async (context) => {
  const folder = tmpFolder(context);
  const certificates = testCertificates(context);
  const authority = certificates.authority("ca");
  const own = certificates.signed("server", authority);
  const files = `certificate=${own.certificateFile},key=${own.keyFile},ca=${authority.certificateFile}`;
  const path = join(folder, "socket");
  const world = new TestWorld();
  const argv = [
    `--listener=unix:${path},mode=600`,
    `--listener=127.0.0.1:0,tls,${files},view=*`,
    "--client-rights=CN:boss,admin",
    "--config-file=/dev/null",
    `--pid-file=${folder}/pid`,
    "--log-file=stderr",
  ];
  const ended = run(argv, world);
  await world.isListening;
  const addresses = world.server?.addresses() ?? [];
  expect(addresses.map(({ address }) => address)).toEqual([path, "127.0.0.1"]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const local = connect(path);
  await once(local, "connect");
  expect(await answerTo(local, "create function f\n")).toBe("OK\r\n");
  const enter = async (more: object) => {
    const socket = tlsConnect({
      host: "127.0.0.1",
      port: addresses[1]?.port ?? 0,
      ca: authority.certificate,
      ...more,
    });
    context.onTestFinished(() => void socket.destroy());
    await once(socket, "secureConnect");
    return socket;
  };
  const other = await enter({});
  expect(await answerTo(other, "status\n")).toBe("f\t0\t0\t0\n.\n");
  expect(await answerTo(other, "drop function f\n")).toMatch(/^ERR NOT_ALLOWED /);
  const boss = certificates.signed("boss", authority);
  const allowed = await enter({ cert: boss.certificate, key: boss.key });
  expect(await answerTo(allowed, "drop function f\n")).toBe("OK\r\n");
  local.destroy();
  world.wish("stop");
  expect(await ended).toBe(0);
});

test("with --port or --listen their address is served too", async (context) => {
  const world = new TestWorld();
  const ended = run(quiet(tmpFolder(context), "--listener=127.0.0.1:0,none"), world);
  await world.isListening;
  expect(world.server?.addresses()).toHaveLength(2);
  world.wish("stop");
  expect(await ended).toBe(0);
});

test("--protocol=http serves HTTP on a port of its own", async (context) => {
  const world = new TestWorld();
  const ended = run(quiet(tmpFolder(context), "--protocol=http", "--http-port=0"), world);
  await world.isListening;
  const [, http] = world.server?.addresses() ?? [];
  const url = `http://127.0.0.1:${http?.port}/f`;
  const answer = await fetch(url, { method: "POST", body: "x", headers: { "X-Gearman-Background": "true" } });
  expect(answer.headers.get("server")).toBe("Gearman/1.2.3");
  expect(answer.headers.get("x-gearman-command")).toBe("JOB_CREATED");
  expect(world.server?.stats().jobs).toBe(1);
  world.wish("stop");
  expect(await ended).toBe(0);
});
