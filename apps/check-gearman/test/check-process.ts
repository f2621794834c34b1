import { BuiltProgram, type TestContext } from "@mod-gearman/testkit";

/** The built program; these tests are about what is shipped. */
const program = new BuiltProgram(new URL("../", import.meta.url));

/** What a run of it left. */
export interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs it to its end. */
export async function check(context: TestContext, args: readonly string[]): Promise<Finished> {
  const { code, stdout, stderr } = await program.run(context, args);
  return { exitCode: code, stdout, stderr };
}
