/** What a worker of ours and the Go worker write as source of a result, before their identifier. */
const SOURCE = /^Mod-Gearman Worker @ ([!-~]{1,200})$/;

/** Identifier of the worker that a result names as its source: proven only as far as the result is. */
export function identifierOf(source: Buffer | undefined): string | undefined {
  return SOURCE.exec(source?.toString("latin1") ?? "")?.[1];
}
