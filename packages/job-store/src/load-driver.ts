import { StoreError } from "./errors.ts";

/**
 * A package of npm that only one kind of store needs.
 *
 * @throws StoreError MISSING_DRIVER
 */
export async function loadDriver<T>(store: string, name: string): Promise<T> {
  try {
    return (await import(name)) as T;
  } catch (error) {
    const [packageName] = name.split("/");
    const text = `--queue-type=${store} needs the package ${packageName}, which is not installed: npm install ${packageName}`;
    throw new StoreError("MISSING_DRIVER", text, { cause: error });
  }
}
