// @module-tag slow
import { createEnvelope } from "@mod-gearman/crypto";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type PeekedJob, type Perform, peekAnswer, type SitePageOptions } from "../src/index.ts";
import { axe, hasChromium, openBrowser, visit } from "./browser.ts";
import { servePage } from "./demo-site.ts";

const TOKEN = "0123456789abcdef";
const KEY = "the key of this site";
const EVIL = "<img src=x onerror=alert(1)>";
const LIMIT = { timeout: 300_000 };

/** A sealed job whose every text is markup. */
function evilJob(at: number): PeekedJob {
  const text = `type=service\nhost_name=${EVIL}\ncommand_line=/bin/sh -c '${EVIL}'\n\n`;
  const workload = createEnvelope({ mode: "on", password: Buffer.from(KEY) }).seal(Buffer.from(text));
  return {
    ...{
      handle: `H:${EVIL}:${at}`,
      unique: `${EVIL}-${at}`,
      state: "waiting",
      priority: "high",
      ageSeconds: 7,
    },
    ...{ bytes: workload.length, retries: 1, whenSeconds: 0, worker: `9 10.0.0.1 ${EVIL}` },
    workload: at === 1 ? null : workload.toString("base64"),
  };
}

describe.skipIf(!hasChromium && process.env.CI === undefined)("jobs of a queue in Chromium", LIMIT, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  async function open(part: string, more: Partial<SitePageOptions>, look = {}) {
    const done: object[] = [];
    const noted =
      (answer: ReturnType<Perform>): Perform =>
      (values) => {
        done.push(values);
        return answer;
      };
    const served = await servePage({
      token: TOKEN,
      actions: {
        peek: noted(peekAnswer("service", [0, 1, 2].map(evilJob))),
        move: noted("3 jobs were moved."),
        cancel: noted("cancelled"),
      },
      ...more,
    });
    onTestFinished(() => {
      served.page.close();
      served.endpoint.close();
    });
    const visited = await visit(browser, served.url + part, look);
    const sent: string[] = [];
    visited.page.on("request", (request) => sent.push(`${request.url()} ${request.postData() ?? ""}`));
    return { ...served, ...visited, sent, done, evil: () => visited.page.locator("main img").count() };
  }

  async function confirm(page: Page, token = TOKEN): Promise<void> {
    await page.getByLabel("Token").fill(token);
    await page.getByRole("button", { name: "Yes" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
  }

  test("payloads are opened in the browser with the key, which stays there", async () => {
    const { page, errors, foreign, sent, done, lines, evil } = await open("#queue/service", {});
    await page.getByRole("button", { name: "Jobs", exact: true }).click();
    await confirm(page);
    expect(done).toEqual([{ server: "mon1:4730", queue: "service" }]);
    const jobs = page.getByRole("region", { name: "Jobs of queue service" });
    await jobs.getByText(`${EVIL}-0`).waitFor();
    expect(await jobs.locator("pre").count()).toBe(0);
    await jobs.getByLabel("Key of the site").fill("another key");
    await jobs.getByRole("button", { name: "Open payloads" }).click();
    await jobs.getByText("another key, or no job of mod_gearman").first().waitFor();
    await jobs.getByLabel("Key of the site").fill(KEY);
    await page.keyboard.press("Enter");
    await jobs.getByText(`host_name=${EVIL}`).first().waitFor();
    expect(await jobs.locator("pre").count()).toBe(2);
    await jobs.getByText("too large to be shown").waitFor();
    expect(await jobs.getByLabel("Key of the site").inputValue()).toBe("");
    await jobs.getByLabel("or its file").setInputFiles({
      ...{ name: "key", mimeType: "text/plain", buffer: Buffer.from(`${KEY}\n`) },
    });
    await jobs.getByRole("button", { name: "Open payloads" }).click();
    await jobs.getByText(`host_name=${EVIL}`).first().waitFor();
    expect(await axe(page)).toEqual([]);
    expect(await evil()).toBe(0);
    expect([...errors, ...foreign]).toEqual([]);
    for (const text of [...sent, ...lines, await page.content(), page.url()]) expect(text).not.toContain(KEY);
    await jobs.getByRole("button", { name: `Cancel ${EVIL}-2` }).click();
    await confirm(page);
    expect(done.at(-1)).toEqual({ handle: `H:${EVIL}:2`, server: "mon1:4730" });
    await page.getByRole("button", { name: "Jobs", exact: true }).click(); // another look needs the key again
    await page.getByRole("button", { name: "Yes" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await jobs.locator("pre").first().waitFor({ state: "detached" });
    await page.evaluate("location.hash = '#queue/host'"); // jobs of one queue are not shown at another one
    await page.getByRole("heading", { name: "Queue host" }).waitFor();
    expect(await page.getByRole("region", { name: /^Jobs of/ }).count()).toBe(0);
  });

  test("a phone shows them within its width", async () => {
    const { page } = await open("#queue/service", {}, { viewport: { width: 320, height: 640 } });
    await page.getByRole("button", { name: "Jobs", exact: true }).click();
    await confirm(page);
    await page.getByLabel("Key of the site").fill(KEY);
    await page.keyboard.press("Enter");
    await page.locator("pre").first().waitFor();
    const overhang = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
    expect(await page.evaluate(overhang)).toBe(0);
  });

  test("jobs are moved to a queue that is chosen; nothing is offered where nothing can be done", async () => {
    const { page, done } = await open("#queue/hostgroup_dmz", {});
    await page.getByRole("button", { name: "Move" }).click();
    expect(await axe(page)).toEqual([]);
    await page.getByLabel("To queue").selectOption("service");
    await confirm(page);
    await page.getByText("3 jobs were moved.").waitFor();
    expect(done).toEqual([{ server: "mon1:4730", queue: "hostgroup_dmz", to: "service" }]);
    const other = await open("#queue/service", {});
    const elsewhere = other.page.getByRole("region", { name: "Queue on mon2:4730" });
    expect(await elsewhere.getByRole("button").count()).toBe(0);
    await elsewhere.getByText(/can do nothing here/).waitFor();
  });

  test("a double click does it once", async () => {
    const { page, sent } = await open("#queue/hostgroup_dmz", {});
    await page.getByRole("button", { name: "Move" }).click();
    await page.getByLabel("Token").fill(TOKEN);
    await page.getByRole("button", { name: "Yes" }).dblclick();
    await page.getByText("3 jobs were moved.").waitFor();
    expect(sent.filter((one) => one.includes("api/actions"))).toHaveLength(1);
  });

  test("run a check now from the page of a job server that shows a bridge", async () => {
    const done: unknown[] = [];
    const actions = { run: (values: object) => `The core was asked ${done.push(values)}.` };
    const bridge = await servePage({ token: TOKEN, hasChecks: true, actions, read: () => ({ servers: [] }) });
    onTestFinished(() => {
      bridge.page.close();
      bridge.endpoint.close();
    });
    const others = [`127.0.0.1:${bridge.endpoint.port}`];
    const { page } = await open("#checks?host=web&service=ping", { others });
    await page.getByRole("button", { name: `Run now at ${others[0]}` }).click();
    await confirm(page);
    await page.getByText("The core was asked 1.").waitFor();
    expect(done).toEqual([{ host: "web", service: "ping" }]);
  });

  test("the times of a check whose names are markup", async () => {
    const names = new URLSearchParams({ host: EVIL, service: `"><svg onload=alert(2)>` });
    const { page, errors, foreign } = await open(`#checks?${names}`, { hasChecks: true });
    await page.getByRole("heading", { name: EVIL }).waitFor();
    await page.getByText("plugin runs", { exact: true }).waitFor();
    expect(await page.locator("main :is(img, svg[onload], script)").count()).toBe(0);
    expect(await axe(page)).toEqual([]);
    expect([...errors, ...foreign]).toEqual([]);
  });
});
