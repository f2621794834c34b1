import { TestkitError } from "./errors.ts";
import type { TestContext } from "./test-context.ts";

/** Tag of tests that `pnpm test:fast` excludes: those that need a build, Perl or a real server, or wait for long. */
const SLOW = "slow";

/**
 * Called first by fixtures that only slow tests may use, so that the fast run stays fast and needs no build.
 *
 * @param context of the running test; one without a task, as hooks of a suite have it, is accepted
 * @param what the fixture, for the text of the error
 * @throws TestkitError NOT_TAGGED if neither the test nor its file has the tag
 */
export function requireSlowTag(context: TestContext, what: string): void {
  if (context.task === undefined || context.task.tags?.includes(SLOW)) return;
  const how = `tag the test, { tags: "${SLOW}" }, or its file, // @module-tag ${SLOW} in the first line`;
  throw new TestkitError("NOT_TAGGED", `${what} is for slow tests only: ${how}`);
}
