// @module-tag slow
import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AdminConnection } from "@mod-gearman/client";
import { issueIdentity, printIdentityFile, printMasterFile } from "@mod-gearman/crypto";
import { startGearmand, tmpFolder, waitFor } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { check } from "./check-process.ts";

const WORKER = fileURLToPath(new URL("../../worker/dist/main.js", import.meta.url));
const KEY = "a key for the tests";
const master = { secret: Buffer.alloc(32, 1), epochs: [1] };

interface Row {
  readonly worker: "legacy" | "both" | "v2";
  /** Of the check; absent: the legacy form. */
  readonly list?: string | undefined;
  readonly site?: Buffer;
  readonly isLegacy?: boolean;
}

test.for<[name: string, row: Row, exitCode: number, text: RegExp]>([
  [
    "both ends in v2, the worker is listed",
    { worker: "v2", list: "worker w1 service\nend\n" },
    0,
    /passed in .*worker: Mod-Gearman Worker @ w1 \(job and result sealed \(v2\), worker verified as w1\)\|/,
  ],
  ["without a list", { worker: "both" }, 0, /worker verified as w1\)/],
  ["a worker of another queue", { worker: "v2", list: "worker w1 host\n" }, 2, /\(NOT_ALLOWED\)/],
  [
    "a revoked worker",
    { worker: "v2", list: "worker w1 service\nrevoked w1\n" },
    2,
    /the module would refuse its result: .*\(REVOKED\)/,
  ],
  [
    "another site",
    { worker: "v2", site: Buffer.alloc(32, 2) },
    2,
    /could not read the job.*it has no key of this queue and epoch/,
  ],
  ["a worker of the legacy form", { worker: "legacy" }, 2, /or speaks the legacy form only/],
  ["a test in the legacy form", { worker: "v2", isLegacy: true }, 2, /or it takes sealed jobs only/],
  [
    "a test in the legacy form, a worker that takes both",
    { worker: "both", isLegacy: true },
    0,
    /\(legacy form, worker not verified\)/,
  ],
])("%s", async ([, { worker, list, site, isLegacy }, exitCode, text], context) => {
  if (!existsSync(WORKER)) throw new Error("the worker is not built: pnpm build");
  const folder = tmpFolder(context);
  const file = (name: string, content: Buffer | string): string => {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
    return join(folder, name);
  };
  const issued = issueIdentity(master, { kind: "worker", name: "w1", queues: [Buffer.from("service")] });
  const gearmand = await startGearmand(context);
  const server = `127.0.0.1:${gearmand.port}`;
  const child = spawn(
    process.execPath,
    [
      ...[WORKER, `--server=${server}`, "--services=yes", "--identifier=w1", `--key=${KEY}`],
      ...[`--envelope=${worker}`, `--envelope_identity_file=${file("w1", printIdentityFile(issued))}`],
    ],
    { stdio: "ignore" },
  );
  context.onTestFinished(() => void child.kill("SIGKILL"));
  await waitFor("the worker", async () => {
    const at = { host: "127.0.0.1", port: gearmand.port };
    const [status] = await AdminConnection.query(at, ["status"], { timeoutMs: 5000 });
    return (
      status?.kind === "table" && status.lines.some((line) => /^service\t.*\t[1-9]/.test(line.toString()))
    );
  });
  const masterFile = file("master", printMasterFile({ ...master, secret: site ?? master.secret }));
  const finished = await check(context, [
    ...["-H", server, "--self-test"],
    ...(isLegacy === true ? [`--key=${KEY}`] : [`--envelope_master_file=${masterFile}`]),
    ...(list === undefined ? [] : [`--envelope_identities_file=${file("list", list)}`]),
  ]);
  expect(finished.stdout).toMatch(text);
  expect(finished).toMatchObject({ exitCode, stderr: "" });
});
