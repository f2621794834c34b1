import type { TestContext } from "vitest";

import { whyNoGearmand } from "./capabilities.ts";
import type { CoreUnderTest } from "./cores.ts";
import type { JobServerKind } from "./job-servers.ts";

/** What a test requires on the machine. */
export interface Needs {
  readonly core?: CoreUnderTest;
  readonly jobServer?: JobServerKind;
}

/** Skips the test if something is missing; the reason is reported (`meta.whyNot`). */
export function needs(context: TestContext, { core, jobServer }: Needs): void {
  skipWithout(context, core?.whyNot ?? (jobServer === "the real gearmand" ? whyNoGearmand() : undefined));
}

/** Skips the test for a reason, if there is one. */
export function skipWithout(context: TestContext, whyNot: string | undefined): void {
  if (whyNot === undefined) return;
  Object.assign(context.task.meta, { whyNot });
  context.skip(whyNot);
}
