#include <napi.h>

#include "engine_object.h"

namespace {

/** What `require` gives; one for each environment that loads the addon. */
class Addon : public Napi::Addon<Addon> {
public:
	Addon(Napi::Env env, Napi::Object exports)
	{
		exports.Set("Engine", mgm::EngineObject::define(env));
	}
};

} // namespace

NODE_API_ADDON(Addon)
