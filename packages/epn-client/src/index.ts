export { createEpn } from "./embedded-perl.ts";
export type { Epn, EpnOptions, EpnOrder, EpnOutcome, EpnSettings, Unavailable } from "./epn.ts";
export { readHead } from "./file-head.ts";
export { type PerlFile, PerlFiles } from "./perl-files.ts";
