// @module-tag slow
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { SitePageOptions } from "../src/index.ts";
import { axe, hasChromium, openBrowser, visit } from "./browser.ts";
import { servePage } from "./demo-site.ts";
import { connection, queue, server } from "./parts.ts";

const TOKEN = "0123456789abcdef";
/** Of four rows: each of them changes its place. */
const ORDERS = [
  [1, 2, 3, 4],
  [4, 3, 2, 1],
  [2, 4, 1, 3],
  [3, 1, 4, 2],
] as const;
const OVERHANG = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
/** There only to end what hangs: axe reads a page in a second, on a busy machine in many. */
const LIMIT = { timeout: 300_000 };

async function site(more: Partial<SitePageOptions> = {}) {
  const served = await servePage(more);
  onTestFinished(() => {
    served.page.close();
    served.endpoint.close();
  });
  return served;
}

describe.skipIf(!hasChromium && process.env.CI === undefined)("the page in Chromium", LIMIT, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  const parts = ["", "#workers", "#jobs", "#servers", "#queue/service", "#worker/dmz1@mod_gearman_worker"];
  const looks = [
    { name: "light", look: { colorScheme: "light", viewport: { width: 1200, height: 800 } } },
    { name: "dark", look: { colorScheme: "dark", viewport: { width: 1200, height: 800 } } },
    { name: "phone", look: { colorScheme: "light", viewport: { width: 360, height: 740 } } },
  ] as const;
  test.for(looks)("accessible and within its width: $name", async ({ look }) => {
    const actions = { pause: () => "paused", purge: () => "purged", drain: () => "drains" };
    const { url } = await site({ token: TOKEN, actions });
    for (const part of parts) {
      const { page, foreign, errors } = await visit(browser, url + part, look);
      await page.locator("details").evaluateAll((all) => {
        for (const one of all) one.setAttribute("open", "");
      });
      expect(await axe(page), part).toEqual([]);
      expect(await page.evaluate(OVERHANG), part).toBe(0);
      expect([...foreign, ...errors]).toEqual([]);
      await page.close();
    }
  });

  test("names that are markup or script stay text", async () => {
    const evil = [
      "<img src=x onerror=alert(1)>",
      "<script>alert(2)</script>",
      "javascript:alert(3)",
      '"><svg onload=alert(4)>',
      "' onfocus=alert(5) autofocus='",
      "{{alert(6)}}",
      "__proto__",
      "constructor",
      "a".repeat(250),
    ];
    const job = (name: string) => ({ handle: name, function: name, unique: name, seconds: 5, retries: 0 });
    const { url } = await site({
      read: () => ({
        servers: [
          server("<b>a</b>", {
            problem: evil[0],
            queues: evil.map((name) => queue(name, { waiting: 1, oldestWaitingSeconds: 9 })),
            workers: evil.map((name) =>
              connection(name, [name], { jobs: [job(name)], jobCount: 1, address: name }),
            ),
          }),
        ],
      }),
      askWorker: async () => Buffer.from(JSON.stringify({ version: evil[0], slots: 1 })),
    });
    for (const part of [
      "",
      "#workers",
      "#jobs",
      "#servers",
      ...evil.map((name) => `#queue/${encodeURIComponent(name)}`),
    ]) {
      const { page, foreign, errors } = await visit(browser, url + part);
      expect([...foreign, ...errors], part).toEqual([]);
      expect(await page.locator("main :is(img, script, b, svg[onload])").count(), part).toBe(0);
      expect(await page.evaluate(OVERHANG), part).toBe(0);
      await page.close();
    }
    const { page, errors } = await visit(browser, url);
    for (const name of evil) {
      await page.locator("main th a", { hasText: name }).first().click();
      await page.getByRole("heading", { name: `Queue ${name}` }).waitFor();
      await page.goBack();
    }
    expect(errors).toEqual([]);
    await visit(browser, `${url}#queues?filter=%3Cimg%20src=x%20onerror=alert(8)%3E&sort=constructor`).then(
      (odd) => expect(odd.errors).toEqual([]),
    );
  });

  test("with the keyboard alone: skip, filter, sort, open a queue, act and confirm", async () => {
    const done: unknown[] = [];
    const { url } = await site({
      token: TOKEN,
      actions: { purge: (values) => `purged ${done.push(values)}` },
    });
    const { page, errors } = await visit(browser, url);
    const focused = (): Promise<string> => page.evaluate("document.activeElement.textContent");
    await page.keyboard.press("Tab");
    expect(await focused()).toBe("To the content");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.id")).toBe("main");
    await page.keyboard.press("/");
    await page.keyboard.type("hostgroup");
    await page.waitForURL(/filter=hostgroup/);
    await page.waitForFunction("document.querySelectorAll('tbody tr').length === 1");
    const walkTo = async (text: RegExp): Promise<void> => {
      for (let step = 0; step < 40; step++) {
        await page.keyboard.press("Tab");
        if (text.test(await focused())) return;
      }
      throw new Error(`the keyboard does not reach ${text}`);
    };
    await walkTo(/^Waiting/);
    await page.keyboard.press("Enter");
    await page.locator("th[aria-sort=descending]", { hasText: "Waiting" }).waitFor();
    await walkTo(/^hostgroup_dmz$/);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Queue hostgroup_dmz" }).waitFor();
    await walkTo(/^Purge$/);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: /^Drop all 214 waiting jobs/ }).waitFor();
    expect(await axe(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(done).toEqual([]);
    await page.getByRole("button", { name: "Purge" }).press("Enter");
    await page.getByLabel("Token").press("x");
    await page.keyboard.press("Enter");
    await page.getByText("the token is missing or wrong").waitFor();
    await page.getByLabel("Token").fill(TOKEN);
    await page.keyboard.press("Enter");
    await page.getByText("purged 1").waitFor();
    expect(done).toEqual([{ server: "mon1:4730", queue: "hostgroup_dmz" }]);
    expect(errors.filter((text) => !text.includes("401"))).toEqual([]);
  });

  test("a screen reader hears of other findings, and not of each second that jobs wait", async () => {
    let isGone = false;
    const { url } = await site({
      read: () => ({
        servers: [
          server("a", {
            queues: [
              queue("q", { waiting: isGone ? 0 : 1, oldestWaitingSeconds: (Date.now() / 1000) % 1000 }),
              queue("p", { waiting: 1, isPaused: true }),
            ],
          }),
        ],
      }),
    });
    const { page } = await visit(browser, url);
    const [said, shown] = [".health [role=status]", ".health p:not(.spoken)"].map((one) => page.locator(one));
    const first = [await said?.textContent(), await shown?.textContent()];
    expect(first[0]).toMatch(/^Critical: Queue q has no worker, 1 job waits, the oldest for/);
    await expect.poll(() => shown?.textContent(), { timeout: 30_000 }).not.toBe(first[1]);
    expect(await said?.textContent()).toBe(first[0]);
    isGone = true;
    await expect.poll(() => said?.textContent(), { timeout: 30_000 }).toMatch(/^Warning: Queue p is paused/);
  });

  test("the focus stays on a link while numbers change and rows change places", async () => {
    let second = 0;
    const { url } = await site({
      read: () => {
        second += 1;
        const names = ["a", "b", "c", "d"];
        const queues = names.map((name, at) =>
          queue(name, { waiting: ORDERS[second % 4]?.[at] ?? 9, oldestWaitingSeconds: 10 + second }),
        );
        return { servers: [server("one", { queues })] };
      },
    });
    const { page } = await visit(browser, `${url}#queues?sort=-waiting`);
    await page.locator("summary").click();
    const rows = async (): Promise<string> => (await page.locator("tbody th").allTextContents()).join("");
    const links = [
      [page.locator("tbody a", { hasText: "b" }), /^b$/],
      [page.locator(".health a", { hasText: "Queue b " }), /^Queue b /],
    ] as const;
    for (const [link, text] of links) {
      await link.focus();
      const seen = new Set<string>();
      await expect.poll(async () => seen.add(await rows()).size, { timeout: 30_000 }).toBe(4);
      expect(await page.evaluate("document.activeElement.textContent")).toMatch(text);
    }
  });

  test("below a path of a reverse proxy", async () => {
    const { endpoint } = await site();
    const proxy = createServer((asked, response) => {
      if (asked.url?.startsWith("/sub/mod-gearman/") !== true) return void response.writeHead(404).end();
      const path = asked.url.slice("/sub/mod-gearman".length);
      request({ host: "127.0.0.1", port: endpoint.port, path, method: asked.method ?? "GET" }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      }).end();
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      proxy.closeAllConnections();
      proxy.close();
    });
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/sub/mod-gearman/`;
    const { page, foreign, errors } = await visit(browser, url);
    await page.getByText("live", { exact: true }).waitFor();
    expect([...foreign, ...errors]).toEqual([]);
  });

  test("a server that is away is said, and found again", async () => {
    let isAway = false;
    const { url, endpoint } = await site({
      read: () => {
        if (isAway) throw new Error("away");
        return { servers: [server("a", { queues: [queue("q", { workers: 1 })] })] };
      },
    });
    const { page } = await visit(browser, url);
    isAway = true;
    endpoint.close();
    await page.getByText(/no answer since/).waitFor();
    expect(await page.locator("tbody tr").count()).toBe(1);
  });
});
