import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import { ManualClock, settle } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { EventHub } from "../src/http/event-hub.ts";
import { buildSnapshot } from "../src/model/build-snapshot.ts";
import { RateKeeper } from "../src/model/rates.ts";
import { ResultQueues } from "../src/model/result-queues.ts";
import type { SiteSnapshot } from "../src/model/snapshot.ts";
import { NO_VIEWERS, queue, server } from "./parts.ts";

class FakeViewer extends EventEmitter {
  writableLength = 0;
  readonly events: SiteSnapshot[] = [];
  isDestroyed = false;

  write(data: string | Buffer): boolean {
    this.events.push(JSON.parse(String(data).replace(/^data: /, "")));
    return true;
  }

  destroy(): void {
    this.isDestroyed = true;
    this.emit("close");
  }
}

function hubOf(most: number) {
  const clock = new ManualClock();
  const rates = new RateKeeper();
  let taken = 0;
  const take = async () => {
    taken += 1;
    const can = { checks: false, actions: [] };
    const monotonicMs = clock.monotonicMs();
    const occasion = { program: "gearmand", version: "1", atMs: 0, monotonicMs, can, viewers: NO_VIEWERS };
    const servers = [server("a", { queues: [queue("q", { grabs: taken * 10 })] })];
    return buildSnapshot(
      { servers },
      { rates, reports: new Map(), resultQueues: new ResultQueues() },
      occasion,
    );
  };
  const hub = new EventHub(take, clock, most);
  const add = async () => {
    const viewer = new FakeViewer();
    await hub.add(viewer as unknown as ServerResponse);
    return viewer;
  };
  const second = async () => {
    await clock.advance(1000);
    await settle();
  };
  return { hub, clock, add, second, taken: () => taken };
}

test("one snapshot a second for all viewers, none without viewers", async () => {
  const { hub, add, second, taken } = hubOf(10);
  const viewers = [await add(), await add()];
  expect(taken()).toBe(2); // each gets one at once
  await second();
  await second();
  expect(taken()).toBe(4);
  expect(viewers.map(({ events }) => events.length)).toEqual([3, 3]);
  for (const one of viewers) one.destroy();
  await second();
  expect([taken(), hub.counts.now]).toEqual([4, 0]);
});

test("after the first event the history has its newest value only", async () => {
  const { add, second } = hubOf(10);
  const first = await add();
  for (let n = 0; n < 3; n++) await second();
  const late = await add();
  expect(first.events.map(({ queues }) => queues[0]?.history)).toEqual([[], [10], [10], [10]]);
  expect(late.events[0]?.queues[0]?.history).toEqual([10, 10, 10]);
});

test("viewers beyond the limit are refused, those that do not read are dropped; both are counted", async () => {
  const { hub, add, second } = hubOf(2);
  const [slow, other] = [await add(), await add()];
  expect(hub.hasRoom()).toBe(false);
  slow.writableLength = 2 * 1024 * 1024;
  await second();
  expect([slow.isDestroyed, other.isDestroyed]).toEqual([true, false]);
  expect(other.events).toHaveLength(2);
  expect(hub.counts).toEqual({ now: 1, refused: 1, dropped: 1 });
  expect(hub.hasRoom()).toBe(true);
  hub.close();
  expect(other.isDestroyed).toBe(true);
});
