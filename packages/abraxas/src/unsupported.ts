import { ClientError } from "@mod-gearman/client";

/** UNSUPPORTED: `what` is something abraxas cannot do. */
export function unsupported(what: string): ClientError {
  return new ClientError("UNSUPPORTED", `abraxas does not support ${what}`);
}
