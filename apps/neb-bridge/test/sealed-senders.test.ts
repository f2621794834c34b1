// @module-tag slow
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { issueIdentity, printIdentityFile, printMasterFile } from "@mod-gearman/crypto";
import { startGearmand, tmpFolder, waitFor } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { connect, moduleArgs, newBridge, ready } from "./bridge-setup.ts";

const SENDER = fileURLToPath(new URL("../../send-gearman/src/main.ts", import.meta.url));
const master = { secret: Buffer.alloc(32, 1), epochs: [1] };

test("send_gearman with an identity reports for its own hosts only", async (context) => {
  const folder = tmpFolder(context);
  const [masterFile, identity, list] = ["master", "app", "identities"].map((name) => join(folder, name));
  const issued = issueIdentity(master, { kind: "sender", name: "app", queues: [] });
  writeFileSync(masterFile ?? "", printMasterFile(master), { mode: 0o600 });
  writeFileSync(identity ?? "", printIdentityFile(issued), { mode: 0o600 });
  writeFileSync(list ?? "", "sender app app-*\n");
  const gearmand = await startGearmand(context);
  const shim = connect(newBridge());
  const more = ` envelope=v2 envelope_master_file=${masterFile} envelope_identities_file=${list}`;
  shim.hello({ module_args: moduleArgs(gearmand, more) });
  await ready(shim);
  const send = (host: string) =>
    promisify(execFile)(process.execPath, [
      ...["--conditions=source", SENDER, `--server=127.0.0.1:${gearmand.port}`],
      ...[`--host=${host}`, "--message=sealed", `--sender_identity_file=${identity}`],
    ]);
  await send("db-1");
  await send("app-1");
  await waitFor("the result", () => shim.last("RESULT") !== undefined);
  expect(shim.all("RESULT").map(({ host_name: host, check_type }) => [host.toString(), check_type])).toEqual([
    ["app-1", 1],
  ]);
});
