/* A separate file in dist, as only `--spool` needs it. */
export { SpooledJobs } from "@mod-gearman/delivery";
export { openSpool } from "@mod-gearman/spool";
