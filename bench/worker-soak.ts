// What the built worker holds after many checks: resident memory, descriptors of plugin runs, children not waited for.
// The baseline is itself after the first tenth; memory that grows with the checks shows as a ratio above 1.
//
//   pnpm bench worker-soak [--checks 200000] [--slots 20] [--command LINE]
import { parseArgs } from "node:util";

import { programs } from "../e2e/src/paths.ts";
import { runDescriptors, zombiesOf } from "../e2e/src/traces.ts";
import { CheckLoad } from "./src/check-load.ts";
import { startJobServer } from "./src/job-servers.ts";
import { limitTime } from "./src/own-processes.ts";
import { printRatio, say } from "./src/report.ts";
import { ours, startWorker } from "./src/worker-programs.ts";

const STEPS = 10;
const { values: given } = parseArgs({
  options: {
    checks: { type: "string", default: "200000" },
    slots: { type: "string", default: "20" },
    command: { type: "string", default: "/bin/true" },
  },
});
const perStep = Math.ceil(Number(given.checks) / STEPS);

limitTime(1800);
const server = await startJobServer("gearmand 1.1.20");
const load = await CheckLoad.connect(server.port, given.command, 0);
const worker = startWorker(ours(programs.worker), server, Number(given.slots));
const resident: number[] = [];
for (let step = 1; step <= STEPS; step++) {
  const seconds = await load.run(load.prepare(worker.queue, perStep), perStep);
  resident.push(worker.residentMib());
  const held = `${runDescriptors(worker.pid).length} pipes and process descriptors, ${zombiesOf(worker.pid).length} zombies`;
  const rate = (perStep / seconds).toFixed(0);
  say(`${step * perStep} checks: ${resident.at(-1)?.toFixed(0)} MiB, ${held}, ${rate} checks/s`);
}
printRatio(
  "resident memory",
  resident.at(-1) ?? Number.NaN,
  resident[0] ?? Number.NaN,
  "itself after the first tenth",
);
load.close();
await worker.stop();
await server.stop();
