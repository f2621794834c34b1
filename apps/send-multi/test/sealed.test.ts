// @module-tag slow
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BridgeKeys, EnvelopeOpener, issueIdentity, printIdentityFile } from "@mod-gearman/crypto";
import { takingServer, tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { sender } from "./built-program.ts";

test("each child's result is sealed in the name of the sender", async (context) => {
  const master = { secret: Buffer.alloc(32, 1), epochs: [1] };
  const file = join(tmpFolder(context), "identity");
  const issued = issueIdentity(master, { kind: "sender", name: "app", queues: [] });
  writeFileSync(file, printIdentityFile(issued), { mode: 0o600 });
  const { address, jobs } = await takingServer(context);
  const stdin = Buffer.from(
    "<CHILD>\n<no>1</no>\n<name>svc</name>\n<rc>1</rc>\n<runtime>1</runtime>\n<output>one</output>\n<error></error>\n</CHILD>\n",
  );
  const args = [`--server=${address}`, "--host=app-1", `--sender_identity_file=${file}`];
  expect((await sender.run(context, args, { stdin })).code).toBe(0);
  const keys = new BridgeKeys(master);
  const opener = new EnvelopeOpener({ direction: "passive", keys, maxTextBytes: 10_000 });
  const opened = jobs().map(({ data }) => opener.open(data, Buffer.from("check_results")));
  expect(opened).toHaveLength(1);
  expect(opened[0]).toMatchObject({ header: { direction: "passive" } });
});
