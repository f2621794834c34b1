import type { CheckResult } from "@mod-gearman/payload";

/** A message of the result queue. */
export type ReadResult =
  | {
      readonly kind: "result";
      readonly result: CheckResult;
      /** Sealed in version 2: by whom, and the queues that this one may have jobs of; undefined: of any. */
      readonly sealedBy?: { readonly name: string; readonly queues: readonly string[] | undefined };
    }
  /** Sealed in version 2, and the module would not take it. */
  | { readonly kind: "untaken"; readonly why: string }
  /** Sealed in version 2, although nothing was given here to open it. */
  | { readonly kind: "sealed" }
  /** Sent without encryption although a key was given. */
  | { readonly kind: "clear" }
  /** Text of another key, or encrypted although no key was given. */
  | { readonly kind: "unreadable" };
