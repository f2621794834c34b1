import { statSync } from "node:fs";
import { join } from "node:path";
import type { ServerAddress } from "@mod-gearman/base";
import type { EnrollOptions, ModuleOptions } from "@mod-gearman/config";
import { IdentityList, type MasterKeys, parseMasterFile } from "@mod-gearman/crypto";
import { type Owner, TicketFolder } from "@mod-gearman/enrolment";
import { loadModule } from "@mod-gearman/program";
import { defaultFolder } from "./default-folder.ts";
import { Refusal, type World } from "./world.ts";

/** The core's machine, as the configuration of the module describes it. */
export interface Site {
  readonly module: ModuleOptions;
  readonly masterPath: string;
  readonly master: MasterKeys;
  readonly listPath: string;
  readonly list: IdentityList;
  readonly folder: TicketFolder;
  readonly servers: readonly ServerAddress[];
}

/** @throws ConfigError; Refusal where the module is not set up for machines to be enrolled; KeyFileError */
export function openSite(
  { modulePath = join(defaultFolder(), "module.conf") }: Pick<EnrollOptions, "modulePath">,
  world: World,
): Site {
  const { files, workingFolder, userId } = world;
  const { options } = loadModule(`config=${modulePath}`, workingFolder, files);
  const { envelopeMasterFile, masterFile, envelopeIdentitiesFile, identities, enrollDir } = options;
  const missing = Object.entries({
    "envelope=both or v2": masterFile,
    envelope_identities_file: identities,
    enroll_dir: enrollDir,
  }).find(([, value]) => value === undefined);
  if (
    envelopeMasterFile === undefined ||
    masterFile === undefined ||
    envelopeIdentitiesFile === undefined ||
    identities === undefined ||
    enrollDir === undefined
  )
    throw new Refusal(
      `${modulePath}: ${missing?.[0] ?? "envelope_master_file"} is not set; see mod_gearman_enroll init`,
    );
  return {
    module: options,
    masterPath: envelopeMasterFile,
    master: parseMasterFile(masterFile),
    listPath: envelopeIdentitiesFile,
    list: new IdentityList(identities),
    folder: new TicketFolder(enrollDir, userId === 0 ? ownerOf(enrollDir) : undefined),
    servers: options.servers,
  };
}

/** What root makes there is to belong to the user of the core. */
function ownerOf(path: string): Owner | undefined {
  const { uid, gid } = statSync(path);
  return uid === 0 ? undefined : { uid, gid };
}
