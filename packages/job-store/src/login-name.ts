import { userInfo } from "node:os";

/**
 * The user that the client libraries of PostgreSQL and MySQL take where none is named: that of the process, not
 * that of the variable USER. @returns undefined if the user id has no name
 */
export function loginName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
