/** The part of vitest's test context which fixtures use to clean up after themselves and to skip. */
export interface TestContext {
  onTestFinished(fn: () => void | Promise<void>): void;
}

/** As {@link TestContext}, for fixtures that need something the machine may lack. */
export interface SkippableTestContext extends TestContext {
  /** Never returns: reports the test as skipped, with the reason. */
  skip(reason?: string): never;
}
