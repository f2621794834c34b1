/** Callback names in the order of their numbers. Source: naemon-core: src/naemon/nebcallbacks.h. */
const NAMES = [
  "PROCESS",
  "TIMED_EVENT",
  "LOG",
  "SYSTEM_COMMAND",
  "EVENT_HANDLER",
  "NOTIFICATION",
  "SERVICE_CHECK",
  "HOST_CHECK",
  "COMMENT",
  "DOWNTIME",
  "FLAPPING",
  "PROGRAM_STATUS",
  "HOST_STATUS",
  "SERVICE_STATUS",
  "ADAPTIVE_PROGRAM",
  "ADAPTIVE_HOST",
  "ADAPTIVE_SERVICE",
  "EXTERNAL_COMMAND",
  "AGGREGATED_STATUS",
  "RETENTION",
  "CONTACT_NOTIFICATION",
  "CONTACT_NOTIFICATION_METHOD",
  "ACKNOWLEDGEMENT",
  "STATE_CHANGE",
  "CONTACT_STATUS",
  "ADAPTIVE_CONTACT",
];

/** Number of a callback given as `NEBCALLBACK_…_DATA` or as number; `undefined` if it does not exist. */
export function callbackNumber(text: string): number | undefined {
  if (/^[0-9]{1,2}$/.test(text)) {
    const number = Number(text);
    return number < NAMES.length ? number : undefined;
  }
  const index = NAMES.findIndex((name) => text === `NEBCALLBACK_${name}_DATA`);
  return index === -1 ? undefined : index;
}
