import { BuiltProgram, type TestContext } from "@mod-gearman/testkit";

/** The built program; these tests are about what is shipped. */
const program = new BuiltProgram(new URL("../", import.meta.url));

/** Outcome of a run. */
export interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Resolves when it has ended. */
export async function check(context: TestContext, args: readonly string[]): Promise<Finished> {
  const { code, stdout, stderr } = await program.run(context, args);
  return { exitCode: code, stdout, stderr };
}
