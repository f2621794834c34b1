/** Configuration files of the cores, most usual first: packages of Naemon, Debian's and Nagios's own Nagios, openITCOCKPIT. */
const CORE_FILES = [
  "/etc/naemon/naemon.cfg",
  "/etc/nagios4/nagios.cfg",
  "/etc/nagios/nagios.cfg",
  "/usr/local/nagios/etc/nagios.cfg",
  "/opt/openitc/nagios/etc/nagios.cfg",
];
/** Below the folder of an OMD site. */
const CORE_FILES_OF_SITE = ["tmp/naemon/naemon.cfg", "tmp/nagios/nagios.cfg"];

const FOLDERS = ["/etc/mod-gearman", "/etc/mod_gearman", "/opt/openitc/etc/mod_gearman"];
const FOLDER_OF_SITE = "etc/mod-gearman";
const MODULE_FILES = ["module.conf", "server.cfg"];
const WORKER_FILES = ["worker.conf", "worker.cfg"];

/** Finds the configuration files of this machine where they usually are. */
export class SitePlaces {
  readonly #isFile: (path: string) => boolean;
  readonly #siteFolder: string | undefined;

  /**
   * @param isFile whether there is a file that can be read
   * @param siteFolder of the OMD site whose user runs this (`OMD_ROOT`)
   */
  constructor(isFile: (path: string) => boolean, siteFolder: string | undefined) {
    this.#isFile = isFile;
    this.#siteFolder = siteFolder?.startsWith("/") ? siteFolder : undefined;
  }

  core(): string | undefined {
    return this.#first([...this.#ofSite(CORE_FILES_OF_SITE), ...CORE_FILES]);
  }

  module(): string | undefined {
    return this.#first(this.#inFolders(MODULE_FILES));
  }

  worker(): string | undefined {
    return this.#first(this.#inFolders(WORKER_FILES));
  }

  #inFolders(names: readonly string[]): string[] {
    const folders = [...this.#ofSite([FOLDER_OF_SITE]), ...FOLDERS];
    return folders.flatMap((folder) => names.map((name) => `${folder}/${name}`));
  }

  #ofSite(paths: readonly string[]): string[] {
    return this.#siteFolder === undefined ? [] : paths.map((path) => `${this.#siteFolder}/${path}`);
  }

  #first(paths: readonly string[]): string | undefined {
    return paths.find(this.#isFile);
  }
}
