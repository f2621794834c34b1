import { expect, test } from "vitest";
import { argumentSetting, linesOf, moduleLine, moduleSetting, workerLine } from "../src/grammar.ts";

test.for([
  ["Key = a value ", { key: "key", text: "a value" }],
  ["key=abc#def", { key: "key", text: "abc", hash: { whole: "abc#def", cut: "abc" } }],
  ["--Server=x", { key: "server", text: "x" }],
  ["---debug=1", { key: "debug", text: "1" }],
  ["a=b=c", { key: "a", text: "b=c" }],
  ["hosts", { key: "hosts", text: undefined }],
  ["hosts=", { key: "hosts", text: "" }],
  ["hosts=yes\r", { key: "hosts", text: "yes" }],
  ["  # comment", undefined],
  [" \t\r", undefined],
] as const)("module line %j", ([line, setting]) => expect(moduleLine(line)).toEqual(setting));

test.for([
  ["key=abc#def", { key: "key", text: "abc#def", hash: { whole: "abc#def", cut: "abc" } }],
  ["  # comment = x", undefined],
  ["Hosts = yes # no", { key: "hosts", text: "yes # no", hash: { whole: "yes # no", cut: "yes" } }],
  ["hosts", { key: "hosts", text: undefined }],
  ["\r", undefined],
] as const)("worker line %j", ([line, setting]) => expect(workerLine(line)).toEqual(setting));

test.for([
  ["--Hosts", { key: "hosts", text: "yes", implied: true }],
  ["-d", { key: "d", text: "yes", implied: true }],
  ["--key=a#b", { key: "key", text: "a#b" }],
  ["---key=a", { key: "-key", text: "a" }],
  ["key=a", undefined],
] as const)("argument %j", ([argument, setting]) => expect(argumentSetting(argument)).toEqual(setting));

test("in the module line # is an ordinary character", () =>
  expect(moduleSetting("key=a#b")).toEqual({ key: "key", text: "a#b" }));

test("a byte order mark is not part of the first key", () => {
  expect(linesOf(Buffer.from("\ufeffa=1\nb=2"))).toEqual(["a=1", "b=2"]);
  expect(linesOf(Buffer.from([0xff, 0x0a, 0xfe]))).toEqual(["\u00ff", "\u00fe"]);
  expect(linesOf(Buffer.from([0xef, 0xbb, 0x61]))).toEqual(["\u00ef\u00bba"]);
  expect(linesOf(Buffer.from([0xef, 0x61, 0xbf, 0x62]))).toEqual(["\u00efa\u00bfb"]);
});
