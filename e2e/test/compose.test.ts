import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, type TestContext, test } from "vitest";

import { whyNoCompose } from "../src/capabilities.ts";
import { Compose, type Service } from "../src/compose.ts";
import { skipWithout } from "../src/needs.ts";
import { root } from "../src/paths.ts";
import { buildSuiteImages, removeSuiteImages, type SuiteImages } from "../src/suite-images.ts";

/*
 * The images of packaging/containers, built by the script there and run by compose.yaml as it is. A second file adds one service
 * that takes longer than a worker waits by default.
 */

const BUILD_MS = 600_000;
const LONG_MS = 90_000;
/** Longer than the five seconds that a worker outside of a container waits after TERM. */
const SLOW_SECONDS = 7;
const RUNNING: readonly Service[] = ["server", "worker-1", "worker-2", "core"];

const whyNot = whyNoCompose();
let folder: string;
let images: SuiteImages | undefined;
let site: Compose | undefined;

const SLOW = `
define command {
  command_name  slow
  command_line  /bin/sh -c "sleep ${SLOW_SECONDS} && echo slow ended on $(hostname) && env | grep -c MOD_GEARMAN_"
}
define service {
  host_name              worker
  service_description    slow
  check_command          slow
  max_check_attempts     1
  check_interval         60
  retry_interval         60
  check_period           always
  notification_period    always
  notification_interval  60
  contact_groups         admins
}
`;

/** Objects of the image and the slow service, in a folder that the core reads instead. */
function writeObjects(): string {
  const objects = join(folder, "objects");
  mkdirSync(objects);
  const example = readFileSync(join(root, "packaging/containers/objects/example.cfg"));
  writeFileSync(join(objects, "example.cfg"), example);
  writeFileSync(join(objects, "slow.cfg"), SLOW);
  const more = join(folder, "more.yaml");
  const mount = `services:\n  core:\n    volumes:\n      - ${objects}:/etc/mod-gearman/objects:ro\n`;
  writeFileSync(more, mount);
  return more;
}

beforeAll(async () => {
  if (whyNot !== undefined) return;
  folder = mkdtempSync(join(tmpdir(), "e2e-compose-"));
  images = await buildSuiteImages();
  site = new Compose(images);
  await site.up([writeObjects()]);
}, BUILD_MS);

afterAll(async () => {
  await site?.down();
  if (images !== undefined) await removeSuiteImages(images);
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}, BUILD_MS);

function running(context: TestContext): Compose {
  skipWithout(context, whyNot);
  if (site === undefined) throw new Error("not started");
  return site;
}

/** Lets the core run a check now. */
async function force(compose: Compose, service: string): Promise<void> {
  const text = `[0] SCHEDULE_FORCED_SVC_CHECK;worker;${service};0`;
  const { code, output } = await compose.exec("core", "sh", "-c", `echo "$0" >/tmp/core/rw/core.cmd`, text);
  expect(output).toBe("");
  expect(code).toBe(0);
}

/** Output of a service in the core. */
async function outputOf(compose: Compose, service: string): Promise<string> {
  const { output } = await compose.exec("core", "cat", "/tmp/core/status.dat");
  const block = output.split("}").find((one) => one.includes(`service_description=${service}\n`)) ?? "";
  return /\tplugin_output=(.*)/.exec(block)?.[1] ?? "";
}

const soon = { timeout: LONG_MS, interval: 250 };
const poll = <T>(read: () => Promise<T>) => expect.poll(read, soon);

describe("compose.yaml", () => {
  test("a check goes from the core through the server to a worker and back", async (context) => {
    const compose = running(context);
    for (const service of RUNNING) await poll(async () => (await compose.health(service)).code).toBe(0);
    await force(compose, "load");
    await poll(() => outputOf(compose, "load")).toMatch(/^(?:LOAD )?(?:OK|WARNING|CRITICAL)/);
  });

  test("both workers have the queues, by the names of their containers", async (context) => {
    const compose = running(context);
    const { output } = await compose.exec("server", "gearman_top", "-b");
    expect(output).toMatch(/ service +\| +2 /);
    expect(output).toMatch(/ worker_worker-1 +\| +1 /);
    expect(output).toMatch(/ worker_worker-2 +\| +1 /);
  });

  test.for(RUNNING)("%s is not root and cannot write to its file system", async (service, context) => {
    const compose = running(context);
    const { output } = await compose.exec(service, "sh", "-c", "id -u; touch /usr/bin/x /etc/x");
    const [user, ...refusals] = output.split("\n");
    expect(Number(user)).toBeGreaterThan(10_000);
    expect(refusals.join()).toMatch(/x': Read-only file system.*x': Read-only file system/);
  });

  test("the key is random, for the group only, and in no environment", async (context) => {
    const compose = running(context);
    const key = "/run/mod-gearman-key/key";
    const { output } = await compose.exec("worker-1", "stat", "--format=%a %u %g %s", key);
    expect(output).toBe("440 0 10730 33");
    for (const service of RUNNING) {
      const lines = (await compose.log(service)).split("\n");
      const ours = lines.filter((line) => !line.includes("is deprecated")); // Naemon about what Nagios needs
      expect(ours.filter((line) => /warn|error/i.test(line))).toEqual([]);
    }
  });

  test("without its job server a worker is alive and not ready; it is ready when the server is back", async (context) => {
    const compose = running(context);
    expect(await compose.stop("server")).toBe(0);
    await poll(() => compose.health("worker-1")).toEqual({ code: 1, output: "no job server" });
    expect(await compose.health("worker-1", "alive")).toEqual({ code: 0, output: "no job server" });
    expect((await compose.health("core")).code).toBe(1);
    expect((await compose.health("core", "alive")).code).toBe(0);
    await compose.start("server");
    for (const service of RUNNING) await poll(async () => (await compose.health(service)).code).toBe(0);
  });

  test("TERM drains a worker: what runs ends and its result arrives", async (context) => {
    const compose = running(context);
    await poll(async () => {
      await force(compose, "slow"); // again: right after the return of the server the module may still hold checks
      return (await compose.exec("server", "gearman_top", "-b")).output;
    }).toMatch(/ service +\| +2 +\| +0 +\| +1 /);
    expect(await Promise.all([compose.stop("worker-1"), compose.stop("worker-2")])).toEqual([0, 0]);
    await poll(() => outputOf(compose, "slow")).toMatch(/^slow ended on worker-[12]$/);
    const { output } = await compose.exec("core", "cat", "/tmp/core/status.dat");
    expect(output).toMatch(/long_plugin_output=0\\n|long_plugin_output=0\n/); // no settings in the environment of a plugin
    await Promise.all([compose.start("worker-1"), compose.start("worker-2")]);
  });

  test("a queue that drains is not ready", async (context) => {
    const compose = running(context);
    await poll(async () => (await compose.health("worker-2")).code).toBe(0);
    expect((await compose.exec("worker-2", "kill", "-USR2", "1")).code).toBe(0);
    await poll(() => compose.health("worker-2")).toEqual({ code: 1, output: "draining" });
    expect((await compose.health("worker-2", "alive")).code).toBe(0);
    await compose.exec("worker-2", "kill", "-USR2", "1");
    await poll(async () => (await compose.health("worker-2")).code).toBe(0);
  });
});
