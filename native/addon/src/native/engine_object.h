#pragma once

#include <napi.h>

#include <memory>
#include <utility>

#include "engine.h"

namespace mgm
{

/**
 * JavaScript wrapper of an engine. It owns all state; the engine ends with `close`, with its environment (process or
 * worker thread) or with garbage collection of the object, whichever comes first.
 */
class EngineObject : public Napi::ObjectWrap<EngineObject>
{
public:
	static Napi::Function define(Napi::Env env);

	/** `(requests: Buffer, options, records: Float64Array, onResults)`, see index.ts. */
	explicit EngineObject(const Napi::CallbackInfo &info);
	~EngineObject() override;

private:
	Napi::Value set_requests(const Napi::CallbackInfo &info);
	Napi::Value start(const Napi::CallbackInfo &info);
	Napi::Value abort_all(const Napi::CallbackInfo &info);
	Napi::Value close(const Napi::CallbackInfo &info);

	static void on_wake(napi_env env, napi_value callback, void *context, void *data);
	static void on_environment_end(void *self);
	void hand_over(Napi::Env env, Napi::Function callback);
	std::pair<Napi::Value, Napi::Value> outputs(Napi::Env env);
	Napi::Value small_outputs(Napi::Env env);
	Napi::Value large_output(Napi::Env env, Output &output);
	Napi::Value large_outputs(Napi::Env env);
	void count(int change);
	void end();

	Napi::Env env_;
	std::unique_ptr<Engine> engine_;
	napi_threadsafe_function wake_ = nullptr;
	Napi::Reference<Napi::Buffer<uint8_t>> requests_;
	const uint8_t *request_bytes_ = nullptr;
	size_t request_capacity_ = 0;
	Napi::Reference<Napi::Float64Array> records_;
	ResultRecord *record_ = nullptr;
	size_t record_capacity_ = 0;
	Results results_;
	/** Runs without a result plus those that linger. */
	int active_ = 0;
};

} // namespace mgm
