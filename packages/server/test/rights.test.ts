import { once } from "node:events";
import { linkSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { connect as tlsConnect } from "node:tls";
import { memoryLogger } from "@mod-gearman/observe";
import { testCertificates, tmpFolder } from "@mod-gearman/testkit";
import fc from "fast-check";
import { describe, expect, type TestContext, test } from "vitest";
import { certificateNames } from "../src/certificate-names.ts";
import { fitsPattern, Guard } from "../src/core/guard.ts";
import type { Rights } from "../src/index.ts";
import { join, serverFor, tcp } from "./stages.ts";
import { message, readable, Wire } from "./wire.ts";

/** A server with a way in that has `rights`, a peer of it, and one without limits. */
async function site(context: TestContext, rights: Rights) {
  const logger = memoryLogger();
  const server = serverFor(context, {
    ...{ listen: "127.0.0.1", port: 0, logger },
    listeners: [{ listen: "127.0.0.1", port: 0, rights }],
  });
  await server.listen();
  const limited = await tcp(server.addresses()[1]?.port ?? 0);
  const free = join(server);
  const ask = async (wire: Wire, line: string, end: string): Promise<string> => {
    wire.send(Buffer.from(`${line}\n`));
    return (await wire.takeThrough(end)).toString("latin1");
  };
  return { server, limited, free, ask, lines: logger.lines };
}

async function expectNext(wire: Wire, packet: string): Promise<void> {
  const wanted = message("RES", packet);
  expect(readable(await wire.take(wanted.length))).toEqual(readable(wanted));
}

const DENIED = "ERROR NOT_ALLOWED Function\\snot\\sallowed\\son\\sthis\\sconnection";

describe("a way in with rights", () => {
  test.for([
    "SUBMIT_JOB g u x",
    "SUBMIT_JOB_BG g u x",
    "SUBMIT_JOB_HIGH g u x",
    "SUBMIT_JOB_HIGH_BG g u x",
    "SUBMIT_JOB_LOW g u x",
    "SUBMIT_JOB_LOW_BG g u x",
    "SUBMIT_JOB_EPOCH g u 0 x",
    "SUBMIT_REDUCE_JOB g u f 0 x",
    "SUBMIT_REDUCE_JOB_BACKGROUND g u f 0 x",
  ])("%s of another function is answered with ERROR, in order", async (packet, context) => {
    const { server, limited, lines } = await site(context, { submit: ["f", "result_*"] });
    limited.send(message("REQ", "SUBMIT_JOB_BG f u x"));
    limited.send(message("REQ", packet));
    limited.send(message("REQ", "SUBMIT_JOB_BG result_a u x"));
    await expectNext(limited, "JOB_CREATED T:1");
    await expectNext(limited, DENIED);
    await expectNext(limited, "JOB_CREATED T:2");
    expect(server.stats()).toMatchObject({ jobs: 2, functions: 2, denied: { submit: 1 } });
    expect(lines).toContainEqual(expect.stringMatching(/^warn: Not allowed: 127\.0\.0\.1:\d+ submit g$/));
  });

  test("functions that may not be announced are left out, so their jobs are not handed out", async (context) => {
    const { server, limited, free } = await site(context, { announce: ["a*"] });
    for (const one of ["SUBMIT_JOB_BG secret u x", "SUBMIT_JOB_BG ab u x"]) free.send(message("REQ", one));
    await free.sync();
    for (const one of ["CAN_DO secret", "CAN_DO_TIMEOUT secret 5", "CAN_DO ab", "GRAB_JOB", "GRAB_JOB"])
      limited.send(message("REQ", one));
    await expectNext(limited, "JOB_ASSIGN T:2 ab x");
    await expectNext(limited, "NO_JOB");
    expect(server.stats().denied).toEqual({ announce: 2, submit: 0, admin: 0 });
  });

  test("tables show what may be looked at, status of other jobs is unknown", async (context) => {
    const { limited, free, ask } = await site(context, { view: ["a"], submit: ["b"] });
    for (const one of [
      "CAN_DO c",
      "CAN_DO a",
      "SUBMIT_JOB_BG a ua x",
      "SUBMIT_JOB_BG b ub x",
      "SUBMIT_JOB_BG c uc x",
    ])
      free.send(message("REQ", one));
    await free.sync();
    expect(await ask(limited, "status", ".\n")).toBe("a\t1\t0\t1\nb\t1\t0\t0\n.\n");
    expect(await ask(limited, "prioritystatus", ".\n")).toBe("a\t0\t1\t0\t1\nb\t0\t1\t0\t0\n.\n");
    expect(await ask(limited, "workers", ".\n")).toMatch(/^\d+ - - : a\n\.\n$/);
    expect(await ask(limited, "show jobs", ".\n")).toBe("T:1\t0\t0\t1\nT:2\t0\t0\t1\n.\n");
    expect(await ask(limited, "show unique jobs", ".\n")).toBe("ua\nub\n.\n");
    expect(await ask(limited, "show counters", ".\n")).toMatch(/^a\t.*\nb\t.*\n\.\n$/);
    for (const one of ["GET_STATUS T:1", "GET_STATUS T:3", "GET_STATUS_UNIQUE ub", "GET_STATUS_UNIQUE uc"])
      limited.send(message("REQ", one));
    await expectNext(limited, "STATUS_RES T:1 1 0 0 0");
    await expectNext(limited, "STATUS_RES T:3 0 0 0 0");
    await expectNext(limited, "STATUS_RES_UNIQUE ub 1 0 0 0 0");
    await expectNext(limited, "STATUS_RES_UNIQUE uc 0 0 0 0 0");
  });

  test("a job that may be looked at is not hidden by a younger one with the same unique", async (context) => {
    const { limited, free } = await site(context, { view: ["a"] });
    for (const one of ["SUBMIT_JOB_BG a u x", "SUBMIT_JOB_BG c u x"]) free.send(message("REQ", one));
    await free.sync();
    limited.send(message("REQ", "GET_STATUS_UNIQUE u"));
    await expectNext(limited, "STATUS_RES_UNIQUE u 1 0 0 0 0");
  });

  test.for([
    "cancel job T:1",
    "maxqueue f 1",
    "create function x",
    "drop function f",
    "shutdown",
    "DROP function f",
  ])("%s is denied unless admin is allowed", async (line, context) => {
    const { server, limited, free, ask } = await site(context, { view: ["*"] });
    free.send(message("REQ", "SUBMIT_JOB_BG f u x"));
    await free.sync();
    expect(await ask(limited, line, "\r\n")).toBe(
      "ERR NOT_ALLOWED Command+not+allowed+on+this+connection\r\n",
    );
    expect(server.stats()).toMatchObject({ jobs: 1, functions: 1, denied: { admin: 1 } });
    expect(await ask(limited, "version", "\n")).toBe("OK 0.1.2\n");
    expect(await ask(limited, "nonsense", "\r\n")).toContain("UNKNOWN_COMMAND");
  });

  test("admin allows all commands", async (context) => {
    const { server, limited, ask } = await site(context, { admin: true });
    expect(await ask(limited, "create function x", "\r\n")).toBe("OK\r\n");
    expect(server.stats().denied.admin).toBe(0);
  });

  test("workloads of functions that may not be looked at are not shown, to admin neither", async (context) => {
    const { limited, free, ask } = await site(context, { view: ["a"], admin: true });
    for (const one of ["SUBMIT_JOB_BG a u x", "SUBMIT_JOB_BG c u secret"]) free.send(message("REQ", one));
    await free.sync();
    expect(await ask(limited, "queue peek c 1 100", "\r\n")).toBe("ERR UNKNOWN_QUEUE\r\n");
    expect(await ask(limited, "queue peek a 1 100", "\n.\n")).toMatch(/^T:1\tu\twaiting\t.*\teA==\n\.\n$/);
  });

  test("the HTTP protocol has the same rights", async (context) => {
    const server = serverFor(context, {
      ...{ listen: "127.0.0.1", port: 0 },
      listeners: [{ listen: "127.0.0.1", port: 0, protocol: "http", rights: { submit: ["f"] } }],
    });
    await server.listen();
    for (const [path, status] of [
      ["g", "503 SERVICE_UNAVAILABLE\r\nX-Gearman-Error: NOT_ALLOWED"],
      ["f", "200 OK"],
    ] as const) {
      const wire = await tcp(server.addresses()[1]?.port ?? 0);
      wire.send(Buffer.from(`POST /${path} HTTP/1.0\r\nX-Gearman-Background: true\r\n\r\n`));
      await wire.closed();
      expect(wire.pending.toString()).toContain(`HTTP/1.0 ${status}\r\n`);
    }
    expect(server.stats()).toMatchObject({ functions: 1, denied: { submit: 1 } });
  });
});

test("names of a client certificate have rights of their own, all that fit together", async (context) => {
  const certificates = testCertificates(context);
  const authority = certificates.authority("ca");
  const { certificate, key } = certificates.signed("server", authority);
  const server = serverFor(context, {
    ...{ hasMainListener: false },
    listeners: [
      {
        ...{ listen: "127.0.0.1", port: 0, rights: {} },
        tls: { load: () => ({ certificate, key, ca: authority.certificate }) },
      },
    ],
    clientRights: [
      { name: "CN:worker-*", announce: ["service"] },
      { name: "URI:site:berlin", submit: ["results"] },
    ],
  });
  const { port } = await server.listen();
  const connect = async (own?: { certificate: Buffer; key: Buffer }) => {
    const options = own === undefined ? {} : { cert: own.certificate, key: own.key };
    const socket = tlsConnect({ host: "127.0.0.1", port, ca: authority.certificate, ...options });
    context.onTestFinished(() => void socket.destroy());
    await once(socket, "secureConnect");
    return new Wire(socket);
  };
  const asked = ["CAN_DO service", "SUBMIT_JOB_BG results u x", "CAN_DO other"];
  const wires = [
    await connect(certificates.signed("worker-1", authority, { names: ["URI:site:berlin"] })),
    await connect(certificates.signed("other", authority, { names: ["DNS:worker-1"] })),
    await connect(),
  ];
  for (const wire of wires) {
    for (const one of asked) wire.send(message("REQ", one));
    await wire.sync();
  }
  expect(wires.map((wire) => readable(wire.pending).map((one) => one.split(" ")[1]))).toEqual([
    ["JOB_CREATED"],
    ["ERROR"],
    ["ERROR"],
  ]);
  expect(server.stats().denied).toEqual({ announce: 5, submit: 2, admin: 0 });
});

test("the names of a certificate, none of which can pass for two", () => {
  const names = (subjectaltname: string, CN: string | string[] = "one", authorized = true) =>
    certificateNames({
      authorized,
      getPeerCertificate: () => ({ subject: { CN }, subjectaltname }),
    } as never);
  expect(
    names('DNS:a.b, IP Address:127.0.0.1, URI:"x, DNS:admin", email:m@x, othername:<unsupported>'),
  ).toEqual(["CN:one", "DNS:a.b", "IP:127.0.0.1", "URI:x, DNS:admin", "email:m@x"]);
  expect(names("", ["one", "two"])).toEqual(["CN:one", "CN:two"]);
  expect(names("DNS:a", "one", false)).toEqual([]);
});

test("patterns: * is any text, everything else is itself", () => {
  for (const [pattern, name, fits] of [
    ["f", "f", true],
    ["f", "F", false],
    ["f.", "fx", false],
    ["*", "", true],
    ["a*", "ab", true],
    ["*b", "ab", true],
    ["a*a", "a", false],
    ["a*b*c", "axbxc", true],
    ["a*b*c", "acb", false],
    ["a*bb*b", "abb", false],
  ] as const)
    expect([pattern, name, fitsPattern(pattern, name)]).toEqual([pattern, name, fits]);
  const text = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 8 });
  fc.assert(
    fc.property(text, fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 8 }), (pattern, name) => {
      const expression = new RegExp(`^${pattern.replaceAll("*", ".*")}$`);
      expect(fitsPattern(pattern, name)).toBe(expression.test(name));
    }),
  );
  expect(new Guard([{}]).mayView("f")).toBe(false);
});

test("unix sockets: mode, peers without address, a leftover is replaced, a living one is not", async (context) => {
  const folder = tmpFolder(context);
  const path = `${folder}/socket`;
  const options = { hasMainListener: false, listeners: [{ unix: { path, mode: 0o600 } }] };
  const leftover = createServer().listen(path);
  await once(leftover, "listening");
  await expect(serverFor(context, options).listen()).rejects.toMatchObject({ code: "ADDRESS_IN_USE" });
  linkSync(path, `${path}.kept`);
  leftover.close();
  await once(leftover, "close");
  linkSync(`${path}.kept`, path); // as after a kill
  const logger = memoryLogger();
  const server = serverFor(context, { ...options, logger });
  expect(await server.listen()).toMatchObject({ address: path, port: 0 });
  expect(logger.lines).toContain(`info: Listening on ${path}`);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const socket = connect(path);
  await once(socket, "connect");
  const wire = new Wire(socket);
  wire.send(Buffer.from("workers\n"));
  expect((await wire.takeThrough(".\n")).toString()).toBe("1 unix - :\n.\n");
  await server.close();
  expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
  writeFileSync(path, "");
  await expect(serverFor(context, options).listen()).rejects.toMatchObject({
    message: `cannot listen on ${path}: there is something else than a socket`,
  });
  rmSync(path);
  const long = { hasMainListener: false, listeners: [{ unix: { path: `${folder}/${"x".repeat(100)}` } }] };
  await expect(serverFor(context, long).listen()).rejects.toMatchObject({ code: "CANNOT_LISTEN" });
});
