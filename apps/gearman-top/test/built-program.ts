import { BuiltProgram, FakeJobServer, type FakeScript, type TestContext } from "@mod-gearman/testkit";

/** The built program; these tests are about what is shipped. */
export const top: BuiltProgram = new BuiltProgram(new URL("../", import.meta.url));

/** A scripted admin port on loopback, closed when the test ends. */
export async function listening(context: TestContext, script: FakeScript) {
  const server = new FakeJobServer(script);
  const { host, port } = await server.listen();
  context.onTestFinished(() => server.close());
  return { server, address: `${host}:${port}`, port };
}

/** Replaces the times in a text. */
export function timeless(text: string): string {
  return text.replace(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d /gm, "<time> ");
}
