import { dirname, join } from "node:path";

/** Root of the checkout. */
export const root: string = dirname(dirname(import.meta.dirname));

/** Built programs; a missing one means that `pnpm build` was not run. */
export const programs = {
  bridge: join(root, "apps/neb-bridge/dist/main.js"),
  enroll: join(root, "apps/enroll/dist/main.js"),
  worker: join(root, "apps/worker/dist/main.js"),
  gearmand: join(root, "apps/gearmand/dist/main.js"),
  sendGearman: join(root, "apps/send-gearman/dist/main.js"),
  sendMulti: join(root, "apps/send-multi/dist/main.js"),
  shim: join(root, "native/neb/build/mod_gearman.so"),
  testcore: join(root, "native/neb/build/mgm-testcore"),
} as const;

/** Paths inside a container; the plugins of the worker are deliberately not included. */
export const inside = {
  core: "/srv/core",
  shim: "/srv/mod-gearman/neb/mod_gearman.so",
  bridge: "/srv/mod-gearman/bridge/main.js",
  node: "/srv/mod-gearman/node/node",
} as const;
