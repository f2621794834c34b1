/* A part of its own in dist: only `--spool` needs it. */
export { openSpool } from "@mod-gearman/spool";
