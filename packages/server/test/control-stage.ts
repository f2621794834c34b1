import { memoryLogger } from "@mod-gearman/observe";
import { ManualClock, settle } from "@mod-gearman/testkit";
import { expect, type TestContext } from "vitest";
import type { JobServerOptions } from "../src/index.ts";
import { join, serverFor } from "./stages.ts";
import { message, readable, type Wire } from "./wire.ts";

export async function say(wire: Wire, ...requests: readonly string[]): Promise<void> {
  for (const request of requests) wire.send(message("REQ", request));
  await wire.sync();
}

export async function hears(wire: Wire, ...answers: string[]): Promise<void> {
  const wanted = Buffer.concat(answers.map((one) => message("RES", one)));
  expect(readable(await wire.take(wanted.length))).toEqual(readable(wanted));
}

/** What has come until now, besides what was taken. */
export async function heard(wire: Wire): Promise<string[]> {
  await wire.sync();
  const all = readable(wire.pending);
  await wire.take(wire.pending.length);
  return all;
}

export async function ask(wire: Wire, line: string): Promise<string> {
  wire.send(Buffer.from(`${line}\n`, "latin1"));
  return (await wire.takeThrough(/^queue (?:list|peek)/.test(line) ? ".\n" : "\r\n")).toString("latin1");
}

export function stand(context: TestContext, options: JobServerOptions = {}) {
  const logger = memoryLogger();
  const clock = new ManualClock();
  const server = serverFor(context, { logger, clock, ...options });
  const [admin, client, worker] = [join(server), join(server), join(server)];
  const queue = (name: string) => [...server.metrics.queues()].find((one) => one.name === name);
  const pass = async (seconds: number) => {
    for (let n = 0; n < seconds; n++) {
      await clock.advance(1000);
      await settle();
    }
  };
  return { logger, server, admin, client, worker, queue, pass };
}
