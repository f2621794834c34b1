import type * as NodeCrypto from "node:crypto";

/** `node:crypto`, loaded when first used: that takes 4 ms, which a tool that sends in clear need not wait for. */
export function nodeCrypto(): typeof NodeCrypto {
  return process.getBuiltinModule("node:crypto");
}
