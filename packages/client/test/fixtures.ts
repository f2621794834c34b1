import type { Packet } from "@mod-gearman/protocol";
import { FakeJobServer, type FakeScript, ManualClock } from "@mod-gearman/testkit";

export const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

export const first = { host: "first", port: 4730 };
export const second = { host: "second", port: 4731 };

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

/** A fake server and a manual clock, both used by the connection under test. */
export function stage(script: FakeScript = {}): { server: FakeJobServer; clock: ManualClock } {
  return { server: new FakeJobServer(script), clock: new ManualClock() };
}

/** Several fake servers behind one factory, selected by host. */
export function byHost(servers: Record<string, FakeJobServer>): FakeJobServer["connect"] {
  return (address) => {
    const server = servers[address.host];
    if (server === undefined) throw new Error(`no fake server ${address.host}`);
    return server.connect(address);
  };
}

/** A job packet as a server sends it. */
export function assign(handle: string, name = "host", data = "workload"): Packet {
  return {
    name: "JOB_ASSIGN_UNIQ",
    handle: bytes(handle),
    function: bytes(name),
    unique: bytes("u"),
    data: bytes(data),
  };
}
