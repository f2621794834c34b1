import type * as NodeCrypto from "node:crypto";

/** `node:crypto`, loaded at first use: it takes 4 ms, which a tool that sends in clear saves. */
export function nodeCrypto(): typeof NodeCrypto {
  return process.getBuiltinModule("node:crypto");
}
