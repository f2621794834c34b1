/** Settings of this process and its sockets that Node cannot change. */
export interface SystemSettings {
  /**
   * Switches keep-alive of a TCP socket on; a value below 1 stays that of the system.
   *
   * @param fd of the socket
   * @returns what the socket has, or the name of the system's error
   */
  setKeepAlive(fd: number, wanted: KeepAlive): KeepAlive | { readonly error: string };
  /**
   * Sets the limit of open files of this process, the hard limit too if that is permitted; otherwise it is raised as far as
   * it can be.
   *
   * @returns the name of the system's error if it could not be set
   */
  setOpenFiles(count: number): string | undefined;
  /**
   * Sends a text to the service manager, without waiting. Source: sd_notify(3).
   *
   * @param socket path, or @ and the name of an abstract socket
   * @returns the name of the system's error if it could not be sent
   */
  serviceNotify(socket: string, text: string): string | undefined;
}

/** For processes that hold keys. */
export interface MemorySettings {
  /**
   * Hides the memory of this process from other processes of its user, and from core files. Programs that it starts are not
   * affected.
   *
   * @returns the name of the system's error if it could not be done
   */
  hideMemory(): string | undefined;
}

/** Times of the probes that find out whether a silent TCP peer still exists. */
export interface KeepAlive {
  /** Silence before the first probe. */
  readonly idleSeconds: number;
  readonly intervalSeconds: number;
  /** Unanswered probes until the connection counts as lost. */
  readonly count: number;
}
