import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { NscWebServers } from "./nsc-web-servers.ts";
import { TEST_CERTIFICATE, TEST_KEY } from "./tls-fixture.ts";

const nsc = new NscWebServers();
const { check } = nsc;

describe("configuration file", () => {
  const config = (text: string) => {
    writeFileSync(join(nsc.folder, "config"), text);
    return "-config DIR/config";
  };

  test("options, a query, comments", async () => {
    const args = config(`# mine\n\np=secret\nu ${nsc.url}\na 1\nj\nquery check_cpu show-all\n`);
    const [returnCode, output] = await check(args);
    expect([returnCode, output.slice(0, 22)]).toEqual([0, '{"command":"check_cpu"']);
    expect(nsc.seen.map((request) => request.path)).toEqual([
      "/api/v1/queries/check_cpu/commands/execute?show-all",
    ]);
  });

  test("the command line has precedence, then the file, then the environment", async () => {
    await check(`${config("p file\nt 7\n")} -u URL -p line`, "check_nsc_web_timeout=9 ");
    expect(nsc.seen[0]?.headers).toMatchObject({ password: "line", "x-nsc-web-timeout": "7.00" });
  });

  test.for([
    ["p x\nbogus 1\n", "failed to parse config file: line 2: variable provided but not defined"],
    ["k maybe\n", "failed to parse config file: line 1: invalid boolean value: parse error"],
    ["f many\n", "failed to parse config file: line 1: invalid value: parse error"],
  ])("%j", async ([text = "", output]) => {
    expect(await check(`${config(text)} -u URL -p x`)).toEqual([3, output]);
  });

  // each file contains the word "shadow", which must not appear in the output
  test.for<[file: string, args: string, returnCode: number, output: string]>([
    [
      "shadow:$6$salt$hash:19000:0:99999:7:::",
      "-u URL -p x",
      3,
      "failed to parse config file: line 1: variable provided but not defined",
    ],
    ["j shadow", "-u URL -p x", 3, "failed to parse config file: line 1: invalid boolean value: parse error"],
    ["t shadow", "-u URL -p x", 3, "UNKNOWN - cannot parse timeout: strconv.Atoi: invalid syntax"],
    [
      "tlsmin shadow",
      "-u URL -p x",
      3,
      "UNKNOWN - tlsmin: cannot parse the value in the configuration file into tls version, supported values are: tls1.0, tls1.1, tls1.2, tls1.3",
    ],
    ["u shadow://h", "-p x", 3, "UNKNOWN - unsupported protocol scheme"],
    ["u shadow", "-p x", 3, "UNKNOWN - url.Parse: invalid URL"],
    [
      `u http://shadow${"o".repeat(64)}/`, // too long for a name: no server is contacted
      "-p x -e 2",
      2,
      'CRITICAL - Get "...: dial tcp: lookup: no such host',
    ],
    ["u http://127.0.0.1:1/shadow", "-p x", 3, 'UNKNOWN - Get "...: dial tcp: connect: connection refused'],
    ["u URL/shadow", "-p x", 0, "OK - REST API reachable on the URL in the configuration file"],
    [
      "u URL/shadow",
      "-p x -t 1 silent",
      3,
      'UNKNOWN - check timed out after 1s ( the URL in the configuration file )\nGet "...: context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
    ],
    [
      "tlshostname shadow",
      "-ca DIR/ca.pem -u TLS -p x",
      3,
      'UNKNOWN - Get "...: tls: failed to verify certificate: x509: certificate is valid for another name',
    ],
    ["ca /shadow", "-u URL -p x", 3, "UNKNOWN - readfile of -ca: ENOENT"],
    ["C /shadow\nK /shadow", "-u URL -p x", 3, "UNKNOWN - readfile of -C: ENOENT"],
  ])("content of the file never comes back: %s", async ([file, args, returnCode, output]) => {
    writeFileSync(join(nsc.folder, "ca.pem"), TEST_CERTIFICATE);
    const answered = await check(`${config(file.replace("URL", nsc.url))} ${args}`);
    expect(answered).toEqual([returnCode, output]);
  });

  test("content of the file is not in the dump of -v", async () => {
    const args = config(`u ${nsc.url}/shadow\nquery shadow shadow=1\np shadow\nl shadow\na 1\n`);
    const [, output] = await check(`${args} -v`);
    const [request = ""] = output.split("<<<<<<RESPONSE");
    expect(request).toContain("GET *** HTTP/1.1\nHost: ***\nAuthorization: ***");
    expect(request).not.toContain("shadow");
    expect(nsc.seen[0]?.path).toContain("shadow=1");
  });

  test.for(["-ca DIR/config", "-C DIR/config -K DIR/config"])(
    "content of %s is not printed",
    async (args) => {
      for (const text of [
        "shadow:secret",
        "-----BEGIN CERTIFICATE-----\nshadow\n-----END CERTIFICATE-----\n",
      ]) {
        config(text);
        const [returnCode, output] = await check(`-u TLS -p x ${args}`);
        expect([returnCode, output.slice(0, 10)]).toEqual([3, "UNKNOWN - "]);
        expect(output).not.toMatch(/shadow|secret/);
      }
    },
  );
});

describe("TLS", () => {
  beforeAll(() => {
    writeFileSync(join(nsc.folder, "cert.pem"), TEST_CERTIFICATE);
    writeFileSync(join(nsc.folder, "key.pem"), TEST_KEY);
    writeFileSync(join(nsc.folder, "no.pem"), "no certificate\n");
  });

  test.for<[args: string, returnCode: number, output: string | RegExp]>([
    [
      "-p x -u TLS x",
      3,
      'UNKNOWN - Get "TLS/...: tls: failed to verify certificate: x509: certificate signed by unknown authority',
    ],
    ["-k -a 1 -p x -u TLS x", 0, "TLSv1.3 client false"],
    ["-a 1 -p x -ca DIR/cert.pem -u TLS x", 3, /tls: failed to verify certificate: x509: .*127\.0\.0\.1/],
    ["-a 1 -p x -ca DIR/cert.pem -tlshostname agent.test -u TLS x", 0, "TLSv1.3 client false"],
    ["-k -a 1 -p x -tlsmax tls1.2 -u TLS x", 0, "TLSv1.2 client false"],
    ["-k -a 1 -p x -tlsmin tls13 -u TLS x", 0, "TLSv1.3 client false"],
    ["-k -a 1 -p x -C DIR/cert.pem -K DIR/key.pem -u TLS x", 0, "TLSv1.3 client true"],
    ["-k -a 1 -p x -C DIR/no.pem -K DIR/key.pem -u TLS x", 3, /^UNKNOWN - tls: /],
    ["-k -a 1 -p x -tlsmin tls1.3 -tlsmax tls1.2 -u TLS x", 3, /^UNKNOWN - /],
  ])("%s", async ([args, returnCode, expected]) => {
    const [code, output] = await check(args);
    expect(code).toBe(returnCode);
    if (typeof expected === "string") expect(output).toBe(expected.replace("TLS/", `${nsc.tlsUrl}/`));
    else expect(output).toMatch(expected);
  });

  test("a server without TLS", async () => {
    expect(await check(`-k -p x -u ${nsc.url.replace("http", "https")}`)).toEqual([
      3,
      `UNKNOWN - Get "${nsc.url.replace("http", "https")}/...: http: server gave HTTP response to HTTPS client`,
    ]);
  });
});
