#include "engine_object.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <system_error>

namespace mgm
{
namespace
{

/** Smaller outputs are copied into one common buffer; larger ones are passed without a copy. Same value as in index.ts. */
constexpr size_t kLargeBytes = 64 * 1024;

bool is_large(const Output &output)
{
	return output.length() >= kLargeBytes;
}

void release_large(napi_env, void *bytes, void *)
{
	free(bytes);
}

} // namespace

Napi::Function EngineObject::define(Napi::Env env)
{
	return DefineClass(
		env, "Engine",
		{ InstanceMethod("setRequests", &EngineObject::set_requests), InstanceMethod("start", &EngineObject::start),
	      InstanceMethod("abortAll", &EngineObject::abort_all), InstanceMethod("close", &EngineObject::close) });
}

EngineObject::EngineObject(const Napi::CallbackInfo &info) : Napi::ObjectWrap<EngineObject>(info), env_(info.Env())
{
	set_requests(info);
	Napi::Object settings = info[1].As<Napi::Object>();
	Napi::Float64Array records = info[2].As<Napi::Float64Array>();
	Napi::Function callback = info[3].As<Napi::Function>();
	records_ = Napi::Persistent(records);
	record_ = reinterpret_cast<ResultRecord *>(records.Data());
	record_capacity_ = records.ElementLength() / kRecordNumbers;

	Engine::Options options;
	Napi::Value block = settings.Get("env");
	if (block.IsBuffer()) {
		auto bytes = block.As<Napi::Buffer<char>>();
		options.environment.assign(bytes.Data(), bytes.Length());
	} else {
		options.environment = Environment::of_this_process();
	}
	options.lanes = settings.Get("lanes").As<Napi::Number>().Uint32Value();
	options.ladder_step_ms = settings.Get("ladderStepMs").As<Napi::Number>().DoubleValue();

	napi_value name = Napi::String::New(env_, "mod_gearman_plugins");
	napi_status status =
		napi_create_threadsafe_function(env_, callback, nullptr, name, 0, 1, nullptr, nullptr, this, on_wake, &wake_);
	NAPI_THROW_IF_FAILED_VOID(env_, status);
	napi_unref_threadsafe_function(env_, wake_);
	try {
		napi_threadsafe_function wake = wake_;
		engine_ = std::make_unique<Engine>(
			std::move(options), [wake] { napi_call_threadsafe_function(wake, nullptr, napi_tsfn_nonblocking); });
	} catch (const std::exception &error) {
		napi_release_threadsafe_function(wake_, napi_tsfn_abort);
		wake_ = nullptr;
		throw Napi::Error::New(env_, error.what());
	}
	// registered after the thread-safe function: hooks run in reverse order, and the threads must stop before it is released
	napi_add_env_cleanup_hook(env_, on_environment_end, this);
}

EngineObject::~EngineObject()
{
	end();
}

void EngineObject::on_environment_end(void *self)
{
	static_cast<EngineObject *>(self)->end();
}

void EngineObject::end()
{
	if (engine_ == nullptr)
		return;
	napi_remove_env_cleanup_hook(env_, on_environment_end, this);
	engine_.reset();
	napi_release_threadsafe_function(wake_, napi_tsfn_abort);
	wake_ = nullptr;
}

/** Sets the buffer into which JavaScript writes requests; JavaScript replaces it when it needs a larger one. */
Napi::Value EngineObject::set_requests(const Napi::CallbackInfo &info)
{
	auto buffer = info[0].As<Napi::Buffer<uint8_t>>();
	requests_ = Napi::Persistent(buffer);
	request_bytes_ = buffer.Data();
	request_capacity_ = buffer.Length();
	return info.Env().Undefined();
}

/** @return 0 or an errno */
Napi::Value EngineObject::start(const Napi::CallbackInfo &info)
{
	uint32_t length = info[0].As<Napi::Number>().Uint32Value();
	int error = EINVAL;
	try {
		if (engine_ != nullptr && length <= request_capacity_ && engine_->submit(request_bytes_, length))
			error = 0;
	} catch (const std::bad_alloc &) {
		error = ENOMEM;
	}
	if (error == 0)
		count(1);
	return Napi::Number::New(info.Env(), error);
}

Napi::Value EngineObject::abort_all(const Napi::CallbackInfo &info)
{
	if (engine_ != nullptr)
		engine_->abort_all(info[0].As<Napi::Boolean>().Value());
	return info.Env().Undefined();
}

Napi::Value EngineObject::close(const Napi::CallbackInfo &info)
{
	end();
	return info.Env().Undefined();
}

/** Keeps the event loop alive while plugins run. */
void EngineObject::count(int change)
{
	if (active_ == 0 && change > 0)
		napi_ref_threadsafe_function(env_, wake_);
	active_ += change;
	if (active_ == 0 && wake_ != nullptr)
		napi_unref_threadsafe_function(env_, wake_);
}

/** Must not throw: called by Node, outside the C++ wrapper. */
void EngineObject::on_wake(napi_env env, napi_value callback, void *context, void *)
{
	if (env == nullptr || callback == nullptr)
		return;
	try {
		static_cast<EngineObject *>(context)->hand_over(env, Napi::Function(env, callback));
	} catch (const Napi::Error &error) {
		error.ThrowAsJavaScriptException();
	}
}

void EngineObject::hand_over(Napi::Env env, Napi::Function callback)
{
	for (bool more = true; more && engine_ != nullptr;) {
		Napi::HandleScope scope(env);
		results_.clear();
		more = engine_->take(results_, record_capacity_);
		if (results_.empty())
			return;
		auto [small, large] = outputs(env);
		int ended = 0;
		ResultRecord *record = record_;
		for (const Result &result : results_) {
			ended += (static_cast<uint32_t>(result.record.flags) & (kLingers | kUnkillable)) == 0;
			*record++ = result.record;
		}
		Napi::Number number = Napi::Number::New(env, static_cast<double>(results_.size()));
		count(-ended);
		napi_value arguments[] = { number, small, large };
		napi_value ignored;
		if (napi_call_function(env, env.Undefined(), callback, 3, arguments, &ignored) != napi_ok) {
			// the callback threw, reported as an uncaught exception; the rest follows if the process survives it
			if (more && wake_ != nullptr)
				napi_call_threadsafe_function(wake_, nullptr, napi_tsfn_nonblocking);
			return;
		}
	}
}

/** Outputs of `results_`. Output for which memory is short is counted as truncated. */
std::pair<Napi::Value, Napi::Value> EngineObject::outputs(Napi::Env env)
{
	try {
		Napi::Value small = small_outputs(env);
		return { small, large_outputs(env) };
	} catch (const Napi::Error &) {
		for (Result &result : results_) {
			ResultRecord &record = result.record;
			record.truncated_bytes += record.stdout_bytes + record.stderr_bytes;
			record.stdout_bytes = 0;
			record.stderr_bytes = 0;
		}
		return { env.Undefined(), env.Undefined() };
	}
}

Napi::Value EngineObject::small_outputs(Napi::Env env)
{
	size_t total = 0;
	for (const Result &result : results_)
		for (const Output *output : { &result.out, &result.err })
			total += is_large(*output) ? 0 : output->length();
	if (total == 0)
		return env.Undefined();
	auto buffer = Napi::Buffer<char>::New(env, total);
	char *at = buffer.Data();
	for (const Result &result : results_) {
		for (const Output *output : { &result.out, &result.err }) {
			if (is_large(*output) || output->length() == 0)
				continue;
			memcpy(at, output->bytes(), output->length());
			at += output->length();
		}
	}
	return buffer;
}

/** Transfers ownership to JavaScript; a copy where V8 refuses external memory. */
Napi::Value EngineObject::large_output(Napi::Env env, Output &output)
{
	const size_t length = output.length();
	std::unique_ptr<char, decltype(&free)> bytes(output.take(), free);
	napi_value buffer;
	if (napi_create_external_buffer(env, length, bytes.get(), release_large, nullptr, &buffer) != napi_ok)
		return Napi::Buffer<char>::Copy(env, bytes.get(), length);
	bytes.release();
	return Napi::Value(env, buffer);
}

Napi::Value EngineObject::large_outputs(Napi::Env env)
{
	Napi::Array list;
	for (Result &result : results_) {
		for (Output *output : { &result.out, &result.err }) {
			if (!is_large(*output))
				continue;
			if (list.IsEmpty())
				list = Napi::Array::New(env);
			list.Set(list.Length(), large_output(env, *output));
		}
	}
	return list.IsEmpty() ? env.Undefined() : Napi::Value(list);
}

} // namespace mgm
