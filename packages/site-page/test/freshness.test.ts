import { serveAdmin } from "@mod-gearman/admin-http";
import { nullLogger } from "@mod-gearman/base";
import { freePort, ManualClock, settle } from "@mod-gearman/testkit";
import { expect, onTestFinished, test } from "vitest";
import { ReportKeeper } from "../src/http/report-keeper.ts";
import { createSitePage, type SitePageOptions, type SiteSnapshot } from "../src/index.ts";
import { connection, queue, server } from "./parts.ts";

const TOKEN = "0123456789abcdef0123456789abcdef";

/** A page on a port; its clock stands still unless the test moves it. */
async function pageAt(port: number, more: Partial<SitePageOptions>) {
  const page = createSitePage({
    ...{ program: "gearmand", version: "1.0.0", clock: new ManualClock(), logger: nullLogger },
    read: () => ({ servers: [server("mon1:4730")] }),
    askWorker: async () => Buffer.from("{}"),
    ...more,
  });
  const endpoint = await serveAdmin(String(port), page.routes, "127.0.0.1");
  const close = () => {
    page.close();
    endpoint.close();
  };
  onTestFinished(close);
  const url = `http://127.0.0.1:${endpoint.port}/`;
  const look = async () => (await (await fetch(`${url}api/site`)).json()) as SiteSnapshot;
  return { url, close, look, name: `127.0.0.1:${endpoint.port}` };
}

const upOf = ({ servers }: SiteSnapshot): boolean[] => servers.map(({ isUp }) => isUp);

test("a look after a pause says of other pages what they are now", async () => {
  const clock = new ManualClock();
  const other = await pageAt(0, {});
  const { look } = await pageAt(0, { clock, others: [other.name] });
  expect(upOf(await look())).toEqual([true, true]);
  other.close();
  await clock.advance(300_000);
  const later = await look();
  expect(upOf(later)).toEqual([true, false]);
  expect(later.health.findings.map(({ code }) => code)).toEqual(["server-away"]);
});

test("two pages that show each other do not wait for each other", async () => {
  const ports = [await freePort(), await freePort()] as const;
  const [one] = await Promise.all([
    pageAt(ports[0], { others: [`${ports[1]}`] }),
    pageAt(ports[1], { others: [`${ports[0]}`] }),
  ]);
  expect(upOf(await one.look())).toEqual([true, true]);
});

test("an action goes to a page that was away at the last look and is back", async () => {
  const port = await freePort();
  const own = await pageAt(0, { token: TOKEN, actions: { pause: () => "here" }, others: [`${port}`] });
  expect(upOf(await own.look())).toEqual([true, false]);
  await pageAt(port, { token: TOKEN, actions: { pause: () => "there" } });
  const response = await fetch(`${own.url}api/actions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify({ action: "pause", server: `${port}`, queue: "q" }),
  });
  expect([response.status, await response.text()]).toEqual([200, "there\n"]);
});

/** Worker `w1` answers, `hung` when the test lets it fail. */
function workers() {
  const clock = new ManualClock();
  const hung = Promise.withResolvers<Buffer>();
  const keeper = new ReportKeeper(
    (name) => (name === "hung" ? hung.promise : Promise.resolve(Buffer.from('{"slots":3}'))),
    clock,
  );
  const at = (...names: string[]) => [
    server("mon1:4730", {
      queues: names.map((name) => queue(`worker_${name}`, { workers: 1 })),
      workers: names.map((name) => connection(name, [`worker_${name}`])),
    }),
  ];
  const look = async (...names: string[]) => {
    await keeper.refresh(at(...names));
    return [...keeper.reports.keys()];
  };
  return { clock, look, fail: () => hung.reject(new Error("no answer")) };
}

test("the first look and one after a pause have the answers of workers; those of before the pause are forgotten", async () => {
  const { clock, look, fail } = workers();
  expect(await look("w1")).toEqual(["w1"]);
  await clock.advance(5000);
  expect(await look("hung")).toEqual(["w1"]); // with viewers answers are for a later look
  fail();
  await clock.advance(9999);
  expect(await look("hung")).toEqual(["w1"]);
  await clock.advance(10_000);
  expect(await look("w2")).toEqual(["w2"]);
});

test("a worker that does not answer holds up a look for a second only", async () => {
  const { clock, look } = workers();
  let seen: string[] | undefined;
  const looking = look("hung", "w1").then((names) => {
    seen = names;
  });
  await settle();
  await clock.advance(999);
  expect(seen).toBeUndefined();
  await clock.advance(1);
  await looking;
  expect(seen).toEqual(["w1"]);
});
