import { readFileSync } from "node:fs";
import type { ServerTls } from "@mod-gearman/base";
import { ConfigError, type LoadDeps } from "@mod-gearman/config";
import { type SkippableTestContext, testCertificates } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import {
  loadCheckGearman,
  loadDoctor,
  loadEnroll,
  loadModule,
  loadQueue,
  loadRun,
  loadSender,
  loadTop,
  loadWorker,
  moduleHops,
  workerHops,
} from "../src/index.ts";
import { memoryFiles } from "./memory-files.ts";

/** Files of a site: `/ca`, `/cert` with `/key`, `/old` that has expired with `/old.key`. */
function site(context: SkippableTestContext, more: Partial<LoadDeps> = {}): LoadDeps {
  const certificates = testCertificates(context);
  const authority = certificates.authority("ca");
  const text = (path: string): string => readFileSync(path, "latin1");
  const [own, old] = [
    certificates.signed("web-1", authority),
    certificates.signed("old", authority, { isExpired: true }),
  ];
  const files = {
    ...{ "/ca": text(authority.certificateFile), "/empty": "" },
    ...{ "/cert": text(own.certificateFile), "/key": text(own.keyFile) },
    ...{ "/old": text(old.certificateFile), "/old.key": text(old.keyFile) },
  };
  return { ...memoryFiles(files), ...more };
}

const FILES = ["--tls_ca_file=/ca", "--tls_cert_file=/cert", "--tls_key_file=/key"];
const TLS: ServerTls = { caFile: "/ca", certFile: "/cert", keyFile: "/key" };

function optionsOf<T extends object>(request: T): Extract<T, { readonly options: unknown }>["options"] {
  if (!("options" in request)) throw new Error("no options");
  return request.options as Extract<T, { readonly options: unknown }>["options"];
}

const worker = (words: readonly string[], deps: LoadDeps) =>
  optionsOf(loadWorker(["--services=yes", "--encryption=no", ...words], deps));

function failureOf(act: () => unknown): ConfigError {
  try {
    act();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("it did not fail");
}

test("tls=yes is for all servers, tls:// for one", (context) => {
  const deps = site(context);
  const all = worker(["--server=a,b:1", "--dupserver=d", "--tls=yes", ...FILES], deps);
  expect(all.servers).toEqual([
    { host: "a", port: 4730, tls: TLS },
    { host: "b", port: 1, tls: TLS },
  ]);
  expect(all.dupservers).toEqual([{ host: "d", port: 4730, tls: TLS }]);
  const one = worker(["--server=tls://[::1]:2,b", "--dupserver=d", ...FILES, "--tls_server_name=js"], deps);
  expect(one.servers).toEqual([
    { host: "::1", port: 2, tls: { ...TLS, serverName: "js" } },
    { host: "b", port: 4730 },
  ]);
  expect(one.dupservers).toEqual([{ host: "d", port: 4730 }]);
});

test("every program that connects has the options", (context) => {
  const deps = site(context);
  const words = ["--tls=yes", "--tls_ca_file=/ca"];
  const tls = { caFile: "/ca" };
  const servers = [
    loadModule(`server=a encryption=no ${words.join(" ").replaceAll("--", "")}`, "/", deps).options.servers,
    optionsOf(loadSender("send_gearman", ["--server=a", "--host=h", ...words], deps)).servers,
    optionsOf(loadSender("send_multi", ["--server=a", "--host=h", ...words], deps)).servers,
    optionsOf(loadCheckGearman(["-H", "a", ...words], deps)).servers,
    optionsOf(loadTop(["-H", "a", ...words], deps)).servers,
    optionsOf(loadDoctor(["-H", "a", ...words], deps)).servers,
    optionsOf(loadQueue(["-H", "a", ...words], deps)).servers,
    optionsOf(loadRun(["-H", "a", "-c", "true", ...words], deps)).servers,
    optionsOf(loadEnroll(["renew", "--server=a", ...words], deps)).servers,
  ];
  for (const list of servers) expect(list).toEqual([{ host: "a", port: 4730, tls }]);
  const local = optionsOf(loadTop(words, deps)).servers;
  expect(local).toEqual([{ host: "localhost", port: 4730, tls }]);
});

test("variables without the name of a program are for the tools too", (context) => {
  const deps = site(context, {
    env: { MOD_GEARMAN_SERVER: "a", MOD_GEARMAN_TLS: "yes", MOD_GEARMAN_TLS_CA_FILE: "/ca" },
  });
  expect(optionsOf(loadCheckGearman([], deps)).servers[0]?.tls).toEqual({ caFile: "/ca" });
  const empty = { ...deps, env: { MOD_GEARMAN_SERVER: "a", MOD_GEARMAN_TLS: "" } };
  expect(() => loadCheckGearman([], empty)).toThrow(/TLS/);
});

test.for([
  [["--tls=maybe"], "BAD_VALUE", "tls: 'maybe' is neither yes nor no"],
  [["--tls=yes"], "BAD_VALUE", "TLS needs tls_ca_file"],
  [["--tls="], "BAD_VALUE", "tls: the value is empty"],
  [["--tls=yes", "--tls_ca_file=/none"], "UNREADABLE_FILE", "cannot read /none: no such file"],
  [["--tls=yes", "--tls_ca_file=/empty"], "BAD_VALUE", "/empty has no certificate in PEM"],
  [["--tls=yes", ...FILES.slice(0, 2)], "BAD_VALUE", "tls_cert_file needs tls_key_file"],
  [["--tls=yes", "--tls_ca_file=/ca", "--tls_key_file=/key"], "BAD_VALUE", "needs tls_cert_file"],
  [["--tls=yes", ...FILES, "--tls_key_file=/old.key"], "BAD_VALUE", "/old.key is not the key of /cert"],
  [
    ["--tls=yes", ...FILES, "--tls_key_file=/ca"],
    "BAD_VALUE",
    "/ca has no key in PEM, or one with a passphrase",
  ],
  [
    ["--tls=yes", ...FILES, "--tls_cert_file=/old", "--tls_key_file=/old.key"],
    "BAD_VALUE",
    "/old has expired (",
  ],
] as const)("%j: %s, %s", ([words, code, text], context) => {
  const deps = site(context);
  const error = failureOf(() => worker(["--server=a", ...words], deps));
  expect(error).toMatchObject({ code, exitCode: 2 });
  expect(error.message).toContain(text);
});

test("a key that every user may read is refused, one in credentials is not looked at", (context) => {
  const statsOf = () => ({ mode: 0o100644, uid: 0 });
  const deps = site(context, { statsOf });
  const error = failureOf(() => worker(["--server=a", "--tls=yes", ...FILES], deps));
  expect(error.message).toContain("/key is open to every user, it protects nothing: chmod 600");
});

test("testcmd connects to nothing, and needs no files", (context) => {
  const words = ["--server=tls://a", "--encryption=no", "testcmd", "/bin/true"];
  expect(optionsOf(loadWorker(words, site(context))).servers[0]?.tls).toEqual({});
});

test("files without a server with TLS are advice", (context) => {
  const loaded = loadWorker(["--services=yes", "--encryption=no", "--server=a", ...FILES], site(context));
  if (!("options" in loaded)) throw new Error("no options");
  expect(loaded.options.servers).toEqual([{ host: "a", port: 4730 }]);
  expect(loaded.warnings.map(({ text }) => text).filter((text) => text.includes("TLS"))).toHaveLength(3);
});

test("--check-config says which servers are spoken to with TLS", (context) => {
  const deps = site(context);
  const both = worker(["--server=tls://a,b", ...FILES], deps);
  expect(workerHops(both).slice(-2)).toEqual([
    "job servers a:4730: TLS, verified by certificates for their names; they know us by /cert",
    "job servers b:4730: TCP without TLS, not verified",
  ]);
  const module = loadModule("server=a encryption=no tls=yes tls_ca_file=/ca tls_server_name=js", "/", deps);
  expect(moduleHops(module.options).at(-1)).toBe(
    "job servers: TLS, verified by certificates for js; without a certificate of ours",
  );
  expect(module.effective.find(({ option }) => option === "server")?.value).toBe("tls://a:4730");
});

test("a ticket is issued for servers with TLS without the files of this machine", (context) => {
  const request = loadEnroll(["issue", "w", "--queue=service", "--server=tls://a"], site(context));
  expect(optionsOf(request).servers).toEqual([{ host: "a", port: 4730, tls: {} }]);
});
