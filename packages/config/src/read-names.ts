import type { ServerAddress } from "@mod-gearman/base";
import { BadValue, type Given, listPieces } from "./given.ts";
import { toBytes, toUtf8 } from "./latin1.ts";
import type { GroupsRule, ServersRule } from "./option-row.ts";
import { parseServerList } from "./servers.ts";

/** gearmand's limit for a queue name, bytes. */
export const MAX_QUEUE_BYTES = 511;
/** Longer group names are skipped by modules and workers written in C. */
const C_GROUP_BYTES = 50;

/** @throws BadValue */
export function readServers(rule: ServersRule, { option, entries, warnings }: Given): ServerAddress[] {
  const known: ServerAddress[] = [];
  const { emptyHost = "0.0.0.0" } = rule;
  for (const { text = "", where } of entries) {
    const { servers, problems } = parseServerList(text, { known, emptyHost });
    for (const problem of problems) {
      if (rule.strict === true && problem.kind === "bad-address") throw new BadValue(problem.text, where);
      warnings.add("warn", problem.text, where);
    }
    if (rule.refuseEmpty === true && servers.length === 0 && problems.length === 0)
      throw new BadValue(`${option}: the server is empty`, where);
    known.push(...servers);
  }
  return known;
}

export function readGroups({ prefix }: GroupsRule, { entries, warnings }: Given): Buffer[] {
  const kept = new Map<string, Buffer>();
  const limit = MAX_QUEUE_BYTES - prefix.length;
  for (const { text: name, where } of listPieces(entries)) {
    const short = toUtf8(name.slice(0, C_GROUP_BYTES));
    if (prefix !== "" && name.length > limit) {
      const what = prefix.slice(0, -1);
      const complaint = `${what} name '${short}…' is too long, please use a maximum of ${limit} characters`;
      warnings.add("warn", complaint, where);
      continue;
    }
    if (prefix !== "" && name.length > C_GROUP_BYTES)
      warnings.add("info", `'${short}…' is longer than the 50 characters that the C programs allow`, where);
    kept.set(name, toBytes(name));
  }
  return [...kept.values()];
}
