import { SNAPSHOT_SCHEMA } from "../src/model/schema.ts";

/** Files that follow from the sources, by their path in the repository. */
export async function generatedFiles(): Promise<{ name: string; text: string }[]> {
  return [{ name: "docs/schema/site.json", text: `${JSON.stringify(SNAPSHOT_SCHEMA, undefined, 2)}\n` }];
}
