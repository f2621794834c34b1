import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import { type Checkout, here } from "./checkouts.ts";
import { startJobServer } from "./job-servers.ts";
import { printPairedRatios, printTable } from "./report.ts";
import { ResultSink } from "./result-sink.ts";
import { alternate, type Sample } from "./samples.ts";

const WARM_UPS = 5;

/** The connections of this checkout and of `base`, each in a process of its own; both work in turn, on the same servers. */
export async function measureClientBeside(base: Checkout, repetitions: number): Promise<void> {
  const sink = await ResultSink.listen();
  const server = await startJobServer("our job server");
  const script = join(import.meta.dirname, "client-process.ts");
  const [ours, theirs] = [here, base].map(({ client }) =>
    fork(script, [client, String(sink.port), String(server.port)]),
  ) as [ChildProcess, ChildProcess];
  const round = async (child: ChildProcess): Promise<Sample> => {
    child.send("round");
    const [sample] = (await once(child, "message")) as [Sample];
    return sample;
  };
  const sides = { ours: () => round(ours), base: () => round(theirs) };
  const samples = await alternate(sides, repetitions, WARM_UPS);
  printTable("client and worker connections, jobs of 500 bytes", samples);
  printPairedRatios(samples.ours, samples.base, base.name);
  for (const child of [ours, theirs]) child.disconnect();
  sink.close();
  await server.stop();
}
