import { expect, test } from "vitest";
import { drainWish } from "../../src/client/drain-wish.ts";
import type { SiteSnapshot, WorkerRow } from "../../src/model/snapshot.ts";

const site = (program: string, can: readonly string[] = ["drain"]) =>
  ({
    program,
    can: { checks: false, actions: can },
    servers: [
      { name: "own:4730", actions: ["drain"] },
      { name: "other:9418", actions: ["drain"] },
      { name: "closed:9418", actions: [] },
    ],
  }) as unknown as SiteSnapshot;
const worker = (servers: readonly string[], more: Partial<WorkerRow> = {}) =>
  ({ name: "w1", kind: "worker", isDraining: false, servers, ...more }) as WorkerRow;

test("a worker is drained by a server that it uses, by the bridge itself", () => {
  const gearmand = site("gearmand");
  expect(drainWish(gearmand, worker(["own:4730", "other:9418"]))).toEqual({ worker: "w1" });
  expect(drainWish(gearmand, worker(["closed:9418", "other:9418"]))).toEqual({
    worker: "w1",
    server: "other:9418",
  });
  expect(drainWish(gearmand, worker(["closed:9418"]))).toBeUndefined();
  expect(drainWish(site("mod_gearman_bridge"), worker(["closed:9418"]))).toEqual({ worker: "w1" });
});

test("bridges are not drained, nor is one that drains already, nor by a page without token", () => {
  expect(drainWish(site("gearmand"), worker(["own:4730"], { kind: "bridge" }))).toBeUndefined();
  expect(drainWish(site("gearmand"), worker(["own:4730"], { isDraining: true }))).toBeUndefined();
  expect(drainWish(site("gearmand", []), worker(["own:4730"]))).toBeUndefined();
});
