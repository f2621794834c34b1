/** The part of vitest's test context that fixtures use to clean up and to skip. */
export interface TestContext {
  onTestFinished(fn: () => void | Promise<void>): void;
  /** The test; absent in contexts outside of a test. */
  readonly task?: { readonly tags?: readonly string[] | undefined };
}

/** For fixtures that need something the machine may lack. */
export interface SkippableTestContext extends TestContext {
  /** Never returns: reports the test as skipped, with the reason. */
  skip(reason?: string): never;
}
