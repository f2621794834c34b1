import type { FakeScript } from "@mod-gearman/testkit";
import { ClientConnection } from "../src/client/client-connection.ts";
import type { ClientConnectionOptions } from "../src/client/client-options.ts";
import type { BackgroundJob } from "../src/contract/job.ts";
import { bytes, first, stage } from "./fixtures.ts";

/** A job for queue `check_results`. */
export const job = (data = "workload", more: Partial<BackgroundJob> = {}): BackgroundJob => ({
  function: bytes("check_results"),
  data: bytes(data),
  ...more,
});

/** A client of one fake server, connected. */
export async function connected(script: FakeScript = {}, options: Partial<ClientConnectionOptions> = {}) {
  const { server, clock } = stage(script);
  const client = new ClientConnection({ servers: [first], duplex: server.connect, clock, ...options });
  await client.waitConnected();
  const peer = await server.connection();
  return { server, clock, client, peer };
}

/** How a promise ended: the handle, or the code of the error. */
export const outcome = (promise: Promise<{ handle: Buffer }>): Promise<string> =>
  promise.then(
    ({ handle }) => handle.toString(),
    (error: { code?: string }) => String(error.code),
  );
