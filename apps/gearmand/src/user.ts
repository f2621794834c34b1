/** The user cannot be switched to. `message` is fit for users. */
export class UserError extends Error {
  override readonly name: string = "UserError";
  readonly code: "NOT_ROOT" | "UNKNOWN_USER";
  constructor(code: "NOT_ROOT" | "UNKNOWN_USER", text: string, options?: ErrorOptions) {
    super(text, options);
    this.code = code;
  }
}

/** What switching needs of the process. */
export interface UserWorld {
  /** Effective user of the process; 0 for root. */
  readonly userId: number;
  /** Runs a program and gives what it prints. @throws when it fails */
  run(file: string, args: readonly string[]): string;
  setGroups(groups: readonly number[]): void;
  setGroup(group: number): void;
  setUser(user: number): void;
}

/**
 * Become `user` with its primary group and no other one.
 *
 * @throws UserError NOT_ROOT, UNKNOWN_USER
 * Source: job-server.md 4 `--user`.
 */
export function becomeUser(user: string, world: UserWorld): void {
  if (world.userId !== 0) throw new UserError("NOT_ROOT", "Must be root to switch users.");
  const [uid, gid] = ["-u", "-g"].map((what) => numberOf(what, user, world)) as [number, number];
  world.setGroups([gid]);
  world.setGroup(gid);
  world.setUser(uid);
}

/** Asks `id`, because Node cannot look users up by name. */
function numberOf(what: string, user: string, world: UserWorld): number {
  const text = `Can't find the user ${user} to switch to.`;
  try {
    const found = Number.parseInt(world.run("id", [what, "--", user]), 10);
    if (Number.isInteger(found)) return found;
  } catch (cause) {
    throw new UserError("UNKNOWN_USER", text, { cause });
  }
  throw new UserError("UNKNOWN_USER", text);
}
