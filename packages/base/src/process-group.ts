/** Signals a process group, 0 only looks. @returns false when nothing of it is left that this process may signal */
export function signalGroup(leader: number, signal: number): boolean {
  return isSignalled(-leader, signal);
}

/**
 * The same for a group whose leader has been reaped. As long as the group has members no process is given its number; so
 * a process with that number means that the group is gone, and a group with it now is another one.
 */
export function signalRest(leader: number, signal: number): boolean {
  return !exists(leader) && isSignalled(-leader, signal);
}

function isSignalled(target: number, signal: number): boolean {
  try {
    return process.kill(target, signal);
  } catch {
    return false; // ESRCH: the group is empty; EPERM: none of it is ours to signal
  }
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
