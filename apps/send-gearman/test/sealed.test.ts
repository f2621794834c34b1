// @module-tag slow
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BridgeKeys, EnvelopeOpener, issueIdentity, printIdentityFile } from "@mod-gearman/crypto";
import { parseCheckResult } from "@mod-gearman/payload";
import { type TestContext, takingServer, tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { sender } from "./built-program.ts";

const master = { secret: Buffer.alloc(32, 1), epochs: [1] };
const RESULTS = Buffer.from("check_results");

function identityFile(context: TestContext, kind: "sender" | "worker" = "sender"): string {
  const file = join(tmpFolder(context), "identity");
  const issued = issueIdentity(master, { kind, name: "app", queues: [] });
  writeFileSync(file, printIdentityFile(issued), { mode: 0o600 });
  return file;
}

const opener = new EnvelopeOpener({
  direction: "passive",
  keys: new BridgeKeys(master),
  maxTextBytes: 10_000,
});

function outputOf(data: Buffer): string {
  const opened = opener.open(data, RESULTS);
  if ("refused" in opened) throw new Error(opened.refused);
  const { type, output } = parseCheckResult(opened.text);
  expect(type).toBe("passive");
  return output.toString();
}

test("one result, and each line of a list, is sealed in the name of the sender", async (context) => {
  const { address, jobs } = await takingServer(context);
  const args = [`--server=${address}`, `--sender_identity_file=${identityFile(context)}`];
  const one = await sender.run(context, [...args, "--host=app-1", "--message=single"]);
  expect(one).toEqual({ code: 0, stdout: "", stderr: "" });
  const stdin = Buffer.from("app-1\tsvc\t0\tfirst\napp-2\t1\tsecond\n");
  expect((await sender.run(context, args, { stdin })).code).toBe(0);
  expect(jobs().map(({ data }) => outputOf(data))).toEqual(["single", "first", "second"]);
});

test("keys of a worker, and active results, are refused", async (context) => {
  const worker = identityFile(context, "worker");
  const args = ["--server=127.0.0.1:1", "--host=h", "--message=x"];
  const asWorker = await sender.run(context, [...args, `--sender_identity_file=${worker}`]);
  expect([asWorker.code, asWorker.stderr]).toEqual([3, expect.stringContaining("another type of file")]);
  const own = `--sender_identity_file=${identityFile(context)}`;
  const active = await sender.run(context, [...args, own, "--active=yes"]);
  expect([active.code, active.stderr]).toEqual([3, expect.stringContaining("sends passive results only")]);
});
