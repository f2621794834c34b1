import { TestkitError } from "./errors.ts";
import type { TestContext } from "./test-context.ts";

/** Tag of tests that `pnpm test:fast` leaves out: those that need a build, Perl or a real server, or wait for long. */
const SLOW = "slow";

/**
 * Fixtures that need what only slow tests may need call this first, so that the fast run stays fast and needs no build.
 *
 * @param context of the running test; one without a task, as hooks of a suite have it, is accepted
 * @param what is used, for the text of the error
 * @throws TestkitError NOT_TAGGED when neither the test nor its file has the tag
 */
export function requireSlowTag(context: TestContext, what: string): void {
  if (context.task === undefined || context.task.tags?.includes(SLOW)) return;
  const how = `tag the test, { tags: "${SLOW}" }, or its file, // @module-tag ${SLOW} in the first line`;
  throw new TestkitError("NOT_TAGGED", `${what} is for slow tests only: ${how}`);
}
