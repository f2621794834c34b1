import { dirname, resolve } from "node:path";
import type { World } from "./world.ts";

/** Usual places, most usual first: packages of Naemon, Debian's and Nagios's own Nagios, openITCOCKPIT. */
const CORE_FILES = [
  "/etc/naemon/naemon.cfg",
  "/etc/nagios4/nagios.cfg",
  "/etc/nagios/nagios.cfg",
  "/usr/local/nagios/etc/nagios.cfg",
  "/opt/openitc/nagios/etc/nagios.cfg",
];
/** Below the folder of an OMD site. */
const CORE_FILES_OF_SITE = ["tmp/naemon/naemon.cfg", "tmp/nagios/nagios.cfg"];
const MODULE_FILES = ["module.conf", "server.cfg"];
const MODULE_FOLDERS = ["/etc/mod-gearman", "/etc/mod_gearman", "/opt/openitc/etc/mod_gearman"];
const MODULE_FOLDER_OF_SITE = "etc/mod-gearman";

type Files = Pick<World, "read" | "siteFolder">;

function firstOf(paths: readonly string[], { read }: Files): string | undefined {
  return paths.find((path) => read(path) !== undefined);
}

function ofSite(paths: readonly string[], { siteFolder }: Files): string[] {
  return siteFolder?.startsWith("/") === true ? paths.map((path) => `${siteFolder}/${path}`) : [];
}

/** Where the configuration file of the module usually is. */
export function usualModuleFile(files: Files): string | undefined {
  const folders = [...ofSite([MODULE_FOLDER_OF_SITE], files), ...MODULE_FOLDERS];
  return firstOf(
    folders.flatMap((folder) => MODULE_FILES.map((name) => `${folder}/${name}`)),
    files,
  );
}

/** Where the main configuration file of the core usually is. */
export function usualCoreFile(files: Files): string | undefined {
  return firstOf([...ofSite(CORE_FILES_OF_SITE, files), ...CORE_FILES], files);
}

/** A value of a core's main file, the last one of its name; relative paths are below its folder. */
export function coreSetting(name: string, path: string, { read }: Files): string | undefined {
  const lines = read(path)?.split("\n") ?? [];
  const values = lines.flatMap((line) => {
    const [, key, value] = /^\s*([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    return key === name && value !== undefined && value !== "" ? [value] : [];
  });
  const value = values.at(-1);
  return value === undefined ? undefined : resolve(dirname(path), value);
}
