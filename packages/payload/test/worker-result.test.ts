import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseCheckResult, printWorkerResult, type WorkerResult } from "../src/index.ts";
import { base64, latin1, loadVectors, micros, plainLines } from "./vectors.ts";

interface WorkerRow {
  readonly group: string;
  readonly case: string;
  readonly plaintext?: string;
}

const rows = loadVectors<{ results: WorkerRow[] }>("worker-results").results.filter(
  (row) => row.plaintext !== undefined,
);

describe("results of the C worker, printed by ours", () => {
  test.for(rows)("$group $case: the same lines, with the type first", ({ plaintext }) => {
    const lines = plainLines(base64(plaintext ?? ""));
    const bytes = (key: string) => latin1(lines.get(key) ?? "");
    const service = lines.get("service_description");
    const text = printWorkerResult({
      type: "passive",
      hostName: bytes("host_name"),
      ...(service === undefined ? {} : { serviceDescription: latin1(service) }),
      coreStartTime: micros(lines.get("core_start_time") ?? ""),
      startTime: micros(lines.get("start_time") ?? ""),
      finishTime: micros(lines.get("finish_time") ?? ""),
      returnCode: Number(lines.get("return_code")),
      source: bytes("source"),
      output: bytes("output"),
    });
    expect(Object.fromEntries(plainLines(text))).toEqual({ ...Object.fromEntries(lines), type: "passive" });
  });
});

const result: WorkerResult = {
  type: "active",
  hostName: latin1("demo-host"),
  serviceDescription: latin1("ping"),
  coreStartTime: 1_500_000n,
  startTime: 2_000_000n,
  finishTime: 2_250_000n,
  returnCode: 2,
  source: latin1("Mod-Gearman Worker @ w1"),
  output: latin1("CRIT \\\\srv\\new\nline \xfc"),
};

test("keys are in the order of the Go worker, only LF is escaped", () => {
  expect(printWorkerResult(result).toString("latin1")).toBe(
    "type=active\nhost_name=demo-host\nservice_description=ping\ncore_start_time=1.500000\nstart_time=2.000000\n" +
      "finish_time=2.250000\nreturn_code=2\nexited_ok=1\nsource=Mod-Gearman Worker @ w1\n" +
      "output=CRIT \\\\srv\\new\\nline \xfc\n\n\n",
  );
});

test("service and unknown core start are omitted, an empty output is kept", () => {
  const { serviceDescription: _, ...host } = result;
  const text = printWorkerResult({ ...host, coreStartTime: 0n, output: latin1("") }).toString("latin1");
  expect(text).not.toContain("service_description");
  expect(text).not.toContain("core_start_time");
  expect(text).toContain("\noutput=\n\n\n");
});

test("any result survives printing and parsing", () => {
  const value = fc
    .array(fc.integer({ min: 1, max: 0xff }), { minLength: 1, maxLength: 20 })
    .map((array) => Buffer.from(array.filter((byte) => byte !== 0x0a)))
    .filter((buffer) => buffer.length > 0 && !buffer.includes("\\n"));
  const output = fc
    .uint8Array({ maxLength: 60 })
    .map((array) => Buffer.from(array.filter((byte) => byte !== 0)))
    .filter((buffer) => !buffer.includes("\\n"));
  const time = fc.bigInt({ min: 1n, max: 2n ** 60n });
  const any = fc.record({
    type: fc.constantFrom("active" as const, "passive" as const),
    hostName: value,
    serviceDescription: value,
    coreStartTime: time,
    startTime: time,
    finishTime: time,
    returnCode: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    source: value,
    output,
  });
  fc.assert(
    fc.property(any, (one) => {
      expect(parseCheckResult(printWorkerResult(one))).toEqual({
        ...one,
        exitedOk: true,
        earlyTimeout: false,
        scheduledCheck: true,
      });
    }),
  );
});

test("the worker's own times are two lines more, on request", () => {
  const text = printWorkerResult({ ...result, grabbedTime: 1_900_000n, sentTime: 2_300_001n });
  expect(text.toString("latin1")).toContain("\ngrabbed_time=1.900000\nsent_time=2.300001\noutput=");
  expect(parseCheckResult(text)).toMatchObject({ grabbedTime: 1_900_000n, sentTime: 2_300_001n });
  expect(parseCheckResult(printWorkerResult(result))).toMatchObject({ grabbedTime: undefined });
});
