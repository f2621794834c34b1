import { BuiltProgram } from "@mod-gearman/testkit";

/** The built program; these tests are about what is shipped. */
export const sender: BuiltProgram = new BuiltProgram(new URL("../", import.meta.url));
