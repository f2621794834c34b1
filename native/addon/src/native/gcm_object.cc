#include "gcm_object.h"

namespace mgm
{
namespace
{

/** Null and 0 for what is no buffer. */
Bytes bytes_of(const Napi::CallbackInfo &info, size_t at)
{
	void *data = nullptr;
	size_t size = 0;
	if (napi_get_buffer_info(info.Env(), info[at], &data, &size) != napi_ok)
		return { nullptr, 0 };
	return { static_cast<uint8_t *>(data), size };
}

const uint8_t *key_of(const Napi::CallbackInfo &info)
{
	const Bytes key = bytes_of(info, 0);
	if (key.size != Gcm::kKeyBytes)
		throw Napi::Error::New(info.Env(), "a key of 32 bytes is needed");
	return key.data;
}

} // namespace

Napi::Value GcmObject::define(Napi::Env env)
{
	if (!Gcm::is_available())
		return env.Undefined();
	return DefineClass(env, "Gcm",
	                   { InstanceMethod("seal", &GcmObject::seal), InstanceMethod("open", &GcmObject::open) });
}

GcmObject::GcmObject(const Napi::CallbackInfo &info)
	: Napi::ObjectWrap<GcmObject>(info), gcm_(key_of(info)), text_at_(info[1].As<Napi::Number>().Uint32Value())
{
	if (!gcm_.is_ready())
		throw Napi::Error::New(info.Env(), "OpenSSL does not take the key");
}

Napi::Value GcmObject::seal(const Napi::CallbackInfo &info)
{
	const Bytes nonce = bytes_of(info, 0);
	const Bytes associated = bytes_of(info, 1);
	const Bytes message = bytes_of(info, 2);
	bool is_done = false;
	if (nonce.size == Gcm::kNonceBytes && message.size >= text_at_ + Gcm::kTagBytes) {
		const size_t size = message.size - text_at_ - Gcm::kTagBytes;
		uint8_t *const text = message.data + text_at_;
		is_done = gcm_.seal(nonce.data, associated, { text, size }, text + size);
	}
	return Napi::Boolean::New(info.Env(), is_done);
}

Napi::Value GcmObject::open(const Napi::CallbackInfo &info)
{
	const Bytes nonce = bytes_of(info, 0);
	const Bytes associated = bytes_of(info, 1);
	const Bytes message = bytes_of(info, 2);
	const Bytes text = bytes_of(info, 3);
	bool is_authentic = false;
	if (nonce.size == Gcm::kNonceBytes && message.size == text_at_ + text.size + Gcm::kTagBytes) {
		uint8_t *const ciphered = message.data + text_at_;
		is_authentic = gcm_.open(nonce.data, associated, { ciphered, text.size }, ciphered + text.size, text.data);
	}
	return Napi::Boolean::New(info.Env(), is_authentic);
}

} // namespace mgm
