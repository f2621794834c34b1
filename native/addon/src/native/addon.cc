#include <napi.h>

#include "engine_object.h"
#include "exit_guard.h"

namespace
{

/** The value of `require()`; one instance per environment that loads the addon. */
class Addon : public Napi::Addon<Addon>
{
public:
	Addon(Napi::Env env, Napi::Object exports)
	{
		exports.Set("Engine", mgm::EngineObject::define(env));
		exports.Set("exitAfter", Napi::Function::New(env, exit_after, "exitAfter"));
	}

private:
	static void exit_after(const Napi::CallbackInfo &info)
	{
		mgm::exit_after(info[0].As<Napi::Number>().Int64Value(), info[1].As<Napi::Number>().Int32Value());
	}
};

} // namespace

NODE_API_ADDON(Addon)
