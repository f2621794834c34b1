import { BadRequest } from "../core/errors.ts";
import { parseInt64 } from "../core/numbers.ts";
import type { Handler, Handlers } from "./handler.ts";

const MAX_NUMBER_CHARACTERS = 20;

const canDo: Handler = (request, { peer, queues }) => {
  request.split(0, "argument");
  if (!queues.canDo(peer, request.lastText(), 0)) throw new BadRequest("TOO_MANY_FUNCTIONS");
};

/** Milliseconds; text that is not a number means no limit. Source: job-server.md 1.2, 1.3, 2.7. */
const canDoTimeout: Handler = (request, { peer, queues }) => {
  request.split(1, "argument");
  if (request.lastLength > MAX_NUMBER_CHARACTERS) throw new BadRequest("NUMBER_TOO_LONG");
  const timeoutMs = parseInt64(request.last());
  if (timeoutMs === undefined) throw new BadRequest("NUMBER_OUT_OF_RANGE");
  if (!queues.canDo(peer, request.text(0), Number(timeoutMs))) throw new BadRequest("TOO_MANY_FUNCTIONS");
};

const cantDo: Handler = (request, { peer, queues, pursue }) => {
  request.split(0, "argument");
  pursue(queues.cantDo(peer, request.lastText()));
};

/** Requests of a worker without answer. Source: job-server.md 1.2. */
export const abilityHandlers: Handlers<"CAN_DO" | "CAN_DO_TIMEOUT" | "CANT_DO" | "RESET_ABILITIES"> = {
  CAN_DO: canDo,
  CAN_DO_TIMEOUT: canDoTimeout,
  CANT_DO: cantDo,
  RESET_ABILITIES: (_request, { peer, queues, pursue }) => pursue(queues.resetAbilities(peer)),
};
