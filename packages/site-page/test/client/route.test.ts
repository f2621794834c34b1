import { expect, test } from "vitest";
import { withHistory } from "../../src/client/feed.ts";
import { listLink, oneLink, parseRoute } from "../../src/client/route.ts";
import type { SiteSnapshot } from "../../src/model/snapshot.ts";

test.for([
  ["", { view: "queues", one: undefined, values: {} }],
  [
    "#workers?filter=web%201&sort=-busy",
    { view: "workers", one: undefined, values: { filter: "web 1", sort: "-busy" } },
  ],
  ["#queue/a%2Fb%3Fc", { view: "queues", one: "a/b?c", values: {} }],
  ["#worker/%zz", { view: "workers", one: "%zz", values: {} }],
  ["#queue", { view: "queues", one: undefined, values: {} }],
  ["#constructor/x", { view: "queues", one: undefined, values: {} }],
] as const)("the link %s", ([hash, route]) => expect(parseRoute(hash)).toEqual(route));

test("links lead where they were made for", () => {
  expect(parseRoute(listLink("jobs", { filter: "a&b=c", sort: "" }))).toEqual({
    ...{ view: "jobs", one: undefined, values: { filter: "a&b=c" } },
  });
  for (const name of ["a/b?c#d", "größe", "<img>", "%41"])
    expect(parseRoute(oneLink("queue", name)).one).toBe(name);
});

test("the page keeps the history that later events do not repeat", () => {
  const site = (history: number[]) =>
    ({ queues: [{ server: "a", name: "q", history }] }) as unknown as SiteSnapshot;
  const full = Array.from({ length: 60 }, (_, at) => at);
  expect(withHistory(site([60]), site(full)).queues[0]?.history).toEqual([...full.slice(1), 60]);
});
