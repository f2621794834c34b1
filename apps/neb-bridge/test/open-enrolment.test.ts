import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Liveness } from "@mod-gearman/client";
import { nodeFiles } from "@mod-gearman/config";
import { printMasterFile } from "@mod-gearman/crypto";
import { memoryLogger } from "@mod-gearman/observe";
import { loadModule } from "@mod-gearman/program";
import { ManualClock, tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { BridgeEnvelope, envelopeMemory } from "../src/bridge-envelope.ts";
import { openEnrolment } from "../src/enrolment.ts";

test("tickets in a folder that every user may write are not redeemed, and the log says why", (context) => {
  const folder = tmpFolder(context);
  const tickets = join(folder, "enroll");
  mkdirSync(tickets);
  chmodSync(tickets, 0o777);
  writeFileSync(join(folder, "master"), printMasterFile({ secret: Buffer.alloc(32), epochs: [1] }), {
    mode: 0o600,
  });
  writeFileSync(join(folder, "identities"), "worker w1 service\n");
  const line = `server=127.0.0.1:1 encryption=no envelope=v2 envelope_master_file=${folder}/master envelope_identities_file=${folder}/identities enroll_dir=${tickets}`;
  const { options } = loadModule(line, "/", nodeFiles);
  const [clock, logger] = [new ManualClock(), memoryLogger()];
  const envelopes = envelopeMemory({ clock, nowMicros: () => 0n }, logger);
  const open = () =>
    openEnrolment(options, BridgeEnvelope.of(options, envelopes), {
      ...{ clock, logger, envelopes, liveness: new Liveness({ clock }) },
      identity: { version: "0", hostName: "core" },
      reread: () => undefined,
      add: () => undefined,
    });
  expect(open()).toBeUndefined();
  expect(logger.lines.join("\n")).toContain(`enroll_dir: every user may write ${tickets} (mode 0777)`);
  chmodSync(tickets, 0o700);
  expect(open()).toBeDefined();
});
