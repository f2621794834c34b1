/** A check result without its times. */
export interface CheckOutcome {
  readonly host: Buffer;
  /** Absent for a host result. */
  readonly service?: Buffer | undefined;
  /** Any 32 bit integer; the core judges it. */
  readonly returnCode: number;
  readonly output: Buffer;
}
