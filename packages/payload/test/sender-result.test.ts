import { describe, expect, test } from "vitest";
import { parseCheckResult, printSenderResult, type SenderResult } from "../src/index.ts";
import { latin1, micros, plainLines, senderTexts } from "./vectors.ts";

/** A captured text parsed and printed again; `output` is already escaped. */
function reprint(text: Buffer): Buffer {
  const lines = plainLines(text);
  const bytes = (key: string) => latin1(lines.get(key) ?? "");
  const service = lines.get("service_description");
  const latency = lines.get("latency");
  return printSenderResult({
    type: lines.get("type") === "active" ? "active" : "passive",
    hostName: bytes("host_name"),
    ...(service === undefined ? {} : { serviceDescription: latin1(service) }),
    startTime: micros(lines.get("start_time") ?? ""),
    finishTime: micros(lines.get("finish_time") ?? ""),
    ...(latency === undefined ? {} : { latency: micros(latency) }),
    returnCode: Number(lines.get("return_code")),
    source: bytes("source"),
    output: bytes("output"),
  });
}

describe.for(["send_gearman", "send_multi"] as const)("results of the C %s", (tool) => {
  test.for(senderTexts(tool))("$name: byte for byte", ({ text }) => expect(reprint(text)).toEqual(text));
});

const result: SenderResult = {
  type: "passive",
  hostName: latin1("h1"),
  serviceDescription: latin1("svc 1"),
  startTime: 1_795_247_872_696_840n,
  finishTime: 1_795_247_872_853_429n,
  latency: 0n,
  returnCode: 1,
  source: latin1("send_gearman"),
  output: latin1("WARNING - odd"),
};

/** The wire form of `output` after `input` was given to send_gearman. */
const wire = (input: string) =>
  plainLines(printSenderResult({ ...result, output: latin1(input) })).get("output");

test("sg020: a line break in the message is escaped", () =>
  expect(wire("real\nnewline")).toBe("real\\nnewline"));

test("T19: backslashes stay single, where the C tool doubles them (sg082)", () => {
  const captured = senderTexts("send_gearman").find(({ name }) => name.includes("sg082"));
  const lines = plainLines(captured?.text ?? Buffer.alloc(0));
  expect(lines.get("output")).toBe("multi\\\\nline \\\\\\\\ back");
  expect(wire("multi\\nline \\\\ back")).toBe("multi\\nline \\\\ back");
});

test("latency, service and source may be absent; an empty output has a line", () => {
  const { latency: _, serviceDescription: __, source: ___, ...host } = result;
  expect(printSenderResult({ ...host, output: latin1("") }).toString("latin1")).toBe(
    "type=passive\nhost_name=h1\nstart_time=1795247872.696840\nfinish_time=1795247872.853429\nreturn_code=1\n" +
      "output=\n\n",
  );
});

test("bytes in no character set are kept, a NUL is removed", () => {
  const text = printSenderResult({
    ...result,
    output: latin1("\xe4\xff\0 C:\\dir\nend"),
    latency: -1_000_000n,
  });
  expect(parseCheckResult(text)).toMatchObject({
    output: latin1("\xe4\xff C:\\dir\nend"),
    latency: -1_000_000n,
  });
});
