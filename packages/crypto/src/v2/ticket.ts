import { nodeCrypto } from "../node-crypto.ts";
import { MAX_QUEUE_BYTES, SECRET_BYTES } from "./key-schedule.ts";
import { PUBLIC_KEY_BYTES } from "./ticket-keys.ts";

/** What one machine is enrolled with. Before it is redeemed, each holder of it can be that machine. */
export interface Ticket {
  /** 32 bytes. */
  readonly secret: Buffer;
  /** X25519 key of the bridge, 32 bytes: only the bridge can answer the ticket. */
  readonly bridgeKey: Buffer;
  /** That the ticket is redeemed on. */
  readonly queue: Buffer;
  /** Job servers as the option `server` takes them. */
  readonly servers: string;
}

/** The text is no ticket: cut, mistyped, or something else. Nothing of it is in the message. */
export class TicketError extends Error {
  override readonly name: string = "TicketError";

  constructor() {
    super("this is no ticket, or a part of it is missing");
  }
}

const PREFIX = "mgt1-";
const CHECK_BYTES = 4;
const QUEUE_AT = SECRET_BYTES + PUBLIC_KEY_BYTES + 2;
const MAX_SERVERS_BYTES = 2048;
const MAX_TEXT =
  PREFIX.length + Math.ceil(((QUEUE_AT + MAX_QUEUE_BYTES + MAX_SERVERS_BYTES + CHECK_BYTES) * 4) / 3);
const TEXT = /^mgt1-[A-Za-z0-9_-]+$/;
const SERVERS = /^[!-~]+$/;

/** One word of letters, digits, `-` and `_`. Source: envelope-v2.md 11. @throws RangeError for fields that do not fit */
export function printTicket({ secret, bridgeKey, queue, servers }: Ticket): string {
  const fits =
    secret.length === SECRET_BYTES &&
    bridgeKey.length === PUBLIC_KEY_BYTES &&
    queue.length > 0 &&
    queue.length <= MAX_QUEUE_BYTES &&
    servers.length <= MAX_SERVERS_BYTES &&
    SERVERS.test(servers);
  if (!fits) throw new RangeError("a ticket with a field that does not fit");
  const length = Buffer.alloc(2);
  length.writeUInt16BE(queue.length);
  const body = Buffer.concat([secret, bridgeKey, length, queue, Buffer.from(servers, "latin1")]);
  return PREFIX + Buffer.concat([body, checkOf(body)]).toString("base64url");
}

/** The ticket in a text, around which white space may stand. @throws TicketError */
export function parseTicket(text: string): Ticket {
  const word = text.trim();
  if (word.length > MAX_TEXT || !TEXT.test(word)) throw new TicketError();
  const code = word.slice(PREFIX.length);
  const bytes = Buffer.from(code, "base64url");
  if (bytes.toString("base64url") !== code) throw new TicketError(); // bits behind the last byte
  const body = bytes.subarray(0, -CHECK_BYTES);
  if (body.length <= QUEUE_AT || !checkOf(body).equals(bytes.subarray(-CHECK_BYTES))) throw new TicketError();
  const queueBytes = body.readUInt16BE(QUEUE_AT - 2);
  const queue = body.subarray(QUEUE_AT, QUEUE_AT + queueBytes);
  const servers = body.toString("latin1", QUEUE_AT + queueBytes);
  const isQueue = queueBytes > 0 && queueBytes <= MAX_QUEUE_BYTES;
  if (!isQueue || servers.length > MAX_SERVERS_BYTES || !SERVERS.test(servers)) throw new TicketError();
  return {
    secret: body.subarray(0, SECRET_BYTES),
    bridgeKey: body.subarray(SECRET_BYTES, SECRET_BYTES + PUBLIC_KEY_BYTES),
    queue,
    servers,
  };
}

/** Finds a part that is missing or mistyped. It protects nothing. */
function checkOf(body: Buffer): Buffer {
  return nodeCrypto().createHash("sha256").update(body).digest().subarray(0, CHECK_BYTES);
}
