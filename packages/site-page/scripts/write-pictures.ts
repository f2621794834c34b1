/* Takes the pictures of docs/images in Chromium, from a made-up site: `pnpm --filter @mod-gearman/site-page pictures` */
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { QUEUE_ACTIONS } from "../src/index.ts";
import { servePage } from "../test/demo-site.ts";

const PICTURES = [
  { name: "page-light", colorScheme: "light", width: 1200, height: 780, part: "", findings: true },
  { name: "page-dark", colorScheme: "dark", width: 1200, height: 700, part: "#workers", findings: false },
  { name: "page-phone", colorScheme: "light", width: 390, height: 844, part: "#queues", findings: false },
  {
    name: "page-queue",
    colorScheme: "dark",
    width: 1200,
    height: 760,
    part: "#queue/service",
    findings: false,
  },
  {
    name: "page-check",
    colorScheme: "light",
    width: 1200,
    height: 720,
    part: "#checks?host=web-frontend&service=HTTP",
    findings: false,
  },
] as const;
/** Until the small lines are long enough to be seen. */
const HISTORY_MS = 45_000;

const names = [...QUEUE_ACTIONS, "drain"];
const actions = Object.fromEntries(names.map((name) => [name, () => ""]));
const token = "no token of anything";
const server = await servePage({ token, actions });
const bridge = await servePage({
  ...{ program: "mod_gearman_bridge", token, actions: { ...actions, run: () => "" }, hasChecks: true },
  ran: { queue: "service", worker: "web1" },
});
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
const tabs = await Promise.all(
  PICTURES.map(async ({ colorScheme, width, height, part, ...rest }) => {
    const tab = await browser.newPage({ colorScheme, viewport: { width, height } });
    const { url } = part.startsWith("#checks") ? bridge : server;
    await tab.goto(url + part);
    return { tab, ...rest };
  }),
);
await tabs[0]?.tab.waitForTimeout(HISTORY_MS);
for (const { tab, name, findings } of tabs) {
  if (findings) await tab.locator("summary").click();
  const path = fileURLToPath(new URL(`../../../docs/images/${name}.png`, import.meta.url));
  await tab.screenshot({ path });
}
await browser.close();
for (const { page, endpoint } of [server, bridge]) {
  page.close();
  endpoint.close();
}
