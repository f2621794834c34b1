/* A separate file in dist, as only `--spool` needs it. */
export { openSpool } from "@mod-gearman/spool";
