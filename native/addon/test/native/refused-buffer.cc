/* To be linked into the addon with -Wl,--wrap=napi_create_external_buffer: as where V8 takes no memory of others. */
#include <node_api.h>

extern "C" napi_status __wrap_napi_create_external_buffer(napi_env, size_t, void *, napi_finalize, void *, napi_value *)
{
	return napi_no_external_buffers_allowed;
}
