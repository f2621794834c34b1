import { PacketType } from "@mod-gearman/protocol";
import { type Handler, type Handlers, refuse } from "./handler.ts";

const MAX_CLIENT_ID_BYTES = 127;
const EXCEPTIONS = "exceptions";

/** The name is echoed unchanged. Source: job-server.md 1.2, 1.3. */
const optionReq: Handler = (request, context) => {
  request.split(0, "argument");
  if (request.lastText().toLowerCase() !== EXCEPTIONS) {
    refuse(context, "UNKNOWN_OPTION", "Server does not recognize given option");
    return;
  }
  context.peer.exceptions = true;
  context.peer.send(PacketType.OPTION_RES, "", request.last());
};

const setClientId: Handler = (request, { peer }) => {
  request.split(0, "argument");
  peer.clientId = request.lastText().slice(0, MAX_CLIENT_ID_BYTES);
};

/** Requests about the connection itself, of clients and workers. */
export const sessionHandlers: Handlers<"ECHO_REQ" | "OPTION_REQ" | "SET_CLIENT_ID"> = {
  ECHO_REQ: (request, { peer }) => peer.send(PacketType.ECHO_RES, "", request.body()),
  OPTION_REQ: optionReq,
  SET_CLIENT_ID: setClientId,
};
