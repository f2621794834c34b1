import { escapeControls } from "@mod-gearman/base";
import type { LineLevel } from "./levels.ts";

/** mod_gearman and gearmand log with `user`. */
export type SyslogFacility = "user" | "daemon";

/** Longest text of a record, bytes: with the header of syslog it fits into the 8 KiB that rsyslog accepts. */
export const MAX_RECORD_TEXT_BYTES = 7936;

// RFC 5424 6.2.1
const FACILITY: Record<SyslogFacility, number> = { user: 1, daemon: 3 };
const SEVERITY: Record<LineLevel, number> = { error: 3, warn: 4, notice: 5, info: 6, debug: 7, trace: 7 };

/** RFC 5424 6.2.1 `PRIVAL` of a line. */
export function syslogPriority(facility: SyslogFacility, level: LineLevel): number {
  return FACILITY[facility] * 8 + SEVERITY[level];
}

/**
 * A line for `logger --prio-prefix`: `<priority>text` and a line feed, in UTF-8. Control characters are escaped. A text
 * longer than {@link MAX_RECORD_TEXT_BYTES} is cut: logger would split it and read the priority of the second message from
 * its text.
 */
export function syslogRecord(facility: SyslogFacility, level: LineLevel, line: string): Buffer {
  return Buffer.from(`<${syslogPriority(facility, level)}>${cut(escapeControls(line))}\n`, "utf8");
}

function cut(text: string): string {
  const bytes = Buffer.byteLength(text, "utf8");
  if (bytes <= MAX_RECORD_TEXT_BYTES) return text;
  const tail = ` (+${bytes - MAX_RECORD_TEXT_BYTES} bytes)`;
  let end = MAX_RECORD_TEXT_BYTES - tail.length;
  const whole = Buffer.from(text, "utf8");
  while (end > 0 && ((whole[end] ?? 0) & 0xc0) === 0x80) end -= 1; // do not cut within a character
  return whole.toString("utf8", 0, end) + tail;
}
