/** The part of vitest's test context which fixtures use to clean up after themselves and to skip. */
export interface TestContext {
  onTestFinished(fn: () => void | Promise<void>): void;
  /** The test; absent in contexts that are no test's. */
  readonly task?: { readonly tags?: readonly string[] | undefined };
}

/** As {@link TestContext}, for fixtures that need something the machine may lack. */
export interface SkippableTestContext extends TestContext {
  /** Never returns: reports the test as skipped, with the reason. */
  skip(reason?: string): never;
}
