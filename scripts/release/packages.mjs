import { version } from "./facts.mjs";

/** The release of the classic suite that ours stands in for; what others may depend on. */
const CLASSIC_VERSION = "5.2.4";
/** The release of gearmand whose options and answers ours has. */
const GEARMAND_VERSION = "1.1.21";

/** C and C++ library that Node and the addon may need, those of RHEL 8; their names are those of the linker, which all rpm distributions know. */
const RPM_LIBRARIES = [
  "libc.so.6(GLIBC_2.28)(64bit)",
  "libstdc++.so.6(GLIBCXX_3.4.25)(64bit)",
  "libgcc_s.so.1()(64bit)",
];
const DEB_C_LIBRARY = "libc6 (>= 2.28)";
const SUITE = "mod-gearman-ts";

/** The same release of another package of the suite, or a later one. */
const ours = (name) => ({ suite: `${SUITE}-${name}` });

/**
 * Packages, in the order in which they are installed. `alternativeTo`: has the same commands as another one and can be installed instead. `depends` and `recommends` of the kind `{ suite }` are written for each format. `classic`: packages
 * whose files ours replaces; `provides`: names under which others depend on them.
 *
 * An rpm must not provide what another package of the suite conflicts with. The classic rpm holds everything, so each of ours
 * conflicts with the name plus machine, which only a package built by rpmbuild provides, and the whole suite alone
 * provides the bare name.
 */
export const packages = {
  "mod-gearman-ts-runtime": {
    title: "Node.js for the programs of Mod-Gearman for TypeScript",
    text: "The JavaScript runtime that the programs are started with. It is private: no command is put into the search path.",
    license: "MIT",
    deb: { depends: [DEB_C_LIBRARY, "libstdc++6 (>= 8)", "libgcc-s1 | libgcc1", "passwd"] },
    rpm: { depends: [...RPM_LIBRARIES, "/usr/sbin/useradd", "/usr/sbin/usermod", "util-linux"] },
  },
  "mod-gearman-ts-module": {
    title: "Mod-Gearman module for Naemon and Nagios 4",
    text: "The event broker module that hands host checks, service checks, event handlers and notifications of the core to a Gearman job server, under its own and its classic file names, and the bridge that it starts.",
    license: "MIT AND GPL-2.0-or-later",
    depends: [ours("runtime")],
    recommends: [ours("tools")],
    deb: {
      depends: [DEB_C_LIBRARY],
      suggests: ["naemon-core | nagios4-core", "mod-gearman-ts-server | gearman-job-server"],
      classic: ["mod-gearman-module", "nagios-mod-gearman-module"],
      provides: [`mod-gearman-module (= ${CLASSIC_VERSION})`],
    },
    rpm: {
      depends: [RPM_LIBRARIES[0]],
      recommends: ["logrotate"],
      classic: ["mod_gearman", "nagios-mod-gearman"],
    },
  },
  "mod-gearman-ts-worker": {
    title: "Worker of Mod-Gearman",
    text: "Takes checks, event handlers and notifications from a Gearman job server, runs the plugins and sends the results back. Reads the configuration of the C worker and of the Go worker.",
    license: "MIT",
    depends: [ours("runtime")],
    recommends: [ours("tools")],
    deb: {
      depends: [DEB_C_LIBRARY],
      recommends: ["perl", "monitoring-plugins-basic | nagios-plugins-basic"],
      classic: [
        "mod-gearman-worker",
        "mod-gearman-worker-go",
        "nagios-mod-gearman-worker",
        "openitcockpit-mod-gearman-worker-go",
        "openitcockpit-mod-gearman-worker-go-local",
      ],
      provides: [`mod-gearman-worker (= ${CLASSIC_VERSION})`],
    },
    rpm: {
      depends: [RPM_LIBRARIES[0]],
      recommends: ["perl", "logrotate"],
      classic: ["mod_gearman", "mod-gearman-worker-go", "nagios-mod-gearman"],
    },
  },
  "mod-gearman-ts-server": {
    title: "Gearman job server",
    text: "The job server of Mod-Gearman for TypeScript: protocol, port, options and status texts of gearmand, with queues in memory or kept in a store.",
    license: "MIT",
    depends: [ours("runtime")],
    deb: {
      depends: [DEB_C_LIBRARY],
      classic: ["gearman-job-server", "gearman-server"],
      provides: [`gearman-job-server (= ${GEARMAND_VERSION})`],
    },
    rpm: { depends: [RPM_LIBRARIES[0]], recommends: ["logrotate"], classic: ["gearmand-server"] },
  },
  "mod-gearman-ts-tools": {
    title: "Tools for Mod-Gearman and Gearman job servers",
    text: "send_gearman and send_multi send results of checks, check_gearman is a plugin that watches job servers, queues and workers, gearman_top shows the queues; and the mod_gearman_* tools for administrators.",
    license: "MIT",
    depends: [ours("runtime")],
    deb: {
      classic: ["mod-gearman-tools"],
      provides: [`mod-gearman-tools (= ${CLASSIC_VERSION})`],
    },
    rpm: { classic: ["mod_gearman", "nagios-mod-gearman"] },
  },
  "mod-gearman-ts-tools-bun": {
    title: "Tools for Mod-Gearman as one executable",
    text: "The same tools as those of mod-gearman-ts-tools, in place of which it is installed, with Bun as their runtime instead of Node.js: they start with less than half of the CPU time, and nothing else is needed.",
    license: "MIT AND LGPL-2.0-only",
    alternativeTo: "mod-gearman-ts-tools",
    deb: {
      depends: ["libc6 (>= 2.17)"],
      classic: ["mod-gearman-tools", "mod-gearman-ts-tools"],
      provides: [`mod-gearman-tools (= ${CLASSIC_VERSION})`],
    },
    rpm: {
      depends: ["libc.so.6(GLIBC_2.17)(64bit)"],
      classic: ["mod_gearman", "nagios-mod-gearman", "mod-gearman-ts-tools"],
    },
  },
  "mod-gearman-ts": {
    title: "Mod-Gearman for TypeScript: distributed checks for Naemon and Nagios",
    text: "Metapackage that wants all packages of the suite: module, worker, job server and tools.",
    license: "MIT",
    depends: ["module", "worker", "server", "tools"].map(ours),
    isMeta: true,
    rpm: { provides: [`mod_gearman = ${CLASSIC_VERSION}`] },
  },
};

/** Names of the packages that are built from source alone: without those that contain a runtime of others as executable. */
export function sourcePackages() {
  return Object.keys(packages).filter((name) => packages[name].alternativeTo === undefined);
}

/**
 * Relations of a package as one format writes them.
 *
 * @param format `deb` or `rpm`
 * @param arch the row of the architecture
 * @param release version and release, `0.1.0-1`
 */
export function relations(name, format, arch, release) {
  const entry = packages[name];
  const { alternativeTo } = entry;
  const own = entry[format] ?? {};
  const same = (other) => (format === "deb" ? `${other} (= ${release})` : `${other} = ${release}`);
  const ofSuite = (others = []) =>
    others.map(({ suite }) => (format === "deb" ? `${suite} (>= ${release})` : `${suite} >= ${release}`));
  const classic = own.classic ?? [];
  return {
    depends: [...ofSuite(entry.depends), ...(own.depends ?? [])],
    recommends: [...ofSuite(entry.recommends), ...(own.recommends ?? [])],
    suggests: own.suggests ?? [],
    conflicts: format === "deb" ? classic : classic.map((one) => `${one}(${arch.rpmIsa})`),
    replaces: format === "deb" ? classic : [],
    provides: [...(own.provides ?? []), ...(alternativeTo === undefined ? [] : [same(alternativeTo)])],
  };
}

/** Version and release as deb and rpm write them; a pre-release sorts before its release. */
export function versionForPackages(text = version()) {
  return text.replace("-", "~");
}
