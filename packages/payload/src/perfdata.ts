import { uniqueKey } from "./unique-key.ts";

const DOLLAR = 0x24;
const NUL = 0x00;
const LF = Buffer.from("\n", "latin1");
const DASH = Buffer.from("-", "latin1");

/** Values of macros by name, without the `$`: `HOSTNAME`, `SERVICEPERFDATA`, `_HOSTSITE`. */
export type Macros = ReadonlyMap<string, Buffer>;

/** How performance data is sent. Source: neb-module.md 2.9. */
export interface PerfdataRules {
  /** One job is submitted to each. */
  readonly queues: readonly Buffer[];
  /** 1: a waiting record replaces all later ones of its object. 2: every record is kept. */
  readonly mode: 1 | 2;
  /** Escape sequences already replaced, no LF at the end. */
  readonly hostTemplate: Buffer;
  readonly serviceTemplate: Buffer;
}

/** A check with performance data. */
export interface PerfdataEvent {
  readonly hostName: Buffer;
  /** Absent for a host check. */
  readonly serviceDescription?: Buffer;
  readonly macros: Macros;
}

/** A job with performance data. Normal priority, in the background. */
export interface PerfdataJob {
  readonly queue: Buffer;
  /** Absent: the job has no key. */
  readonly unique?: string;
  /** All jobs of an event share one buffer. */
  readonly text: Buffer;
}

/**
 * The jobs of one event, one per queue. The unique key includes the queue and is cut where the original cuts the text that
 * it hashes. Source: wire-format.md 5.2, 7; neb-module.md 2.3, 2.9.
 */
export function printPerfdataJobs(event: PerfdataEvent, rules: PerfdataRules): PerfdataJob[] {
  const template = event.serviceDescription === undefined ? rules.hostTemplate : rules.serviceTemplate;
  const text = printPerfdata(template, event.macros);
  return rules.queues.map((queue) =>
    rules.mode === 1 ? { queue, text, unique: perfdataKey(queue, event) } : { queue, text },
  );
}

/**
 * A record: the template with its macros replaced, and LF. Values are inserted unchanged except for NULs, which would end the
 * text. Source: wire-format.md 7.
 */
export function printPerfdata(template: Buffer, macros: Macros): Buffer {
  const text = Buffer.concat([expandMacros(template, macros), LF]);
  return text.includes(NUL) ? Buffer.from(text.filter((byte) => byte !== NUL)) : text;
}

/**
 * `$NAME$` becomes the value of the macro, `$$` becomes `$`; an unknown name and a name without closing `$` stay unchanged.
 * Values are not expanded again. Source: naemon-core: src/naemon/macros.c.
 */
export function expandMacros(template: Buffer, macros: Macros): Buffer {
  const pieces: Buffer[] = [];
  let at = 0;
  while (at < template.length) {
    const open = template.indexOf(DOLLAR, at);
    if (open === -1) break;
    pieces.push(template.subarray(at, open));
    const close = template.indexOf(DOLLAR, open + 1);
    const end = close === -1 ? template.length : close;
    const name = template.toString("latin1", open + 1, end);
    const whole = template.subarray(open, close === -1 ? end : end + 1);
    pieces.push(name === "" ? template.subarray(open, open + 1) : (macros.get(name) ?? whole));
    at = close === -1 ? end : end + 1;
  }
  pieces.push(template.subarray(at));
  return Buffer.concat(pieces);
}

function perfdataKey(queue: Buffer, { hostName, serviceDescription }: PerfdataEvent): string {
  const service = serviceDescription === undefined ? [] : [DASH, serviceDescription];
  return uniqueKey(Buffer.concat([queue, DASH, hostName, ...service]));
}
