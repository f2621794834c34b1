import type { EventIntake } from "./event-intake.ts";
import type { CoreLink } from "./link/core-link.ts";

/** The core that is connected. */
export interface Attached {
  readonly link: CoreLink;
  readonly corePid: number;
  readonly intake: EventIntake;
  /** Limit of unanswered results. */
  window: number;
  /** The settings have been sent. */
  serving: boolean;
}
