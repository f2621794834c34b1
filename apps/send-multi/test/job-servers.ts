import { createEnvelope } from "@mod-gearman/crypto";
import { FakeJobServer, type FakeScript, freePort, type TestContext } from "@mod-gearman/testkit";

/** A job as a server got it. */
export interface TakenJob {
  readonly packet: string;
  readonly queue: string;
  readonly unique: string;
  readonly data: Buffer;
}

/** A scripted job server on loopback. */
export interface TestServer {
  readonly server: FakeJobServer;
  readonly port: number;
  readonly address: string;
  /** Everything submitted so far, in order. */
  readonly jobs: () => TakenJob[];
}

const taking: FakeScript = {
  onPacket: (packet, connection) => {
    if (packet.name === "SUBMIT_JOB_BG") connection.send({ name: "JOB_CREATED", handle: Buffer.from("H:1") });
  },
};

/** A job server that takes every job, or does what its script says; closed with the test. */
export async function listening(context: TestContext, script: FakeScript = taking): Promise<TestServer> {
  const server = new FakeJobServer(script);
  const { host, port } = await server.listen();
  context.onTestFinished(() => server.close());
  return { server, port, address: `${host}:${port}`, jobs: () => jobsOf(server) };
}

/** An address nobody listens on. */
export async function closedAddress(): Promise<string> {
  return `127.0.0.1:${await freePort()}`;
}

function jobsOf(server: FakeJobServer): TakenJob[] {
  const jobs: TakenJob[] = [];
  for (const { received } of server.connections)
    for (const packet of received)
      if ("data" in packet && "unique" in packet && "function" in packet)
        jobs.push({
          packet: packet.name,
          queue: packet.function.toString(),
          unique: packet.unique.toString(),
          data: packet.data,
        });
  return jobs;
}

/** The text of a job. */
export function textOf(job: TakenJob, key?: string): string {
  const envelope = createEnvelope(
    key === undefined ? { mode: "off" } : { mode: "on", password: Buffer.from(key) },
  );
  return envelope.open(job.data).toString();
}
