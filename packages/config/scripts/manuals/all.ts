import { bridge } from "./bridge.ts";
import { checkGearman } from "./check-gearman.ts";
import { doctor } from "./doctor.ts";
import { enroll } from "./enroll.ts";
import { gearmanTop } from "./gearman-top.ts";
import { gearmand } from "./gearmand.ts";
import type { Manual } from "./manual.ts";
import { queue } from "./queue.ts";
import { run } from "./run.ts";
import { sendGearman } from "./send-gearman.ts";
import { sendMulti } from "./send-multi.ts";
import { trace } from "./trace.ts";
import { worker } from "./worker.ts";

/** The manuals of all programs. */
export const manuals: readonly Manual[] = [
  gearmand,
  worker,
  bridge,
  sendGearman,
  sendMulti,
  checkGearman,
  gearmanTop,
  doctor,
  trace,
  queue,
  run,
  enroll,
];
