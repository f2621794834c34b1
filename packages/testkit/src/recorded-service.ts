/** A service manager that records what it hears. */
export class RecordedService {
  isWaiting = false;
  /** `starting TEXT`, `ready`, `reloading`, `stopping`. */
  readonly states: string[] = [];
  /** The status line of the program now. */
  status: () => string = () => "";

  starting = (status: string): void => {
    this.states.push(`starting ${status}`);
  };

  ready = (status: () => string): void => {
    this.states.push("ready");
    this.status = status;
  };

  reloading = (): void => {
    this.states.push("reloading");
  };

  stopping = (): void => {
    this.states.push("stopping");
  };
}
