import { ManualClock } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { StickyRoutes } from "../src/sticky-routes.ts";

const ONE = { host: "one", port: 4730 };
const TWO = { host: "two", port: 4730 };
const source = (identifier: string): Buffer => Buffer.from(`Mod-Gearman Worker @ ${identifier}`);
const ready = { total: 0, running: 0, workers: 1 };

function setup(maxServices = 100) {
  const clock = new ManualClock();
  const routes = new StickyRoutes(clock, maxServices);
  const status = (queues: Record<string, typeof ready>, server = ONE) =>
    routes.onStatus({ server, askedAt: clock.monotonicMs(), queues: new Map(Object.entries(queues)) });
  return { clock, routes, status };
}

test("a check goes back to the worker that ran it last, and moves with it", () => {
  const { routes, status } = setup();
  status({ sticky_w1: ready, sticky_w2: ready });
  expect(routes.queueFor("h\0s", "service", false)).toBe("service");
  routes.learn("h\0s", source("w1"));
  expect(routes.queueFor("h\0s", "service", false)).toBe("sticky_w1");
  routes.learn("h\0s", source("w2"));
  expect(routes.queueFor("h\0s", "service", false)).toBe("sticky_w2");
  expect(routes.queueFor("h\0other", "service", false)).toBe("service");
});

test.for<[string, Record<string, typeof ready>]>([
  ["without that queue: the worker is drained or gone", {}],
  ["without a worker in it", { sticky_w1: { ...ready, workers: 0 } }],
  ["with a backlog", { sticky_w1: { total: 12, running: 1, workers: 1 } }],
])("the usual queue %s", ([, queues]) => {
  const { routes, status } = setup();
  routes.queueFor("k", "service", false);
  routes.learn("k", source("w1"));
  expect(routes.queueFor("k", "service", false)).toBe("service"); // nothing known of any server
  status(queues);
  expect(routes.queueFor("k", "service", false)).toBe("service");
});

test("a check is never in both queues: while one is under way, the next goes where it is", () => {
  const { routes, status } = setup();
  routes.queueFor("k", "service", false);
  status({ sticky_w1: ready });
  routes.learn("k", source("w1"));
  expect(routes.queueFor("k", "service", true)).toBe("service");
  expect(routes.queueFor("k", "service", false)).toBe("sticky_w1");
  status({});
  expect(routes.queueFor("k", "service", true)).toBe("sticky_w1");
  expect(routes.queueFor("k", "service", false)).toBe("service");
});

test("a status is good for 15 s, and every server that answers must have the worker", async () => {
  const { clock, routes, status } = setup();
  routes.queueFor("k", "service", false);
  routes.learn("k", source("w1"));
  status({ sticky_w1: ready });
  status({}, TWO);
  expect(routes.queueFor("k", "service", false)).toBe("service");
  await clock.advance(16_000);
  status({ sticky_w1: ready });
  expect(routes.queueFor("k", "service", false)).toBe("sticky_w1");
  await clock.advance(16_000);
  expect(routes.queueFor("k", "service", false)).toBe("service");
});

test.for([undefined, Buffer.from("send_gearman"), source("a b"), source(""), source("x".repeat(201))])(
  "a source that names no worker ends the route: %s",
  (other) => {
    const { routes, status } = setup();
    status({ sticky_w1: ready });
    routes.queueFor("k", "service", false);
    routes.learn("k", source("w1"));
    routes.learn("k", other);
    expect(routes.queueFor("k", "service", false)).toBe("service");
  },
);

test("a lost job ends the route; the oldest beyond the limit are forgotten", () => {
  const { routes, status } = setup(2);
  status({ sticky_w1: ready });
  for (const key of ["a", "b", "c"]) {
    routes.queueFor(key, "service", false);
    routes.learn(key, source("w1"));
  }
  routes.forget("c");
  const queues = ["b", "c", "a"].map((key) => routes.queueFor(key, "service", false));
  expect(queues).toEqual(["sticky_w1", "service", "service"]);
});
