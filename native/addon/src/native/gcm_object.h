#ifndef MGM_GCM_OBJECT_H
#define MGM_GCM_OBJECT_H

#include <napi.h>

#include "gcm.h"

namespace mgm
{

/** A key as an object of JavaScript. All arguments are buffers whose sizes are checked here. */
class GcmObject : public Napi::ObjectWrap<GcmObject>
{
public:
	/** @return the class, or undefined where it cannot be used */
	static Napi::Value define(Napi::Env env);

	/** Key, and offset of the text in messages. */
	explicit GcmObject(const Napi::CallbackInfo &info);

private:
	/** Nonce, associated data, message; gives whether it was done. */
	Napi::Value seal(const Napi::CallbackInfo &info);
	/** Nonce, associated data, message, text; gives whether the message is authentic. */
	Napi::Value open(const Napi::CallbackInfo &info);

	Gcm gcm_;
	size_t text_at_;
};

} // namespace mgm

#endif
