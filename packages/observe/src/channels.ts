/**
 * Names for node:diagnostics_channel: `mod-gearman:<package>:<event>`. That package publishes, any code may subscribe;
 * messages carry names, sizes and times, never keys or payloads.
 */
export const channels = {
  client: {
    connect: "mod-gearman:client:connect",
    disconnect: "mod-gearman:client:disconnect",
    submit: "mod-gearman:client:submit",
    assign: "mod-gearman:client:assign",
  },
  server: {
    connect: "mod-gearman:server:connect",
    disconnect: "mod-gearman:server:disconnect",
    queue: "mod-gearman:server:queue",
    finish: "mod-gearman:server:finish",
  },
  runner: {
    start: "mod-gearman:runner:start",
    finish: "mod-gearman:runner:finish",
  },
  bridge: {
    event: "mod-gearman:bridge:event",
    result: "mod-gearman:bridge:result",
    state: "mod-gearman:bridge:state",
  },
} as const;

type Channels = typeof channels;
export type ChannelName = { [P in keyof Channels]: Channels[P][keyof Channels[P]] }[keyof Channels];
