/* Payloads are opened in the browser, by WebCrypto, with a key that never leaves it. Source: wire-format.md 2 and 3, envelope-v2.md 2 to 5. */

/** What the viewer gave. */
export interface GivenKey {
  /** Of the legacy form, latin1 string of its bytes; empty: none. */
  readonly password: string;
  /** The master secret of version 2, 32 bytes. */
  readonly master?: Bytes | undefined;
  /** Payloads without encryption are shown too. */
  readonly isClear: boolean;
}

/** What is in a job, or why it is not known. */
export type Opened = { readonly text: string } | { readonly problem: string };

type Bytes = Uint8Array<ArrayBuffer>;

const BLOCK_BYTES = 16;
const KEY_BYTES = 32;
/** Texts begin with it, other keys give random bytes. */
const BEGINS = /^[a-z_]+=/;
const V2 = { firstByte: 0xb2, headerBytes: 40, tagBytes: 16, epochAt: 2, keyIdAt: 4, bootIdAt: 12 } as const;
const COUNTER_AT = 28;
const COUNTER_BYTES = 6;
const NONCE_BYTES = 12;
const SALT = "mod-gearman envelope v2";
/** By the byte of the direction. */
const KEY_LABELS: Readonly<Record<number, string>> = { 1: "job key", 2: "result key", 3: "passive key" };
const OTHER = "another key, or no job of mod_gearman";

/** Whether the browser opens payloads: only on a page by https or of this machine. */
export const canOpen = (): boolean => globalThis.crypto?.subtle !== undefined;

/** A key as it is typed, in UTF-8 as in files. */
export const typedPassword = (typed: string): string => latin1(utf8(typed));

/** The key in a file: the secret of a master file, or the password in the first line by the rule of the C suite. */
export function readKeyFile(bytes: Bytes): Pick<GivenKey, "master" | "password"> {
  const content = latin1(bytes);
  if (/^type=master\s*$/m.test(content)) {
    const [, hex] = /^secret=([0-9a-f]{64})\s*$/im.exec(content) ?? [];
    return { password: "", master: hex === undefined ? undefined : bytesOfHex(hex) };
  }
  const [line = ""] = content.split(/[\n\0]/, 1);
  return { password: line.slice(0, KEY_BYTES).replace(/[ \t\v\f\r]+$/, ""), master: undefined };
}

/** @param queue name of the queue that the job is in @param base64 its workload, base64 */
export async function openPayload(base64: string, queue: string, key: GivenKey): Promise<Opened> {
  const workload = bytesOfBase64(base64);
  if (workload === undefined) return { problem: "damaged" };
  if (workload.length === 0) return { text: "" };
  if (workload[0] === V2.firstByte) return openV2(workload, queue, key.master);
  const sealed = bytesOfBase64(latin1(workload).replace(/[\s-]+$/, ""));
  if (sealed === undefined) return { problem: "no job of mod_gearman" };
  const clear = upToNul(sealed);
  if (key.isClear && BEGINS.test(clear)) return { text: clear };
  if (key.password === "") return { problem: "sealed with the key of the site" };
  const whole = sealed.subarray(0, sealed.length - (sealed.length % BLOCK_BYTES));
  if (whole.length === 0) return { problem: OTHER };
  const text = upToNul(await decipher(whole, passwordBytes(key.password)));
  return BEGINS.test(text) ? { text } : { problem: OTHER };
}

/**
 * AES-256-ECB, which WebCrypto does not have, by CBC, which it has: that adds the block before to each block, which is taken off again.
 * CBC wants padding at the end, so a block is made that deciphers to it.
 */
async function decipher(blocks: Bytes, keyBytes: Bytes): Promise<Bytes> {
  const { subtle } = crypto;
  const key = await subtle.importKey("raw", keyBytes, "AES-CBC", false, ["encrypt", "decrypt"]);
  const last = blocks.slice(-BLOCK_BYTES);
  const padding = await subtle.encrypt({ name: "AES-CBC", iv: last }, key, new Uint8Array(0));
  const chained = joined([blocks, new Uint8Array(padding)]);
  const iv = new Uint8Array(BLOCK_BYTES);
  const plain = new Uint8Array(await subtle.decrypt({ name: "AES-CBC", iv }, key, chained));
  for (let at = BLOCK_BYTES; at < plain.length; at++)
    plain[at] = (plain[at] ?? 0) ^ (blocks[at - BLOCK_BYTES] ?? 0);
  return plain;
}

async function openV2(message: Bytes, queue: string, master: Bytes | undefined): Promise<Opened> {
  if (master === undefined) return { problem: "sealed in version 2; needs the master file" };
  const label = KEY_LABELS[message[1] ?? 0];
  if (label === undefined || message.length < V2.headerBytes + V2.tagBytes) return { problem: "damaged" };
  const name = utf8(queue);
  const epoch = message.slice(V2.epochAt, V2.keyIdAt);
  const owner = label === "job key" ? name : message.slice(V2.keyIdAt, V2.bootIdAt);
  const secret = await derive(master, utf8(SALT), infoOf(label, [epoch, owner]));
  const bootId = message.slice(V2.bootIdAt, COUNTER_AT);
  const derived = await derive(secret, bootId, infoOf("message key", []));
  const key = await crypto.subtle.importKey("raw", derived, "AES-GCM", false, ["decrypt"]);
  const iv = new Uint8Array(NONCE_BYTES);
  iv.set(message.slice(COUNTER_AT, COUNTER_AT + COUNTER_BYTES), NONCE_BYTES - COUNTER_BYTES);
  const direction = message.slice(1, 2);
  const additionalData = joined([direction, uint16(name.length), name, message.slice(0, V2.headerBytes)]);
  try {
    const options = { name: "AES-GCM", iv, additionalData, tagLength: V2.tagBytes * 8 };
    return {
      text: text(new Uint8Array(await crypto.subtle.decrypt(options, key, message.slice(V2.headerBytes)))),
    };
  } catch {
    return { problem: "another key, or changed on its way" };
  }
}

async function derive(from: Bytes, salt: Bytes, info: Bytes): Promise<Bytes> {
  const key = await crypto.subtle.importKey("raw", from, "HKDF", false, ["deriveBits"]);
  const options = { name: "HKDF", hash: "SHA-256", salt, info };
  return new Uint8Array(await crypto.subtle.deriveBits(options, key, KEY_BYTES * 8));
}

/** Label, NUL, then each field with its length in front. */
function infoOf(label: string, fields: readonly Bytes[]): Bytes {
  return joined([utf8(`${label}\0`), ...fields.flatMap((field) => [uint16(field.length), field])]);
}

/** Cut or filled with NUL. */
function passwordBytes(password: string): Bytes {
  const bytes = new Uint8Array(KEY_BYTES);
  bytes.set(bytesOf(password.replace(/\0.*$/s, "").slice(0, KEY_BYTES)));
  return bytes;
}

const bytesOf = (binary: string): Bytes => Uint8Array.from(binary, (one) => one.charCodeAt(0));

function bytesOfBase64(base64: string): Bytes | undefined {
  try {
    return bytesOf(atob(base64));
  } catch {
    return undefined;
  }
}

const bytesOfHex = (hex: string): Bytes =>
  Uint8Array.from(hex.match(/../g) ?? [], (two) => Number.parseInt(two, 16));

function upToNul(bytes: Bytes): string {
  const nul = bytes.indexOf(0);
  return text(nul === -1 ? bytes : bytes.subarray(0, nul));
}

function joined(parts: readonly Bytes[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const uint16 = (value: number): Bytes => Uint8Array.of(value >> 8, value & 0xff);
const text = (bytes: Bytes): string => new TextDecoder().decode(bytes);
const utf8 = (given: string): Bytes => new TextEncoder().encode(given);
const latin1 = (bytes: Bytes): string => Array.from(bytes, (one) => String.fromCharCode(one)).join("");
