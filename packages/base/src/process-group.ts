/** Signals a process group; 0 only tests. @returns false if no process of it is left that this process may signal */
export function signalGroup(leader: number, signal: number): boolean {
  return isSignalled(-leader, signal);
}

/**
 * As {@link signalGroup}, for a group whose leader has been reaped. While the group has members no process
 * gets its number; so if a process has that number, the group is gone, and a group with it is another one.
 */
export function signalRest(leader: number, signal: number): boolean {
  return !exists(leader) && isSignalled(-leader, signal);
}

function isSignalled(target: number, signal: number): boolean {
  try {
    return process.kill(target, signal);
  } catch {
    return false; // ESRCH: the group is empty; EPERM: this process may signal none of it
  }
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
