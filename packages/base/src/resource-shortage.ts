const SHORTAGES = new Set(["EMFILE", "ENFILE", "ENOMEM", "EAGAIN"]);

/** True for the `code` of a system error whose cause is the machine: out of descriptors, memory or processes. */
export function isResourceShortage(code: string | undefined): boolean {
  return code !== undefined && SHORTAGES.has(code);
}
