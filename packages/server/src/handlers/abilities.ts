import { BadRequest } from "../errors.ts";
import { parseInt64 } from "../numbers.ts";
import type { Handler, Handlers } from "./handler.ts";

const MAX_NUMBER_CHARACTERS = 20;

const canDo: Handler<"CAN_DO"> = (packet, { peer, queues }) =>
  queues.canDo(peer, packet.function.toString("latin1"), 0);

/** Milliseconds; text that is no number means none. Source: job-server.md 1.2, 1.3, 2.7. */
const canDoTimeout: Handler<"CAN_DO_TIMEOUT"> = (packet, { peer, queues }) => {
  if (packet.timeout.length > MAX_NUMBER_CHARACTERS) throw new BadRequest("NUMBER_TOO_LONG");
  const timeoutMs = parseInt64(packet.timeout);
  if (timeoutMs === undefined) throw new BadRequest("NUMBER_OUT_OF_RANGE");
  queues.canDo(peer, packet.function.toString("latin1"), Number(timeoutMs));
};

/** What a worker says about itself; none of it is answered. Source: job-server.md 1.2. */
export const abilityHandlers: Handlers<"CAN_DO" | "CAN_DO_TIMEOUT" | "CANT_DO" | "RESET_ABILITIES"> = {
  CAN_DO: canDo,
  CAN_DO_TIMEOUT: canDoTimeout,
  CANT_DO: (packet, { peer, queues }) => queues.cantDo(peer, packet.function.toString("latin1")),
  RESET_ABILITIES: (_packet, { peer, queues }) => queues.resetAbilities(peer),
};
