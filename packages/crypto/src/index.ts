export { BriefSealer } from "./brief-sealer.ts";
export type { Envelope, OpeningRules, ReceiverMode } from "./envelope.ts";
export { createEnvelope } from "./envelope.ts";
export type { CryptoErrorCode } from "./errors.ts";
export { CryptoError } from "./errors.ts";
export { keyBytes, keyFromFile } from "./key.ts";
export { SealBatch } from "./seal-batch.ts";
export type { EnrolAnswer, EnrolRefusal, EnrolRequest } from "./v2/enrolment-text.ts";
export {
  ENROL_REFUSALS,
  enrolRefusalText,
  MAX_ANSWER_BYTES,
  MAX_REQUEST_BYTES,
  parseEnrolAnswer,
  parseEnrolRequest,
  printEnrolAnswer,
  printEnrolRequest,
  requestHost,
  requestId,
} from "./v2/enrolment-text.ts";
export type { Direction, EnvelopeHeader } from "./v2/header.ts";
export { directionOf, isSealedV2, OVERHEAD_BYTES, readHeader } from "./v2/header.ts";
export type { Identity } from "./v2/identity-list.ts";
export { IdentityList } from "./v2/identity-list.ts";
export type { IdentityKeys, MasterKeys } from "./v2/key-file.ts";
export {
  isIdentityName,
  issueIdentity,
  parseIdentityFile,
  parseMasterFile,
  printIdentityFile,
  printMasterFile,
} from "./v2/key-file.ts";
export type { KeyFileErrorCode } from "./v2/key-file-error.ts";
export { KeyFileError } from "./v2/key-file-error.ts";
export { BridgeKeys, OwnKeys } from "./v2/key-rings.ts";
export type { EnvelopeKey } from "./v2/key-schedule.ts";
export {
  envelopeKey,
  identityId,
  identitySecret,
  jobSecret,
  SECRET_BYTES,
  secretId,
} from "./v2/key-schedule.ts";
export type { MakeMessageCipher, MessageCipher } from "./v2/message-cipher.ts";
export type { KeySource, OpenedEnvelope, OpenerOptions, RefusedEnvelope } from "./v2/opener.ts";
export { EnvelopeOpener } from "./v2/opener.ts";
export { QUESTION_QUEUE, type QuestionKeys, questionKeys } from "./v2/question-keys.ts";
export {
  type BridgeAnswer,
  type BridgeQuestion,
  type JobForm,
  MAX_QUESTION_BYTES,
  parseBridgeAnswer,
  parseBridgeQuestion,
  printBridgeAnswer,
  printBridgeQuestion,
} from "./v2/question-text.ts";
export type { RefusalReason } from "./v2/refusal.ts";
export { REFUSAL_REASONS, refusalText } from "./v2/refusal.ts";
export { ReplayWindow } from "./v2/replay-window.ts";
export type { SealerOptions } from "./v2/sealer.ts";
export { EnvelopeSealer } from "./v2/sealer.ts";
export type { Ticket } from "./v2/ticket.ts";
export { parseTicket, printTicket, TicketError } from "./v2/ticket.ts";
export type { AgreementKey } from "./v2/ticket-keys.ts";
export { agreementKey, bridgeAgreement, TICKET_SEED_BYTES, ticketSecret } from "./v2/ticket-keys.ts";
