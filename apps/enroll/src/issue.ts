import { readFileSync } from "node:fs";
import { printAddress, printServer } from "@mod-gearman/base";
import type { EnrollOptions } from "@mod-gearman/config";
import {
  bridgeAgreement,
  IdentityList,
  isIdentityName,
  printTicket,
  secretId,
  TICKET_SEED_BYTES,
  ticketSecret,
} from "@mod-gearman/crypto";
import { replaceAlike, withFileLock } from "@mod-gearman/enrolment";
import { openSite, type Site } from "./site.ts";
import { isWorkerQueue } from "./worker-config.ts";
import { Refusal, type World } from "./world.ts";

const LOCAL = /^(?:localhost|127\..*|::1|0\.0\.0\.0)$/;
const MS_PER_SECOND = 1000;

/**
 * Adds an identity to the list, and prints a ticket for it, alone on standard output.
 *
 * @throws Refusal, ConfigError, KeyFileError; the error of `node:fs`
 */
export async function issue(options: EnrollOptions, world: World, name: string): Promise<void> {
  const { queues, hosts, validSeconds } = options;
  if (!isIdentityName(name)) throw new Refusal("a name is 1 to 128 letters, digits and ._@-");
  if (queues.length > 0 === hosts.length > 0)
    throw new Refusal("either --queue is needed, for a worker, or --host, for a passive sender");
  const kind = queues.length > 0 ? "worker" : "sender";
  const grants = kind === "worker" ? queues.map((queue) => queue.toString("latin1")) : hosts;
  const odd = kind === "worker" ? grants.find((queue) => !isWorkerQueue(queue)) : undefined;
  if (odd !== undefined)
    throw new Refusal(
      `no worker takes queue ${odd}: they are host, service, eventhandler, notification, hostgroup_…, servicegroup_… and sticky_…`,
    );
  const site = openSite(options, world);
  await addToList(site.listPath, world, { kind, name, grants });
  const issuedMs = world.nowMs();
  await site.folder.forget(issuedMs);
  const seed = world.random(TICKET_SEED_BYTES);
  const secret = ticketSecret(site.master.secret, seed);
  const id = secretId(secret).toString("hex");
  const expiresMs = issuedMs + validSeconds * MS_PER_SECOND;
  await site.folder.add({ id, name, kind, seed, issuedMs, expiresMs }).catch((cause: unknown) => {
    throw cause instanceof RangeError ? new Refusal(cause.message, { cause }) : cause;
  });
  const servers = options.servers.length > 0 ? options.servers : site.servers;
  world.print(
    printTicket({
      secret,
      bridgeKey: bridgeAgreement(site.master.secret).publicKey,
      queue: site.module.enrollQueue,
      servers: servers.map(printServer).join(","),
    }),
  );
  world.printError(
    `ticket ${id} of ${kind} ${name} for ${grants.join(", ")}, until ${new Date(expiresMs).toISOString()}; on the new machine: mod_gearman_enroll redeem TICKET`,
  );
  for (const text of advice(site, kind, grants, servers)) world.printError(`Warning - ${text}`);
}

interface Entry {
  readonly kind: "worker" | "sender";
  readonly name: string;
  readonly grants: readonly string[];
}

function addToList(path: string, world: World, { kind, name, grants }: Entry): Promise<void> {
  return append(path, world, (list) => {
    const known = list.all().find((one) => one.name === name);
    if (known?.isRevoked === true)
      throw new Refusal(`${name} is revoked: take another name, or remove the line from ${path}`);
    if (known !== undefined && known.kind !== kind) throw new Refusal(`${name} is a ${known.kind} already`);
    const added = grants.filter((grant) => known?.grants.includes(grant) !== true);
    return added.map((grant) => `${kind} ${name} ${grant}\n`).join("");
  });
}

/** Behind it are only comments and blank lines: the bridge takes such a list at once. */
const END = /^end[ \t\r]*\n/m;

/**
 * Adds lines to the list of identities, in front of its end. No other call changes it meanwhile.
 *
 * @param linesFor the list as it is now; empty: it stays as it is
 * @throws KeyFileError, FileLockedError; the error of `node:fs`, or of `linesFor`
 */
export function append(
  path: string,
  { clock, hostName }: Pick<World, "clock" | "hostName">,
  linesFor: (list: IdentityList) => string,
): Promise<void> {
  return withFileLock(path, { clock, host: hostName }, async () => {
    const now = readFileSync(path);
    const lines = linesFor(new IdentityList(now));
    if (lines === "") return;
    const content = Buffer.from(`${now.toString("latin1").replace(END, "")}${lines}end\n`, "latin1");
    new IdentityList(content);
    await replaceAlike(path, content);
  });
}

function advice(
  { module }: Site,
  kind: Entry["kind"],
  grants: readonly string[],
  servers: Site["servers"],
): string[] {
  const local = servers.find(({ host }) => LOCAL.test(host));
  const open = grants.filter(
    (queue) =>
      !module.envelopeQueues.some((sealed) => {
        const name = sealed.toString("latin1");
        return name.endsWith("*") ? queue.startsWith(name.slice(0, -1)) : name === queue;
      }),
  );
  return [
    ...(local === undefined
      ? []
      : [
          `the ticket names the job server ${printAddress(local)}, which other machines cannot reach: --server=…`,
        ]),
    ...(kind === "worker" && module.envelope === "both" && open.length > 0
      ? [
          `envelope_queues does not name ${open.join(", ")}: a worker that was enrolled takes sealed jobs only`,
        ]
      : []),
  ];
}
