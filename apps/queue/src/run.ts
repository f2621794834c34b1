import type { QueueOptions } from "@mod-gearman/config";
import { list } from "./list.ts";
import { ServerTalk } from "./server-talk.ts";
import type { World } from "./world.ts";

/**
 * Performs the command at all servers.
 *
 * @returns exit code: 0 done, 1 not done at one of them at least
 */
export async function run(options: QueueOptions, world: Omit<World, "argv" | "files">): Promise<number> {
  const { servers, timeoutSeconds, command, json } = options;
  const talks = servers.map((address) => new ServerTalk(address, timeoutSeconds, world.query));
  if (command.verb === "list") return await list(talks, json, world);
  if (command.verb === "peek") {
    const { peek } = await import("./peek.ts");
    const outcomes = [];
    for (const talk of talks) outcomes.push(await peek(talk, command.queue, options, world));
    return outcomes.includes(false) ? 1 : 0;
  }
  const { change } = await import("./change.ts");
  return await change(talks, command, options, world);
}
