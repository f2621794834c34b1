import { expect, test } from "vitest";
import { IdentityList, identityId } from "../../src/index.ts";

const id = (name: string): Buffer => identityId(Buffer.from(name));
const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

const list = new IdentityList(
  bytes(`# of this site
worker web-1 service
worker web-1 hostgroup_a b
sender app-7 app-*
sender app-7 db-1
sender all *
revoked old-3

worker gone service
revoked gone
`),
);

test("knows names, queues and revocations", () => {
  expect(list.find(id("web-1"))).toEqual({
    name: "web-1",
    kind: "worker",
    grants: ["service", "hostgroup_a b"],
    isRevoked: false,
  });
  expect(list.find(id("old-3"))).toMatchObject({ isRevoked: true });
  expect(list.find(id("gone"))).toMatchObject({ grants: ["service"], isRevoked: true });
  expect(list.find(id("unknown"))).toBeUndefined();
});

test("senders report for their hosts, workers for none", () => {
  expect(list.mayReport(id("app-7"), bytes("app-12"))).toBe(true);
  expect(list.mayReport(id("app-7"), bytes("db-12"))).toBe(false);
  expect(list.mayReport(id("all"), bytes("any"))).toBe(true);
  expect(list.mayReport(id("web-1"), bytes("service"))).toBe(false);
  expect(list.mayReport(id("unknown"), bytes("app-1"))).toBe(false);
});

test.for([
  ["a*", "a", true],
  ["a*", "ba", false],
  ["*a", "ba", true],
  ["*a", "ab", false],
  ["a*a", "a", false],
  ["a*a", "aa", true],
  ["a*b*c", "axbxc", true],
  ["a*b*c", "acb", false],
  ["a**b", "ab", true],
  ["*.*", "a.b", true],
  [".", "a", false],
  ["a", "A", false],
] as const)("pattern %s, host %s: %s", ([pattern, host, isMatch]) => {
  expect(new IdentityList(bytes(`sender s ${pattern}\n`)).mayReport(id("s"), bytes(host))).toBe(isMatch);
});

test("a pattern with many stars takes no time", () => {
  const many = new IdentityList(bytes(`sender s ${"*a".repeat(5000)}*b\n`));
  expect(many.mayReport(id("s"), bytes("a".repeat(50_000)))).toBe(false);
});

test.for([
  ["worker", "NOT_A_SETTING", 1],
  ["worker web-1", "NOT_A_SETTING", 1],
  ["revoked web-1 service", "NOT_A_SETTING", 1],
  ["worker a service\nadmin b service", "NOT_A_SETTING", 2],
  ["worker -a service", "BAD_NAME", 1],
  ["worker a service\nsender a *", "REPEATED", 2],
] as const)("refuses %j", ([text, code, line]) => {
  expect(() => new IdentityList(bytes(`${text}\n`))).toThrow(expect.objectContaining({ code, line }));
});

test("names in UTF-8 are whole at the end of a line, and lines may have more blanks", () => {
  const queue = Buffer.from("hostgroup_voil\u00e0"); // ends with 0xa0, a blank of latin1
  const content = Buffer.concat([Buffer.from("worker  w1\t"), queue, Buffer.from(" \t\r\nrevoked  w2 \r\n")]);
  const identities = new IdentityList(content);
  expect(identities.find(id("w1"))?.grants).toEqual([queue.toString("latin1")]);
  expect(identities.find(id("w2"))).toMatchObject({ isRevoked: true });
});

test.for([
  ["worker w1 service", 1],
  ["worker w1 service\nrevoked w", 2],
  ["worker w1 service\nend\nrevoked w1\n", 3],
] as const)("a list that is cut, or goes on behind its end, is refused: %j", ([text, line]) => {
  expect(() => new IdentityList(bytes(text))).toThrow(expect.objectContaining({ code: "INCOMPLETE", line }));
});

test("knows whether its end line is there", () => {
  expect(new IdentityList(bytes("worker w1 service\n")).isClosed).toBe(false);
  const closed = new IdentityList(bytes("worker w1 service\nend\n# the end\n\n"));
  expect(closed.isClosed).toBe(true);
  expect(closed.find(id("w1"))?.grants).toEqual(["service"]);
  expect(new IdentityList(bytes("")).isClosed).toBe(false);
});
