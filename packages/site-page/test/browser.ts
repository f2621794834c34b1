import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, chromium, type Page } from "playwright-core";
import { onTestFinished } from "vitest";

/** Of the Debian package `chromium`. */
const CHROMIUM = "/usr/bin/chromium";
export const hasChromium = existsSync(CHROMIUM);

export function openBrowser(): Promise<Browser> {
  const args = ["--no-sandbox", "--disable-dev-shm-usage"]; // tests may run as root, in a container
  return chromium.launch({ executablePath: CHROMIUM, args });
}

/** What a page did that it must not: requests elsewhere, errors, violations of its policy, dialogs. */
export interface Misdeeds {
  readonly foreign: string[];
  readonly errors: string[];
}

type Look = NonNullable<Parameters<Browser["newPage"]>[0]>;

/** Opens a page and notes its misdeeds. */
export async function visit(
  browser: Browser,
  url: string,
  look: Look = {},
): Promise<{ page: Page } & Misdeeds> {
  const page = await browser.newPage(look);
  onTestFinished(() => page.close());
  const misdeeds: Misdeeds = { foreign: [], errors: [] };
  page.on("request", (request) => {
    if (!request.url().startsWith(new URL(".", url).href)) misdeeds.foreign.push(request.url());
  });
  page.on("console", (line) => {
    if (line.type() === "error") misdeeds.errors.push(line.text());
  });
  page.on("pageerror", (error) => misdeeds.errors.push(String(error)));
  page.on("dialog", (dialog) => {
    misdeeds.errors.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(url);
  await page.waitForSelector("header :is(.live, .dead)"); // before the first event there is only a text that says so
  await page.waitForSelector("main :is(table, article, .empty, form)");
  return { page, ...misdeeds };
}

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Violations that axe finds, each with the elements. */
export async function axe(page: Page): Promise<string[]> {
  const found = await page.evaluate(`${AXE}; axe.run()`);
  const { violations } = found as { violations: { id: string; nodes: { html: string }[] }[] };
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}
