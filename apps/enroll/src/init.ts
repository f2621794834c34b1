import { join } from "node:path";
import type { EnrollOptions } from "@mod-gearman/config";
import { printMasterFile, SECRET_BYTES } from "@mod-gearman/crypto";
import { makeWhole } from "@mod-gearman/enrolment";
import { defaultFolder } from "./default-folder.ts";
import { makePrivateFolder } from "./private-folder.ts";
import { Refusal, type World } from "./world.ts";

const READABLE = 0o644;

/** Makes what the module needs for an own identity of each machine. What is there already stays. @throws Refusal; the error of `node:fs` */
export async function init({ dir = defaultFolder(), user }: EnrollOptions, world: World): Promise<void> {
  const name = user?.toString();
  const owner = name === undefined || world.userId !== 0 ? undefined : world.userNamed(name);
  if (world.userId === 0 && owner === undefined)
    throw new Refusal(
      name === undefined ? "root has to name the user of the core: --user=NAME" : `there is no user ${name}`,
    );
  const paths = {
    master: join(dir, "master.key"),
    list: join(dir, "identities"),
    tickets: join(dir, "enroll"),
  };
  const master = printMasterFile({ secret: world.random(SECRET_BYTES), epochs: [1] });
  const made = {
    master: await makeWhole(paths.master, master, { owner }),
    list: await makeWhole(paths.list, "end\n", { owner, mode: READABLE }),
    tickets: makePrivateFolder(paths.tickets, owner),
  };
  for (const key of ["master", "list", "tickets"] as const)
    world.printError(`${paths[key]}: ${made[key] ? "made" : "there already"}`);
  world.printError("For the configuration of the module (envelope_queues: whose workers are all enrolled):");
  world.print("envelope=both");
  world.print(`envelope_master_file=${paths.master}`);
  world.print(`envelope_identities_file=${paths.list}`);
  world.print("envelope_queues=");
  world.print(`enroll_dir=${paths.tickets}`);
}
