import type { Plugin } from "vitest/config";

/**
 * In watch mode an edit runs the tests of its own package that it affects, so that the answer comes within seconds: an edit
 * of a basic package would otherwise run most of the repository. Key `a` runs all.
 */
export function onlyOwnPackage(): Plugin {
  return {
    name: "only-own-package",
    configureVitest({ vitest, project }) {
      if (!vitest.config.watch) return;
      const folder = `${project.config.root}/`;
      let isEdited = false;
      const look = (path: string): void => {
        isEdited ||= path.startsWith(folder);
      };
      vitest.vite.watcher.setMaxListeners(0); // one for each project
      for (const event of ["add", "change", "unlink"]) vitest.vite.watcher.prependListener(event, look);
      vitest.onFilterWatchedSpecification((specification) => specification.project !== project || isEdited);
      vitest.onTestsRerun(() => {
        isEdited = false;
      });
    },
  };
}
