import { printAddress, printServer } from "@mod-gearman/base";
import { expect, test } from "vitest";
import { parseServerList } from "../src/servers.ts";

test.for([
  ["localhost", "localhost:4730"],
  ["localhost:4731", "localhost:4731"],
  [" a , b:1 ,, c ", "a:4730 b:1 c:4730"],
  [":4730", "0.0.0.0:4730"],
  ["[::1]", "[::1]:4730"],
  ["[fe80::1%eth0]:99", "[fe80::1%eth0]:99"],
  ["2001:db8::7", "[2001:db8::7]:4730"],
  ["::1,10.0.0.1:65535", "[::1]:4730 10.0.0.1:65535"],
  ["", ""],
] as const)("%s", ([text, printed]) => {
  const { servers, problems } = parseServerList(text);
  expect(servers.map(printAddress).join(" ")).toBe(printed);
  expect(problems).toEqual([]);
});

test.for([
  "host:",
  "host:0",
  "host:65536",
  "host:abc",
  "[::1",
  "[x]",
  "a:b:c",
  "[::1]x",
  "TLS://a",
  "tcp://a",
  "tls://tls://a",
])("refuses %s", (text) => {
  expect(parseServerList(text)).toEqual({
    servers: [],
    problems: [{ kind: "bad-address", text: `not a server address: ${text}` }],
  });
});

test.for([
  ["tls://a", "tls://a:4730"],
  ["tls://a:1, b", "tls://a:1 b:4730"],
  ["tls://[::1]", "tls://[::1]:4730"],
  ["tls://:4731", "tls://0.0.0.0:4731"],
] as const)("%s is marked for TLS", ([text, printed]) => {
  const { servers, problems } = parseServerList(text);
  expect(servers.map(printServer).join(" ")).toBe(printed);
  expect(servers[0]?.tls).toEqual({});
  expect(problems).toEqual([]);
});

test("drops duplicates, also of servers already listed", () => {
  const { servers, problems } = parseServerList("a,a:4730,b,[::1],::1", {
    known: [{ host: "b", port: 4730 }],
  });
  expect(servers.map(printAddress)).toEqual(["a:4730", "[::1]:4730"]);
  expect(problems.map((one) => one.text)).toEqual([
    "duplicate definition of server: a:4730",
    "duplicate definition of server: b:4730",
    "duplicate definition of server: [::1]:4730",
  ]);
});

test("other programs have other defaults", () => {
  expect(parseServerList(":1,x", { defaultPort: 7, emptyHost: "localhost" }).servers).toEqual([
    { host: "localhost", port: 1 },
    { host: "x", port: 7 },
  ]);
});
