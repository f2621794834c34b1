import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { refuseOldNode, type StartFailure } from "../src/node-version.ts";

function start(node: string, output: StartFailure["output"]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const codes: number[] = [];
  const host = { versions: { node }, stdout, stderr, exit: (code: number) => void codes.push(code) };
  refuseOldNode(host, { prefix: "program: ", output, exitCode: 3 });
  return { codes, stdout: String(stdout.read() ?? ""), stderr: String(stderr.read() ?? "") };
}

test.each(["22.13.0", "22.14.1", "23.0.0", "24.1.0", "100.0.0", "22.13.0-nightly20250101"])(
  "%s is accepted",
  (node) => {
    expect(start(node, "stderr")).toEqual({ codes: [], stdout: "", stderr: "" });
  },
);

test.each(["22.12.9", "22.1.0", "21.99.0", "20.20.2", "9.0.0", ""])("%s is too old", (node) => {
  const line = `program: needs Node.js 22.13 or newer, this is ${node}\n`;
  expect(start(node, "stderr")).toEqual({ codes: [3], stdout: "", stderr: line });
  expect(start(node, "stdout")).toEqual({ codes: [3], stdout: line, stderr: "" });
});
