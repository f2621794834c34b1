import { codeOf, reasonOf } from "./open-file.ts";

/** Errors whose text in libuv, and thus in Node.js, differs from that of the C library. */
const C_LIBRARY: Readonly<Record<string, string>> = {
  EBUSY: "Device or resource busy",
  EEXIST: "File exists",
  EIO: "Input/output error",
  EISDIR: "Is a directory",
  ELOOP: "Too many levels of symbolic links",
  ENAMETOOLONG: "File name too long",
  ENFILE: "Too many open files in system",
  ENOMEM: "Cannot allocate memory",
  ETXTBSY: "Text file busy",
};

/**
 * The reason of an error of `node:fs` as `strerror` of the C library prints it, for texts of the originals:
 * with a capital letter and its wording.
 */
export function systemReason(error: unknown): string {
  const reason = reasonOf(error);
  return C_LIBRARY[codeOf(error)] ?? `${reason.charAt(0).toUpperCase()}${reason.slice(1)}`;
}
