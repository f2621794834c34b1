import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type TestContext, tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";

const script = readFileSync(
  fileURLToPath(new URL("../../../packaging/sbin/mod-gearman-module", import.meta.url)),
  "utf8",
);

/** mod-gearman-module with all its paths in a folder, on a machine whose users are members of the group already. */
function setUp(context: TestContext) {
  const folder = tmpFolder(context);
  const command = join(folder, "mod-gearman-module");
  const moved = script.replaceAll(
    /(?<=[\s="])\/(?:etc|usr\/bin|usr\/lib|usr\/local|run\/systemd)\//g,
    `${folder}$&`,
  );
  writeFileSync(command, moved);
  const bin = join(folder, "bin");
  for (const path of [bin, join(folder, "usr/lib/mod_gearman")]) mkdirSync(path, { recursive: true });
  for (const [name, text] of [
    ["getent", "exit 0"],
    ["id", "echo nagios mod-gearman"],
    ["usermod", "exit 1"],
  ] as const) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  writeFileSync(join(folder, "usr/lib/mod_gearman/mod_gearman_ts.so"), "");
  const core = (name: string, text: string) => {
    mkdirSync(join(folder, "etc", name), { recursive: true });
    const path = join(folder, "etc", name, name === "naemon" ? "naemon.cfg" : "nagios.cfg");
    writeFileSync(path, text);
    return path;
  };
  const run = (...args: string[]) =>
    spawnSync("sh", [command, ...args], {
      encoding: "utf8",
      cwd: folder,
      env: { PATH: `${bin}:/usr/bin:/bin` },
    });
  return { folder, bin, core, run, bridge: join(folder, "etc/systemd/system/mod-gearman-bridge.service.d") };
}

const read = (path: string) => readFileSync(path, "utf8");

test("a file whose last line has no end keeps that line, before and after", (context) => {
  const { core, run } = setUp(context);
  const file = core("nagios4", "event_broker_options=-1\ncfg_dir=/etc/nagios4/conf.d");
  expect(run("enable").status).toBe(0);
  expect(read(file)).toMatch(/^cfg_dir=\/etc\/nagios4\/conf\.d$/m);
  expect(read(file)).toMatch(/^broker_module=\S*\/mod_gearman_ts\.so config=/m);
  run("disable");
  expect(read(file)).toBe("event_broker_options=-1\ncfg_dir=/etc/nagios4/conf.d\n");
});

test("what stands between or behind its lines stays when the last of them is lost", (context) => {
  const { core, run } = setUp(context);
  const file = core("nagios4", "cfg_dir=/x\n");
  run("enable");
  writeFileSync(file, read(file).replace(/^# End of.*\n/m, "retain_state_information=1\n"));
  run("disable");
  expect(read(file)).toBe("cfg_dir=/x\nretain_state_information=1\n");
});

test("a file that an editor gave line ends of Windows is disabled all the same", (context) => {
  const { core, run } = setUp(context);
  const file = core("nagios4", "cfg_dir=/x\r\n");
  run("enable");
  writeFileSync(file, read(file).replaceAll(/\r?\n/g, "\r\n"));
  expect(run("status").status).toBe(0);
  run("disable");
  expect(read(file)).toBe("cfg_dir=/x\r\n");
});

test.each(["enable", "disable", "status"])("%s of a core that is unknown is wrong use", (action) => {
  const { status, stderr } = spawnSync(
    "sh",
    [
      fileURLToPath(new URL("../../../packaging/sbin/mod-gearman-module", import.meta.url)),
      action,
      "no-core",
    ],
    { encoding: "utf8" },
  );
  expect(stderr).toContain("no such core: no-core");
  expect(stderr).not.toContain("there is no");
  expect(status).toBe(2);
});

test("what it writes can be read by a core that is not root, with any umask", (context) => {
  const { core, run } = setUp(context);
  const main = core("naemon", "include_dir=module-conf.d\n");
  const included = join(main, "../module-conf.d");
  mkdirSync(included);
  const before = process.umask(0o077);
  try {
    run("enable", "naemon");
  } finally {
    process.umask(before);
  }
  expect((statSync(join(included, "mod-gearman.cfg")).mode & 0o777).toString(8)).toBe("644");
});

test("a user of the core that usermod does not know is named in a warning, and the core enabled", (context) => {
  const { bin, core, run } = setUp(context);
  const file = core("nagios4", "cfg_dir=/x\n");
  writeFileSync(join(bin, "id"), "#!/bin/sh\necho nagios\n");
  const { status, stderr } = run("enable");
  expect(stderr).toContain("make nagios a member of the group mod-gearman");
  expect(status).toBe(0);
  expect(read(file)).toContain("mod_gearman_ts.so");
});

test("the bridge as a service belongs to one core and stays when another is changed", (context) => {
  const { bridge, core, run } = setUp(context);
  core("nagios4", "cfg_dir=/x\n");
  core("naemon", "cfg_dir=/x\n");
  run("enable", "--bridge-service", "naemon");
  expect(read(join(bridge, "core.conf"))).toContain("User=naemon");
  const second = run("enable", "--bridge-service", "nagios4");
  expect(second.stderr).toContain("serves the core of");
  expect(second.status).toBe(1);
  expect(run("enable", "nagios4").status).toBe(0);
  run("disable", "nagios4");
  expect(existsSync(join(bridge, "core.conf"))).toBe(true);
  run("disable", "naemon");
  expect(existsSync(bridge)).toBe(false);
});

test("its version is that of the bridge beside it", (context) => {
  const { folder, run } = setUp(context);
  mkdirSync(join(folder, "usr/bin"));
  const bridge = '#!/bin/sh\necho "mod_gearman_bridge: version 1.2.3 running on x: y"\n';
  writeFileSync(join(folder, "usr/bin/mod_gearman_bridge"), bridge, { mode: 0o755 });
  const { status, stdout } = run("--version");
  expect({ status, stdout }).toEqual({
    status: 0,
    stdout: "mod-gearman-module: version 1.2.3 running on x: y\n",
  });
});
