/** Signals a process group, 0 only looks. @returns false when nothing of it is left that this process may signal */
export function signalGroup(leader: number, signal: number): boolean {
  try {
    return process.kill(-leader, signal);
  } catch {
    return false; // ESRCH: the group is empty; EPERM: none of it is ours to signal
  }
}
