import type { GearmandOptions } from "@mod-gearman/config";
import { adminRefusal } from "./admin-pages.ts";
import { listenerRefusal } from "./listeners.ts";
import { queueLimitRules } from "./queue-limits.ts";
import type { World } from "./world.ts";

/**
 * Why these options cannot be served: they ask for something that this job server does not have. To start without
 * it would lose jobs, or send plain text where encryption was configured (X16); or a limit cannot be read. Undefined if all can be honoured.
 */
export function refusalOf(options: GearmandOptions, world: Pick<World, "files">): string | undefined {
  if (options.queueType === "libsqlite3" && options.libsqlite3Db === undefined)
    return "missing required --libsqlite3-db=<dbfile> argument";
  if (options.queueType === "libmemcached" && options.libmemcachedServers === undefined)
    return "missing required --libmemcached-servers=<servers> argument";
  const limits = queueLimitRules(options);
  return "problem" in limits ? limits.problem : (adminRefusal(options) ?? listenerRefusal(options, world));
}
