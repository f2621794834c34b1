import { type Micros, parseMicros } from "@mod-gearman/payload";
import { decodeEntities } from "./entities.ts";

export interface ChildResult {
  readonly service: Buffer;
  /** Any 32 bit integer; the core judges it. */
  readonly returnCode: number;
  readonly runtime: Micros;
  readonly output: Buffer;
}

/** A block that is not a result: the parent's, or an unusable one. */
export type NoResult = { readonly skip: "parent" } | { readonly skip: "unusable"; readonly why: string };

const MAX_INT = 2 ** 31 - 1;
const REQUIRED = ["no", "name", "rc", "runtime", "output", "error"] as const;
const NOTHING = Buffer.alloc(0);
const PARENT = Buffer.from("0");
const QUOTE = 0x27;
const LF = 0x0a;
const NUL = 0;

/**
 * Parses a block of check_multi: every element is the text between the first `<x>` and the next `</x>`. `output`,
 * `error`, `performance` and `pplugin` are decoded, the name is not. Source: tools.md 6.1; `error` and `pplugin`: observed
 * behaviour of send_multi 5.2.4.
 *
 * @param block the bytes between `<CHILD>` and `</CHILD>`
 */
export function readChild(block: Buffer): ChildResult | NoResult {
  if (element(block, "no")?.equals(PARENT) === true) return { skip: "parent" };
  const missing = REQUIRED.find((name) => element(block, name) === undefined);
  if (missing !== undefined) return unusable(`no <${missing}>`);
  const value = (name: (typeof REQUIRED)[number]): Buffer => element(block, name) ?? NOTHING;
  const service = value("name");
  const error = value("error");
  if (service.length === 0 || service.includes(NUL)) return unusable("the name is empty");
  if (service.includes(LF)) return unusable("line feed in the name");
  const performance = performanceOf(block, service);
  if (performance === undefined) return unusable("no <pplugin> beside <performance>");
  const errorText = error.length === 0 ? [] : [Buffer.from(" ["), decodeEntities(error), Buffer.from("]")];
  return {
    service,
    returnCode: integerOf(value("rc")),
    runtime: parseMicros(value("runtime")),
    output: Buffer.concat([decodeEntities(value("output")), ...errorText, performance]),
  };
}

function unusable(why: string): NoResult {
  return { skip: "unusable", why };
}

/** `|<name>::<pplugin>::<performance>`; a leading quote of the performance data is moved to the front. */
function performanceOf(block: Buffer, service: Buffer): Buffer | undefined {
  const raw = element(block, "performance");
  if (raw === undefined) return NOTHING;
  const encodedPlugin = element(block, "pplugin");
  if (encodedPlugin === undefined) return undefined;
  const plugin = decodeEntities(encodedPlugin);
  const text = decodeEntities(trim(raw));
  const isQuoted = text[0] === QUOTE;
  const start = Buffer.from(isQuoted ? "|'" : "|");
  const separator = Buffer.from("::");
  return Buffer.concat([start, service, separator, plugin, separator, isQuoted ? text.subarray(1) : text]);
}

function element(block: Buffer, name: string): Buffer | undefined {
  const open = `<${name}>`;
  const at = block.indexOf(open, 0, "latin1");
  if (at === -1) return undefined;
  const start = at + open.length;
  const end = block.indexOf(`</${name}>`, start, "latin1");
  return end === -1 ? undefined : block.subarray(start, end);
}

function trim(text: Buffer): Buffer {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text[start])) start++;
  while (end > start && isSpace(text[end - 1])) end--;
  return text.subarray(start, end);
}

/** As isspace() in the C locale. */
function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);
}

/** As atoi(), but saturates at 32 bits. */
function integerOf(text: Buffer): number {
  const [, digits = "0"] = /^[\t-\r ]*([+-]?\d+)/.exec(text.toString("latin1")) ?? [];
  return Math.max(-MAX_INT - 1, Math.min(MAX_INT, Number(digits)));
}
