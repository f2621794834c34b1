import { upToNul } from "./escape.ts";
import { type Micros, printMicros } from "./micros.ts";

/** Fields of every exported event. Numbers are those of the core's broker interface. */
interface ExportedEvent {
  /** NEBTYPE_… */
  readonly type: number;
  /** NEBFLAG_… */
  readonly flags: number;
  /** NEBATTR_… */
  readonly attr: number;
  readonly timestamp: Micros;
}

/** Start or stop of the core, begin or end of its event loop. */
export interface ProcessExport extends ExportedEvent {
  readonly callback: "NEBCALLBACK_PROCESS_DATA";
}

/** A timed event of the core; only Nagios reports them. */
export interface TimedEventExport extends ExportedEvent {
  readonly callback: "NEBCALLBACK_TIMED_EVENT_DATA";
  /** EVENT_… */
  readonly eventType: number;
  readonly recurring: number;
  /** Seconds since 1970. */
  readonly runTime: number;
}

export interface LogExport extends ExportedEvent {
  readonly callback: "NEBCALLBACK_LOG_DATA";
  /** Seconds since 1970. */
  readonly entryTime: number;
  /** Type mask of the core's log. */
  readonly dataType: number;
  /** Any bytes; those after a NUL are ignored. */
  readonly data: Buffer;
}

/** The events that produce export jobs; every other callback is accepted and produces none. */
export type ExportEvent = ProcessExport | TimedEventExport | LogExport;

/** Source: broker.h of Naemon and Nagios; END is unknown to the original too. */
const TYPES: Readonly<Record<number, string>> = {
  100: "NEBTYPE_PROCESS_START",
  101: "NEBTYPE_PROCESS_DAEMONIZE",
  102: "NEBTYPE_PROCESS_RESTART",
  103: "NEBTYPE_PROCESS_SHUTDOWN",
  104: "NEBTYPE_PROCESS_PRELAUNCH",
  105: "NEBTYPE_PROCESS_EVENTLOOPSTART",
  106: "NEBTYPE_PROCESS_EVENTLOOPEND",
  200: "NEBTYPE_TIMEDEVENT_ADD",
  201: "NEBTYPE_TIMEDEVENT_REMOVE",
  202: "NEBTYPE_TIMEDEVENT_EXECUTE",
  203: "NEBTYPE_TIMEDEVENT_DELAY",
  204: "NEBTYPE_TIMEDEVENT_SKIP",
  205: "NEBTYPE_TIMEDEVENT_SLEEP",
  300: "NEBTYPE_LOG_DATA",
  301: "NEBTYPE_LOG_ROTATION",
};

/** Source: nagios.h. */
const EVENT_TYPES: Readonly<Record<number, string>> = {
  0: "EVENT_SERVICE_CHECK",
  1: "EVENT_COMMAND_CHECK",
  2: "EVENT_LOG_ROTATION",
  3: "EVENT_PROGRAM_SHUTDOWN",
  4: "EVENT_PROGRAM_RESTART",
  5: "EVENT_CHECK_REAPER",
  6: "EVENT_ORPHAN_CHECK",
  7: "EVENT_RETENTION_SAVE",
  8: "EVENT_STATUS_SAVE",
  9: "EVENT_SCHEDULED_DOWNTIME",
  10: "EVENT_SFRESHNESS_CHECK",
  11: "EVENT_EXPIRE_DOWNTIME",
  12: "EVENT_HOST_CHECK",
  13: "EVENT_HFRESHNESS_CHECK",
  14: "EVENT_RESCHEDULE_CHECKS",
  15: "EVENT_EXPIRE_COMMENT",
  16: "EVENT_CHECK_PROGRAM_UPDATE",
  98: "EVENT_SLEEP",
  99: "EVENT_USER_FUNCTION",
};

/**
 * The text of an export job: one JSON object in UTF-8, without blanks and LF, keys in the order of the C module. Source: wire-format.md 8; neb-module.md 2.10.
 */
export function printExport(event: ExportEvent): Buffer {
  const type = TYPES[event.type] ?? "UNKNOWN";
  const numbers = `"flags":${whole(event.flags)},"attr":${whole(event.attr)},"timestamp":${printMicros(event.timestamp)}`;
  const begin = `{"callback_type":"${event.callback}",`;
  switch (event.callback) {
    case "NEBCALLBACK_PROCESS_DATA":
      return Buffer.from(`${begin}"type":"${type}",${numbers}}`, "latin1");
    case "NEBCALLBACK_TIMED_EVENT_DATA": {
      const eventType = EVENT_TYPES[event.eventType] ?? "UNKNOWN";
      const more = `"recurring":${whole(event.recurring)},"run_time":${whole(event.runTime)}`;
      return Buffer.from(
        `${begin}"event_type":"${eventType}","type":"${type}",${numbers},${more}}`,
        "latin1",
      );
    }
    case "NEBCALLBACK_LOG_DATA": {
      const more = `"entry_time":${whole(event.entryTime)},"data_type":${whole(event.dataType)}`;
      const head = Buffer.from(`${begin}"type":"${type}",${numbers},${more},"data":"`, "latin1");
      return Buffer.concat([head, escapeJson(upToNul(event.data)), CLOSE]);
    }
  }
}

const CLOSE = Buffer.from('"}', "latin1");

const SHORT: Readonly<Record<number, string>> = {
  8: "\\b",
  9: "\\t",
  10: "\\n",
  12: "\\f",
  13: "\\r",
  34: '\\"',
  92: "\\\\",
};

/**
 * `text` escaped for a JSON string. Short escapes as in the C module; other control characters become `\u00XX` (the C module
 * writes `\a`, `\v` and raw bytes, which is not JSON), and so does a byte that is not UTF-8, read as Latin-1.
 */
export function escapeJson(text: Buffer): Buffer {
  const pieces: Buffer[] = [];
  let from = 0;
  let at = 0;
  while (at < text.length) {
    const byte = text[at] ?? 0;
    const bytes = byte < 0x80 ? 1 : utf8Length(text, at);
    const escaped = byte < 0x80 ? asciiEscape(byte) : bytes === 0 ? unicodeEscape(byte) : undefined;
    if (escaped !== undefined) {
      pieces.push(text.subarray(from, at), Buffer.from(escaped, "latin1"));
      from = at + 1;
    }
    at += bytes === 0 ? 1 : bytes;
  }
  if (pieces.length === 0) return text;
  pieces.push(text.subarray(from));
  return Buffer.concat(pieces);
}

function asciiEscape(byte: number): string | undefined {
  return SHORT[byte] ?? (byte < 0x20 ? unicodeEscape(byte) : undefined);
}

function unicodeEscape(byte: number): string {
  return `\\u${byte.toString(16).padStart(4, "0")}`;
}

/** Bytes of the character that begins at `at`, 0 if that is not UTF-8. Source: Unicode standard, table 3-7. */
function utf8Length(text: Buffer, at: number): number {
  const lead = text[at] ?? 0;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || at + length > text.length) return 0;
  const second = text[at + 1] ?? 0;
  const [low, high] = SECOND_BYTES[lead] ?? [0x80, 0xbf];
  if (second < low || second > high) return 0;
  for (let next = at + 2; next < at + length; next++) {
    if (((text[next] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  return length;
}

/** Lead bytes after which not every continuation is a character: too long, surrogates, beyond U+10FFFF. */
const SECOND_BYTES: Readonly<Record<number, readonly [number, number]>> = {
  224: [0xa0, 0xbf],
  237: [0x80, 0x9f],
  240: [0x90, 0xbf],
  244: [0x80, 0x8f],
};

/** An integer as C prints it; 0 if it is not a safe integer. */
function whole(value: number): string {
  return Number.isSafeInteger(value) ? String(value) : "0";
}
