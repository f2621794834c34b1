// @module-tag slow
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { takingServer, tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { sender } from "./built-program.ts";

const plain = (data: Buffer): string => Buffer.from(data.toString("latin1"), "base64").toString("latin1");

test("arguments that are not UTF-8 arrive byte for byte", async (context) => {
  const { address, jobs } = await takingServer(context);
  // Node encodes the arguments of its children as UTF-8, so a shell produces the bytes
  const script =
    'exec "$@" "$(printf "%b" "--host=h\\0366st")" "$(printf "%b" "--message=\\0377\\0303\\0274")"';
  const env = { PATH: process.env.PATH, HOME: tmpFolder(context) };
  await promisify(execFile)("/bin/sh", ["-c", script, "sh", ...sender.command, `--server=${address}`], {
    env,
  });
  expect(jobs().map(({ data }) => plain(data))).toEqual([
    expect.stringMatching(/\nhost_name=h\xf6st\n(.*\n)*output=\xff\xc3\xbc\n\n$/),
  ]);
});

test("--debug=2 prints the text as sent, decoded as UTF-8", async (context) => {
  const { address } = await takingServer(context);
  const args = [`--server=${address}`, "--host=höst", "--message=Grüße", "--debug=2"];
  const { stderr } = await sender.run(context, args);
  expect(stderr).toContain("\nhost_name=höst\n");
  expect(stderr).toContain("\noutput=Grüße\n");
});
