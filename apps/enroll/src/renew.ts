import { readFileSync } from "node:fs";
import { type EnrollOptions, openKeyProblem } from "@mod-gearman/config";
import { parseIdentityFile, printIdentityFile, requestHost } from "@mod-gearman/crypto";
import { AskError, BridgeLine, BridgeTalk, replaceAlike } from "@mod-gearman/enrolment";
import { Refusal, type World } from "./world.ts";

const QUEUE = Buffer.from("mod_gearman_enroll");
const MS_PER_SECOND = 1000;

/** Gets the keys of a file from the bridge again. @throws AskError, Refusal, KeyFileError; the error of `node:fs` */
export async function renew(options: EnrollOptions, world: World): Promise<void> {
  const { identityFile, servers, timeoutSeconds } = options;
  if (identityFile === undefined || servers.length === 0)
    throw new Refusal("renew needs --identity=FILE and --server=HOST[:PORT]");
  const problem = openKeyProblem(identityFile, world.files);
  if (problem !== undefined) throw new Refusal(problem);
  const [queue = QUEUE] = options.queues;
  const line = new BridgeLine({
    servers,
    queue,
    clock: world.clock,
    timeoutMs: timeoutSeconds * MS_PER_SECOND,
  });
  const talk = new BridgeTalk({
    ...{ queue, host: requestHost(world.hostName) },
    nowMs: () => world.nowMs(),
    random: (bytes) => world.random(bytes),
    send: (request) => line.send(request),
  });
  try {
    const own = parseIdentityFile(readFileSync(identityFile));
    const { file = Buffer.alloc(0) } = await talk.ask("renew", own);
    const keys = parseIdentityFile(file);
    if (keys.name !== own.name || keys.kind !== own.kind)
      throw new AskError("BAD_ANSWER", "the keys are those of another identity");
    if (printIdentityFile(keys).equals(printIdentityFile(own))) return world.print("the keys are up to date");
    await replaceAlike(identityFile, file);
    await talk.ask("renew", keys); // proves to the bridge that they have arrived
    world.print(`${identityFile} has keys of epochs ${keys.own.map(({ epoch }) => epoch).join(", ")}`);
  } finally {
    await line.close();
  }
}
