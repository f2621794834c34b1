/** Replaces a syslog; records `level: line` of all lines, and `closed`. */
export class FakeSyslog {
  readonly addsTimeAndPid = true;
  readonly lines: string[] = [];

  write(line: string, level?: string): void {
    this.lines.push(`${level}: ${line}`);
  }

  reopen(): void {
    // there is no file
  }

  /** Asynchronous, as the real one. */
  async close(): Promise<void> {
    await Promise.resolve();
    this.lines.push("closed");
  }
}
