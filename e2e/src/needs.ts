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
  const whyNot = core?.whyNot ?? (jobServer === "the real gearmand" ? whyNoGearmand() : undefined);
  if (whyNot === undefined) return;
  Object.assign(context.task.meta, { whyNot });
  context.skip(whyNot);
}
