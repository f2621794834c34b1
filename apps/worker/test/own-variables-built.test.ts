// @module-tag slow
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { BUILT, WorkerProcess } from "./worker-process.ts";

const SECRETS = {
  MOD_GEARMAN_KEY: "a-key-no-plugin-may-see",
  MOD_GEARMAN_WORKER_KEY: "a-key-no-plugin-may-see",
  MOD_GEARMAN_REDIS_PASSWORD: "a-key-no-plugin-may-see",
};

test.for([
  ["sh", '#!/bin/sh\necho "found: $(env | grep -c MOD_GEARMAN_) $MG_OWN"\nexit 0\n'],
  [
    "embedded perl",
    "#!/usr/bin/perl\n# nagios: +epn\nprint 'found: ' . (grep { /^MOD_GEARMAN_/ } keys %ENV) . \" $ENV{MG_OWN}\\n\";\nexit 0;\n",
  ],
] as const)("no plugin inherits a key: %s", async ([, text], context) => {
  const plugin = join(tmpFolder(context), "plugin");
  writeFileSync(plugin, text, { mode: 0o755 });
  const env = { ...process.env, ...SECRETS, MG_OWN: "mine" };
  const worker = new WorkerProcess(context, ["testcmd", plugin], env, BUILT);
  expect(await worker.ended).toBe(0);
  expect(worker.log).toBe("found: 0 mine\n");
});
