// @module-tag slow
import { type Clock, type ServerAddress, systemClock } from "@mod-gearman/base";
import { ClientConnection } from "@mod-gearman/client";
import { FaultProxy, freePort, ManualClock, startGearmand, waitFor } from "@mod-gearman/testkit";
import { describe, expect, onTestFinished, test } from "vitest";

import type { OutstandingCheck } from "../src/check-row.ts";
import { JobLookup } from "../src/job-lookup.ts";

const host = "127.0.0.1";

const checkOn = (port: number, id: OutstandingCheck["id"]): OutstandingCheck => ({
  hostName: Buffer.from("web01"),
  serviceDescription: undefined,
  id,
  server: { host, port },
});

function clientOf(...ports: number[]): ClientConnection {
  const client = new ClientConnection({ servers: ports.map((port) => ({ host, port })) });
  onTestFinished(() => client.close());
  return client;
}

/** The connection over which jobs go to its server. */
const of =
  <T extends Pick<ClientConnection, "server">>(main: T) =>
  (server: ServerAddress): T | undefined =>
    main.server.host === server.host && main.server.port === server.port ? main : undefined;

function lookupOf(main: ClientConnection, clock: Clock = systemClock): JobLookup {
  const lookup = new JobLookup(of(main), { clock });
  onTestFinished(() => lookup.close());
  return lookup;
}

const job = (unique: string) => ({
  function: Buffer.from("service"),
  unique: Buffer.from(unique),
  data: Buffer.from("x"),
});

describe("27: each server is asked about the jobs that it accepted", () => {
  test("after a failover a job on the previous server is known", async (context) => {
    const former = await startGearmand(context);
    const current = await startGearmand(context);
    const proxy = await FaultProxy.start({ port: former.port });
    onTestFinished(() => proxy.close());
    const main = clientOf(proxy.port, current.port);
    await main.waitConnected();
    const { handle, server } = await main.submitBackground(job("u1"));
    expect(server.port).toBe(proxy.port);
    await proxy.refuse();
    await waitFor("the failover", () => main.connected && main.server.port === current.port);
    const lookup = lookupOf(main);
    const waiting = checkOn(proxy.port, { unique: Buffer.from("u1") });
    await expect(lookup.isKnown(waiting)).rejects.toThrow(); // unreachable: the state is unknown
    await proxy.restore();
    await waitFor("an answer", () => lookup.isKnown(waiting).catch(() => undefined));
    expect(await lookup.isKnown(checkOn(proxy.port, { handle }))).toBe(true);
    expect(await lookup.isKnown(checkOn(proxy.port, { unique: Buffer.from("u2") }))).toBe(false);
    expect(await lookup.isKnown(checkOn(current.port, { unique: Buffer.from("u1") }))).toBe(false);
    expect(main.server.port).toBe(current.port);
  });

  test("the server for submits is asked over that connection; without connection the state is unknown", async (context) => {
    const gearmand = await startGearmand(context);
    const proxy = await FaultProxy.start({ port: gearmand.port });
    onTestFinished(() => proxy.close());
    const main = clientOf(proxy.port);
    await main.waitConnected();
    const { handle } = await main.submitBackground(job("u1"));
    const lookup = lookupOf(main);
    expect(await lookup.isKnown(checkOn(proxy.port, { handle }))).toBe(true);
    expect(proxy.accepted).toBe(1);
    await proxy.refuse();
    await waitFor("the disconnect", () => !main.connected);
    await expect(lookup.isKnown(checkOn(proxy.port, { handle }))).rejects.toThrow("not connected");
  });

  test("an answer from another server is not used", async (context) => {
    const gearmand = await startGearmand(context);
    const real = clientOf(gearmand.port);
    await real.waitConnected();
    const gone = { host, port: await freePort() };
    const movedMeanwhile = {
      connected: true,
      server: gone,
      getStatus: (handle: Buffer) => real.getStatus(handle),
      getStatusUnique: (unique: Buffer) => real.getStatusUnique(unique),
    };
    const lookup = new JobLookup(of(movedMeanwhile), { clock: systemClock });
    onTestFinished(() => lookup.close());
    const asked = lookup.isKnown(checkOn(gone.port, { unique: Buffer.from("u1") }));
    await expect(asked).rejects.toThrow(`answered by ${host}:${gearmand.port}`);
  });

  test("a server that does not answer leaves no request pending", async () => {
    const clock = new ManualClock();
    const hung = {
      connected: true,
      server: { host, port: 1 },
      getStatus: () => new Promise<never>(() => {}),
      getStatusUnique: () => new Promise<never>(() => {}),
    };
    const asked = new JobLookup(of(hung), { clock }).isKnown(checkOn(1, { unique: Buffer.from("u1") }));
    const outcome = expect(asked).rejects.toThrow("no answer within 10000 ms");
    await clock.advance(10_000);
    await outcome;
    expect(clock.pending).toBe(0);
  });

  test("a connection made for a request is closed a minute after the last one", async (context) => {
    const gearmand = await startGearmand(context);
    const other = await startGearmand(context);
    const proxy = await FaultProxy.start({ port: other.port });
    onTestFinished(() => proxy.close());
    const clock = new ManualClock();
    const main = clientOf(gearmand.port);
    await main.waitConnected();
    const lookup = lookupOf(main, clock);
    const check = checkOn(proxy.port, { unique: Buffer.from("u1") });
    expect(await lookup.isKnown(check)).toBe(false);
    await clock.advance(59_000);
    expect(await lookup.isKnown(check)).toBe(false);
    expect(proxy.accepted).toBe(1);
    await clock.advance(59_000);
    expect(proxy.open).toBe(1);
    await clock.advance(2_000);
    await waitFor("the end of the connection", () => proxy.open === 0);
    expect(await lookup.isKnown(check)).toBe(false);
    expect(proxy.accepted).toBe(2);
  });
});
