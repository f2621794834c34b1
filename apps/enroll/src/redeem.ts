import { accessSync, constants, existsSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { makeFolders, printServer, type ServerAddress } from "@mod-gearman/base";
import { type EnrollOptions, parseServerList } from "@mod-gearman/config";
import {
  type EnrolAnswer,
  type IdentityKeys,
  parseIdentityFile,
  parseTicket,
  requestHost,
  type Ticket,
} from "@mod-gearman/crypto";
import {
  AskError,
  BridgeLine,
  BridgeTalk,
  makeWhole,
  type Owner,
  replaceWhole,
} from "@mod-gearman/enrolment";
import { withTls } from "@mod-gearman/program";
import { defaultFolder } from "./default-folder.ts";
import { makeKeyFolder } from "./key-folder.ts";
import { testKeys } from "./self-test.ts";
import { workerConfig } from "./worker-config.ts";
import { Refusal, type World } from "./world.ts";

const USER = "mod-gearman";
const FOLDER_MODE = 0o755;
const MS_PER_SECOND = 1000;
const LONGEST_TICKET = 8192;

/**
 * Gets the keys of a ticket, writes them and a configuration, and tests them.
 *
 * @param operand the ticket, `-` for standard input, or `@FILE`
 * @throws TicketError, AskError, Refusal; the error of `node:fs`
 */
export async function redeem(options: EnrollOptions, world: World, operand: string): Promise<void> {
  const ticket = parseTicket(await ticketText(operand, world));
  const servers = withTls(options.servers.length > 0 ? options.servers : serversOf(ticket), options);
  requireAuthorities(servers);
  const place = openPlace(options, world);
  const line = new BridgeLine({
    ...{ servers, queue: ticket.queue, clock: world.clock },
    timeoutMs: options.timeoutSeconds * MS_PER_SECOND,
  });
  const talk = new BridgeTalk({
    queue: ticket.queue,
    host: requestHost(world.hostName),
    nowMs: () => world.nowMs(),
    random: (bytes) => world.random(bytes),
    send: (request) => line.send(request),
  });
  try {
    const answer = await talk.redeem(ticket);
    const keys = keysOf(answer);
    const written = await writeAll(place, keys, answer, { ticket, servers });
    for (const { path, stays } of written)
      world.print(
        stays === undefined ? `written: ${path}` : `written: ${path}, as ${stays} is there already`,
      );
    await testKeys({ talk, line, keys, answer, clock: world.clock, world });
    world.print(`this machine is ${keys.kind} ${keys.name} now`);
  } finally {
    await line.close();
  }
}

async function ticketText(operand: string, { readInput }: World): Promise<string> {
  if (operand === "-") return (await readInput()).slice(0, LONGEST_TICKET);
  return operand.startsWith("@")
    ? readFileSync(operand.slice(1), "latin1").slice(0, LONGEST_TICKET)
    : operand;
}

function serversOf({ servers }: Ticket): ServerAddress[] {
  return parseServerList(servers).servers;
}

/** Before the ticket is used up. */
function requireAuthorities(servers: readonly ServerAddress[]): void {
  const server = servers.find(({ tls }) => tls !== undefined && tls.caFile === undefined);
  if (server === undefined) return;
  const text = `${printServer(server)} is spoken to with TLS, which needs the certificate of its authority: --tls_ca_file=PATH`;
  throw new Refusal(text);
}

interface Place {
  readonly dir: string;
  /** Keys of a worker have a folder of their own there. */
  readonly isDefault: boolean;
  readonly owner: Owner | undefined;
  readonly isForced: boolean;
}

/** Before the ticket is used up: a folder that cannot be written must not cost it. */
function openPlace({ dir: given, user, force }: EnrollOptions, world: World): Place {
  const dir = given ?? defaultFolder();
  makeFolders(dir, FOLDER_MODE);
  const named = user?.toString() ?? USER;
  const owner = world.userId === 0 ? world.userNamed(named) : undefined;
  if (user !== undefined && world.userId === 0 && owner === undefined)
    throw new Refusal(`there is no user ${named}`);
  accessSync(dir, constants.W_OK | constants.X_OK);
  return { dir, isDefault: given === undefined, owner, isForced: force };
}

function keysOf({ file }: EnrolAnswer): IdentityKeys {
  if (file === undefined) throw new AskError("BAD_ANSWER", "the bridge sent no keys");
  return parseIdentityFile(file);
}

interface Written {
  readonly path: string;
  /** A file of the name that it would have. */
  readonly stays?: string;
}

/** What is there already is not replaced, unless that is forced: the new file is written beside it. */
async function writeAll(
  { dir, isDefault, owner, isForced }: Place,
  { kind, name, jobs }: IdentityKeys,
  { file = Buffer.alloc(0) }: EnrolAnswer,
  { ticket, servers }: { ticket: Ticket; servers: readonly ServerAddress[] },
): Promise<Written[]> {
  const folder = kind === "worker" && isDefault ? makeKeyFolder(dir, owner) : dir;
  const keyFile = join(folder, `${name}.key`);
  const texts: [path: string, content: Buffer][] = [[keyFile, file]];
  if (kind === "worker") {
    const queues = [...new Set(jobs.map(({ queue }) => queue.toString("latin1")))];
    const enrollQueue = ticket.queue.toString("latin1");
    const list = servers.map(printServer).join(",");
    const tls = servers.find((server) => server.tls !== undefined)?.tls;
    const facts = { ...{ name, queues, enrollQueue, keyFile }, servers: list, tls };
    texts.push([join(dir, "worker.conf"), Buffer.from(workerConfig(facts), "latin1")]);
  }
  const written: Written[] = [];
  for (const [path, content] of texts) {
    if (isForced && existsSync(path)) renameSync(path, `${path}.saved`);
    if (await makeWhole(path, content, { owner })) written.push({ path });
    else {
      await replaceWhole(`${path}.new`, content, { owner });
      written.push({ path: `${path}.new`, stays: path });
    }
  }
  return written;
}
