/** Another call changes the file, and does not end. */
export class FileLockedError extends Error {
  override readonly name: string = "FileLockedError";
  readonly code = "LOCKED";
  /** Of the lock. */
  readonly path: string;

  /** @param holder process and machine */
  constructor(path: string, holder: string) {
    super(`${path} is held by ${holder}. If no mod_gearman_enroll is at work there, remove that file`);
    this.path = path;
  }
}
