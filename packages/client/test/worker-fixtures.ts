import { type FakeScript, settle } from "@mod-gearman/testkit";
import type { ClientError } from "../src/connection/errors.ts";
import type { AssignedJob } from "../src/contract/assigned-job.ts";
import { WorkerConnection, type WorkerConnectionOptions } from "../src/worker/worker-connection.ts";
import { bytes, first, stage } from "./fixtures.ts";

/** A connected worker of one fake server, with its jobs and problems. */
export async function connected(options: Partial<WorkerConnectionOptions> = {}, script: FakeScript = {}) {
  const { server, clock } = stage(script);
  const jobs: AssignedJob[] = [];
  const problems: ClientError[] = [];
  const worker = new WorkerConnection({
    server: first,
    functions: [bytes("host")],
    maxInFlight: 1,
    onJob: (job) => jobs.push(job),
    onProblem: (problem) => problems.push(problem),
    duplex: server.connect,
    clock,
    ...options,
  });
  const peer = await server.connection();
  await settle();
  return { server, clock, worker, peer, jobs, problems };
}

/** Names received since the previous call. */
export function fresh(peer: { received: { name: string }[] }): () => string[] {
  let seen = 0;
  return () => {
    const names = peer.received.slice(seen).map((packet) => packet.name);
    seen = peer.received.length;
    return names;
  };
}
