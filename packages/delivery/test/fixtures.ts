import type { BackgroundJob } from "@mod-gearman/client";
import type { FakeJobServer, FakeScript } from "@mod-gearman/testkit";

export const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

export const first = { host: "first", port: 4730 };
export const second = { host: "second", port: 4731 };

export const job = (data = "workload", more: Partial<BackgroundJob> = {}): BackgroundJob => ({
  function: bytes("check_results"),
  data: bytes(data),
  ...more,
});

/** Answers every submit with a handle `H:<n>`, counted from 1. */
export function accepting(): FakeScript {
  let handles = 0;
  return {
    onPacket: (packet, connection) => {
      if (packet.name.startsWith("SUBMIT_JOB"))
        connection.send({ name: "JOB_CREATED", handle: bytes(`H:${++handles}`) });
    },
  };
}

/** Several fake servers behind one factory, selected by host. */
export function byHost(servers: Record<string, FakeJobServer>): FakeJobServer["connect"] {
  return (address) => {
    const server = servers[address.host];
    if (server === undefined) throw new Error(`no fake server ${address.host}`);
    return server.connect(address);
  };
}
