/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Codec of the bridge protocol (docs/bridge-protocol.md, golden bytes in vectors/bridge-protocol.json). Pure: no
 * core, no socket, no log. The TypeScript side has the same tables in apps/neb-bridge/src/link/fields.ts.
 */
#ifndef MGM_FRAME_H
#define MGM_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MGM_PROTOCOL_VERSION 1u
#define MGM_FRAME_HEADER_BYTES 8u
/** Largest body either side accepts: 16 MiB. */
#define MGM_FRAME_MAX_BODY 16777216u
/** Most fields of a message, members of lists included. */
#define MGM_FRAME_MAX_FIELDS 16384u

/** Message types; 19 to 21 are reserved for notifications, perfdata and exports. */
enum mgm_msg_type {
	MGM_MSG_HELLO = 1, MGM_MSG_WELCOME, MGM_MSG_SETTINGS, MGM_MSG_STATE, MGM_MSG_FAULT, MGM_MSG_LOG,
	MGM_MSG_PING, MGM_MSG_PONG, MGM_MSG_BYE, MGM_MSG_WINDOW,
	MGM_MSG_SERVICE_CHECK = 16, MGM_MSG_HOST_CHECK, MGM_MSG_EVENT_HANDLER,
	MGM_MSG_RESULT = 32, MGM_MSG_RESULT_DONE, MGM_MSG_EVENT_DONE, MGM_MSG_EVENT_REJECTED, MGM_MSG_CHECK_LOST
};

enum mgm_bye { MGM_BYE_RELOAD = 1, MGM_BYE_SHUTDOWN, MGM_BYE_PROTOCOL, MGM_BYE_REPLACED };

/** Field ids as on the wire. */
enum mgm_id {
	MGM_ID_VERSION = 1, MGM_ID_CORE_NAME, MGM_ID_CORE_VERSION, MGM_ID_SHIM_VERSION, MGM_ID_PID,
	MGM_ID_ABI_CLASS, MGM_ID_INSTANCE, MGM_ID_MODULE_ARGS, MGM_ID_CONFIG_BASE, MGM_ID_BROKER_OPTIONS,
	MGM_ID_WINDOW, MGM_ID_HEARTBEAT_MS, MGM_ID_BRIDGE_VERSION, MGM_ID_LEVEL, MGM_ID_TEXT, MGM_ID_SEQ,
	MGM_ID_HOST_NAME, MGM_ID_SERVICE_DESCRIPTION, MGM_ID_COMMAND_LINE, MGM_ID_CORE_TIME, MGM_ID_TIMEOUT,
	MGM_ID_CHECK_OPTIONS, MGM_ID_QUEUE, MGM_ID_CHECK_TYPE, MGM_ID_RETURN_CODE, MGM_ID_EXITED_OK,
	MGM_ID_EARLY_TIMEOUT, MGM_ID_SCHEDULED_CHECK, MGM_ID_START_TIME, MGM_ID_FINISH_TIME, MGM_ID_LATENCY,
	MGM_ID_OUTPUT, MGM_ID_SOURCE, MGM_ID_RESULT_ID, MGM_ID_READY, MGM_ID_REASON,
	MGM_ID_HOSTS = 64, MGM_ID_SERVICES, MGM_ID_EVENTHANDLER, MGM_ID_DO_HOSTCHECKS,
	MGM_ID_ROUTE_EVENTHANDLER, MGM_ID_QUEUE_CUSTOM_VARIABLE, MGM_ID_HOSTGROUP, MGM_ID_SERVICEGROUP,
	MGM_ID_LOCALHOSTGROUP, MGM_ID_LOCALSERVICEGROUP, MGM_ID_CHECKS_WHEN_AWAY, MGM_ID_EVENTHANDLERS_WHEN_AWAY,
	MGM_ID_COUNT
};

#define MGM_RESULT_ID_BYTES 16u

enum mgm_kind { MGM_KIND_NONE, MGM_KIND_BYTES, MGM_KIND_LIST, MGM_KIND_ID16, MGM_KIND_U32, MGM_KIND_I64 };

enum mgm_frame_rc {
	MGM_FRAME_OK,
	MGM_FRAME_MORE,          /* not all bytes there yet */
	MGM_FRAME_TOO_LARGE,     /* the rest cannot be resynchronised: close the connection */
	MGM_FRAME_BAD_HEADER,
	MGM_FRAME_BAD_FIELD,
	MGM_FRAME_TOO_MANY_FIELDS,
	MGM_FRAME_MISSING_FIELD
};

/** Bytes inside the decoded buffer; `data` is NULL when the field is absent. Not terminated. */
struct mgm_bytes {
	const uint8_t *data;
	uint32_t size;
};

/** One decoded message; points into the caller's buffer and is valid as long as that is. */
struct mgm_message {
	uint8_t type;
	bool known;              /* false: a type of a newer peer, fields not looked at */
	uint32_t unknown_fields;
	struct mgm_bytes body;
	struct mgm_bytes field[MGM_ID_COUNT]; /* scalars, last one wins; lists: see mgm_msg_next() */
};

/** @return kind of a field, MGM_KIND_NONE for an unknown id */
enum mgm_kind mgm_field_kind(uint32_t id);
/** @return name as in the document, or NULL */
const char *mgm_field_name(uint32_t id);
/** @return "RESULT" and so on, or NULL for a type we do not know */
const char *mgm_msg_name(uint8_t type);
/** @return code of the error, e.g. "BAD_FIELD" */
const char *mgm_frame_error(enum mgm_frame_rc rc);

/**
 * Decode the frame at the start of `data`.
 *
 * @param[out] message filled for MGM_FRAME_OK only
 * @param[out] used bytes of the frame for MGM_FRAME_OK, else 0
 */
enum mgm_frame_rc mgm_frame_decode(const uint8_t *data, size_t size, struct mgm_message *message, size_t *used);

/** Value of a u32 or i64 field, or `fallback` when absent. */
uint32_t mgm_msg_u32(const struct mgm_message *message, enum mgm_id id, uint32_t fallback);
int64_t mgm_msg_i64(const struct mgm_message *message, enum mgm_id id, int64_t fallback);
/** Copy with a terminator, to be freed; NULL when absent or without memory. */
char *mgm_msg_text(const struct mgm_message *message, enum mgm_id id);
/**
 * Walk the members of a list field in order.
 *
 * @param[in,out] cursor 0 to start
 * @return false after the last one
 */
bool mgm_msg_next(const struct mgm_message *message, enum mgm_id id, size_t *cursor, struct mgm_bytes *member);

/** A frame being built. Zero it to start; free with mgm_frame_free(). */
struct mgm_frame {
	uint8_t *data;
	size_t size;
	size_t capacity;
	bool failed;             /* no memory, or larger than the cap */
};

void mgm_frame_begin(struct mgm_frame *frame, enum mgm_msg_type type);
void mgm_frame_u32(struct mgm_frame *frame, enum mgm_id id, uint32_t value);
void mgm_frame_i64(struct mgm_frame *frame, enum mgm_id id, int64_t value);
void mgm_frame_bytes(struct mgm_frame *frame, enum mgm_id id, const void *data, size_t size);
/** NULL leaves the field out. */
void mgm_frame_text(struct mgm_frame *frame, enum mgm_id id, const char *text);
/** Writes the length. @return false when the frame could not be built; it must not be sent then */
bool mgm_frame_end(struct mgm_frame *frame);
/** Renumber a finished event frame, whose first field must be `seq`. */
void mgm_frame_set_seq(uint8_t *frame, int64_t seq);
void mgm_frame_free(struct mgm_frame *frame);

#endif
