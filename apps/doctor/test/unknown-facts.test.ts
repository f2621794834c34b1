import { expect, test } from "vitest";
import { localMachine } from "../src/local-machine.ts";
import { TestSite } from "./test-site.ts";

const MIB = 1_048_576;
const NO_KEY = /^a check all the way: no key .*--keyfile/;

/** A machine without usable configuration, from which the job server is named. */
function withoutConfiguration(site: TestSite): void {
  site.files.set("etc/naemon/naemon.cfg", "event_broker_options=-1\n");
  site.workerLines = () => {
    site.args.push(`--host=127.0.0.1:${site.port}`);
    return ["services=yes", "keyfile=/no/such/file", ""];
  };
}

test("without a key no test jobs are sent, since a site that encrypts could not read them", async (context) => {
  const site = new TestSite(context);
  withoutConfiguration(site);
  const { found, skipped } = await site.run();
  expect(found.filter((one) => /^(?:check|queues) /.test(one))).toEqual([]);
  expect(skipped).toContainEqual(expect.stringMatching(NO_KEY));
});

test("with --keyfile they are", async (context) => {
  const site = new TestSite(context);
  withoutConfiguration(site);
  site.args.push(`--keyfile=${site.path("etc/key")}`);
  const { found, skipped, json } = await site.run();
  expect(found.filter((one) => one.startsWith("check "))).toEqual([]);
  expect(skipped).not.toContainEqual(expect.stringMatching(NO_KEY));
  expect(json.facts.map(({ name }) => name)).toContainEqual(expect.stringMatching(/^queue service at /));
});

test("they are sent in clear where the configuration says that there is no encryption", async (context) => {
  const site = new TestSite(context);
  const [module, worker] = [site.moduleLines, site.workerLines];
  site.moduleLines = () => [...module(), "encryption=no"];
  site.workerLines = () => [...worker(), "encryption=no"];
  site.worker = { key: undefined };
  const { found, skipped, json } = await site.run();
  expect(found.filter((one) => one.startsWith("check "))).toEqual([]);
  expect(skipped).not.toContainEqual(expect.stringMatching(NO_KEY));
  expect(json.facts.map(({ name }) => name)).toContainEqual(expect.stringMatching(/^queue service at /));
});

test("a resource file that may not be read: its macros are not known, and that is said", async (context) => {
  const site = new TestSite(context);
  const { read } = localMachine();
  const path = site.path("etc/resource.cfg");
  site.machine = { read: (name, ...rest) => (name === path ? undefined : read(name, ...rest)) };
  const { found, skipped } = await site.run();
  expect(found).toEqual([]);
  expect(skipped).toContain(`macros of plugins: ${path} cannot be read by this user`);
});

test.for([MIB, 2 * MIB])("an object cache of %i bytes is read to its end", async (bytes, context) => {
  const site = new TestSite(context);
  const cache = String(site.files.get("var/objects.cache"));
  site.files.set("var/objects.cache", `${"#\n".repeat(bytes)}`.slice(0, bytes - cache.length) + cache);
  site.files.delete("plugins/check_fine");
  const { found, skipped } = await site.run();
  expect(found).toEqual(["plugins plugin-missing"]);
  expect(skipped).not.toContainEqual(expect.stringContaining("64 MiB"));
});
