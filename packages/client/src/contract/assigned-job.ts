/**
 * A job that a server assigned to this worker. Exactly one of `complete`, `fail` and `abandon` must be called, also
 * after the connection was lost: until then the job counts against the capacity. Further calls do nothing. The
 * buffers are copies that the receiver owns.
 */
export interface AssignedJob {
  readonly handle: Buffer;
  readonly function: Buffer;
  /** Empty if the job has none or the server did not send it. */
  readonly unique: Buffer;
  readonly data: Buffer;
  /** The connection ended: the server assigns the job to another worker, so no answer is sent. */
  readonly connectionLost: boolean;
  /** Reports success, with data for foreground clients. */
  complete(data?: Buffer): void;
  /** Reports failure. The server then drops a background job: not to be used for a job that was not executed. */
  fail(): void;
  /** Sends no answer. The server assigns the job to another worker once this connection is closed. */
  abandon(): void;
}

/** A job that can report progress. Nothing is sent once it has ended or its connection is lost. */
export interface RunningJob extends AssignedJob {
  /** Sends a part of the data for foreground clients. @throws ClientError UNSUPPORTED */
  sendData(part: Buffer): void;
  sendWarning(text: Buffer): void;
  /** Progress, two numbers in decimal digits. @throws ClientError UNSUPPORTED, BAD_ARGUMENT for a NUL */
  sendStatus(numerator: Buffer, denominator: Buffer): void;
}
