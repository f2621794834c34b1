#include <napi.h>

#include "engine_object.h"
#include "exit_guard.h"
#include "gcm_object.h"
#include "os_limits.h"
#include "service_notify.h"

namespace
{

/** The value of `require()`; one instance per environment that loads the addon. */
class Addon : public Napi::Addon<Addon>
{
public:
	Addon(Napi::Env env, Napi::Object exports)
	{
		exports.Set("Engine", mgm::EngineObject::define(env));
		exports.Set("Gcm", mgm::GcmObject::define(env));
		exports.Set("exitAfter", Napi::Function::New(env, exit_after, "exitAfter"));
		exports.Set("setKeepAlive", Napi::Function::New(env, set_keep_alive, "setKeepAlive"));
		exports.Set("setOpenFiles", Napi::Function::New(env, set_open_files, "setOpenFiles"));
		exports.Set("serviceNotify", Napi::Function::New(env, service_notify, "serviceNotify"));
		exports.Set("hideMemory", Napi::Function::New(env, hide_memory, "hideMemory"));
	}

private:
	static void exit_after(const Napi::CallbackInfo &info)
	{
		mgm::exit_after(info[0].As<Napi::Number>().Int64Value(), info[1].As<Napi::Number>().Int32Value());
	}

	/** Descriptor, idle, interval, count; gives an errno and what the socket has. */
	static Napi::Value set_keep_alive(const Napi::CallbackInfo &info)
	{
		const auto number = [&info](size_t at) { return info[at].As<Napi::Number>().Int32Value(); };
		mgm::KeepAlive wanted{ number(1), number(2), number(3) };
		const int error = mgm::set_keep_alive(number(0), wanted);
		auto result = Napi::Int32Array::New(info.Env(), 4);
		result[0] = error;
		result[1] = wanted.idle_seconds;
		result[2] = wanted.interval_seconds;
		result[3] = wanted.count;
		return result;
	}

	static Napi::Value set_open_files(const Napi::CallbackInfo &info)
	{
		const auto count = static_cast<uint64_t>(info[0].As<Napi::Number>().Int64Value());
		return Napi::Number::New(info.Env(), mgm::set_open_files(count));
	}

	/** Path of the socket and text as buffers; gives an errno. */
	static Napi::Value service_notify(const Napi::CallbackInfo &info)
	{
		const auto path = info[0].As<Napi::Buffer<char>>();
		const auto text = info[1].As<Napi::Buffer<char>>();
		const int error = mgm::service_notify(path.Data(), path.Length(), text.Data(), text.Length());
		return Napi::Number::New(info.Env(), error);
	}

	static Napi::Value hide_memory(const Napi::CallbackInfo &info)
	{
		return Napi::Number::New(info.Env(), mgm::hide_memory());
	}
};

} // namespace

NODE_API_ADDON(Addon)
