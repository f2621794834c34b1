import type { FakeScript } from "./fake-connection.ts";
import { FakeJobServer } from "./fake-job-server.ts";
import { freePort } from "./free-port.ts";
import type { TestContext } from "./test-context.ts";

export interface TakenJob {
  /** Name of the submit packet. */
  readonly packet: string;
  readonly queue: string;
  readonly unique: string;
  readonly data: Buffer;
}

/** Scripted, on loopback. */
export interface TakingServer {
  readonly server: FakeJobServer;
  readonly port: number;
  /** `host:port` */
  readonly address: string;
  /** In order of arrival. */
  readonly jobs: () => TakenJob[];
}

const taking: FakeScript = {
  onPacket: (packet, connection) => {
    if (packet.name === "SUBMIT_JOB_BG") connection.send({ name: "JOB_CREATED", handle: Buffer.from("H:1") });
  },
};

/** A job server that accepts every background job, or does what its script says; closed with the test. */
export async function takingServer(context: TestContext, script: FakeScript = taking): Promise<TakingServer> {
  const server = new FakeJobServer(script);
  const { host, port } = await server.listen();
  context.onTestFinished(() => server.close());
  return { server, port, address: `${host}:${port}`, jobs: () => jobsOf(server) };
}

/** No process listens there. */
export async function closedAddress(): Promise<string> {
  return `127.0.0.1:${await freePort()}`;
}

function jobsOf(server: FakeJobServer): TakenJob[] {
  return server.connections.flatMap(({ received }) =>
    received.flatMap((packet) =>
      "data" in packet && "unique" in packet && "function" in packet
        ? [
            {
              packet: packet.name,
              queue: packet.function.toString(),
              unique: packet.unique.toString(),
              data: packet.data,
            },
          ]
        : [],
    ),
  );
}
