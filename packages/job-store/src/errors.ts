/**
 * CANNOT_OPEN: the store cannot be used with these settings, or is not there. IN_USE: another job server uses it.
 * MISSING_DRIVER: the package for this kind of store is not installed. UNAVAILABLE: a change was not made, or it is
 * unknown whether it was, and may be tried again. REFUSED: the store will never take this change.
 */
export type StoreErrorCode = "CANNOT_OPEN" | "IN_USE" | "MISSING_DRIVER" | "UNAVAILABLE" | "REFUSED";

/** A store failed. `message` is fit for users and contains no password and no workload. */
export class StoreError extends Error {
  override readonly name: string = "StoreError";
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, text: string, options?: ErrorOptions) {
    super(text, options);
    this.code = code;
  }
}
