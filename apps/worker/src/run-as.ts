import { execFileSync } from "node:child_process";

export interface Identity {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups. */
  readonly groups: readonly number[];
}

/** `run_as` cannot be applied. `message` is for users. */
export class RunAsError extends Error {
  override readonly name: string = "RunAsError";
  readonly code: "UNKNOWN_USER" | "UNKNOWN_GROUP" | "NOT_ROOT";
  constructor(code: "UNKNOWN_USER" | "UNKNOWN_GROUP" | "NOT_ROOT", text: string, options?: ErrorOptions) {
    super(text, options);
    this.code = code;
  }
}

/** Runs a program of the system. @returns its output @throws if it fails */
export type AskSystem = (program: string, args: readonly string[]) => string;

/** `id` and `getent` use all sources of users of the machine, not only its files. */
const askSystem: AskSystem = (program, args) =>
  execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], timeout: 10_000 });

/**
 * The ids of `run_as`: `user` with its groups, or `user:group` with that group only. Names or numbers; a number that is not
 * the id of a known user needs a group.
 *
 * @param userId of this process: only root may change ids
 * @throws RunAsError
 */
export function resolveRunAs(runAs: string, userId: number, ask: AskSystem = askSystem): Identity {
  if (userId !== 0)
    throw new RunAsError("NOT_ROOT", `run_as: only a worker that runs as root may run plugins as ${runAs}`);
  const [user = "", group] = runAs.split(":");
  const isNumber = /^\d+$/.test(user);
  const uid = isNumber ? Number(user) : Number(userFact(ask, "-u", user));
  if (group !== undefined) {
    const gid = /^\d+$/.test(group) ? Number(group) : groupId(ask, group);
    return { uid, gid, groups: [gid] };
  }
  return {
    uid,
    gid: Number(userFact(ask, "-g", user)),
    groups: userFact(ask, "-G", user).split(" ").map(Number),
  };
}

function userFact(ask: AskSystem, flag: string, user: string): string {
  try {
    const text = ask("id", [flag, "--", user]).trim();
    if (/^\d+( \d+)*$/.test(text)) return text;
  } catch (error) {
    throw new RunAsError("UNKNOWN_USER", `run_as: there is no user ${user}`, { cause: error });
  }
  throw new RunAsError("UNKNOWN_USER", `run_as: there is no user ${user}`);
}

function groupId(ask: AskSystem, group: string): number {
  try {
    const [, , gid = ""] = ask("getent", ["group", group]).split(":");
    if (/^\d+$/.test(gid)) return Number(gid);
  } catch (error) {
    throw new RunAsError("UNKNOWN_GROUP", `run_as: there is no group ${group}`, { cause: error });
  }
  throw new RunAsError("UNKNOWN_GROUP", `run_as: there is no group ${group}`);
}
