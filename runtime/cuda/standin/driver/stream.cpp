// Streams and events. Like everything that is asynchronous here, the work of a stream is done as late as allowed: when
// somebody waits for it. A program that reads a result, or writes over a source, before it has waited is found out.
// VN_STANDIN_EAGER=1 does it at once; VN_STANDIN_EAGER=nonblocking does so in streams that are not blocking, so that they
// overtake the others wherever nothing makes them wait.
#include "driver.h"

#include <cstdlib>
#include <cstring>

namespace vn {

Stream* stream_of(CUstream handle) {
  if (reinterpret_cast<uintptr_t>(handle) <= 2) return &driver().default_stream;
  auto* s = reinterpret_cast<Stream*>(handle);
  return driver().streams.count(s) ? s : nullptr;
}

bool capturing() {
  for (Stream* s : driver().streams)
    if (s->capture) return true;
  return false;
}

// Whether a stream does its work at once.
static bool eager(const Stream& s) {
  const char* which = getenv("VN_STANDIN_EAGER");
  return which && (strcmp(which, "nonblocking") != 0 || !s.blocking);
}

static void append(Stream& s, Step step) {
  // The default stream and the blocking ones wait for each other.
  if (&s == &driver().default_stream)
    finish_blocking();
  else if (s.blocking)
    finish(driver().default_stream, UINT64_MAX);
  step.number = ++driver().steps;
  s.steps.push_back(std::move(step));
  if (eager(s)) finish(s, UINT64_MAX);
}

CUresult submit(CUstream handle, Work work) {
  Stream* s = stream_of(handle);
  if (!s) return CUDA_ERROR_INVALID_HANDLE;
  if (s->capture) {
    capture(*s, std::move(work));
    return CUDA_SUCCESS;
  }
  Step step{};
  step.work = std::move(work);
  append(*s, std::move(step));
  return driver().sticky;
}

void finish(Stream& s, uint64_t until) {
  while (!s.steps.empty() && s.steps.front().number <= until) {
    Step step = std::move(s.steps.front());
    s.steps.pop_front();
    if (step.wait_for) // the record is older than the wait, so this comes to an end
      for (Stream* other : driver().streams)
        if (other != &s) finish(*other, step.wait_for);
    if (step.work && !driver().sticky) step.work();
    if (step.record && driver().events.count(step.record) && step.record->number == step.number) {
      step.record->done = true;
      step.record->milliseconds = milliseconds();
    }
  }
}

void finish_blocking() {
  for (Stream* s : driver().streams)
    if (s->blocking) finish(*s, UINT64_MAX);
  finish(driver().default_stream, UINT64_MAX);
}

void finish_all() {
  finish_blocking();
  for (Stream* s : driver().streams) finish(*s, UINT64_MAX);
}

// The stream of an event does not matter: its record has a number of its own.
static void finish_event(Event* e) {
  finish(driver().default_stream, e->number);
  for (Stream* s : driver().streams) finish(*s, e->number);
}

static Event* event_of(CUevent handle) {
  auto* e = reinterpret_cast<Event*>(handle);
  return driver().events.count(e) ? e : nullptr;
}

} // namespace vn

using namespace vn;

API CUresult cuStreamCreate(CUstream* handle, unsigned flags) {
  VN_CALL;
  if (flags > 1) return CUDA_ERROR_INVALID_VALUE;
  auto* s = new Stream;
  s->blocking = flags == 0;
  driver().streams.insert(s);
  *handle = reinterpret_cast<CUstream>(s);
  return CUDA_SUCCESS;
}
API CUresult cuStreamCreateWithPriority(CUstream* handle, unsigned flags, int) { return cuStreamCreate(handle, flags); }

API CUresult cuStreamDestroy_v2(CUstream handle) {
  VN_CALL;
  Stream* s = stream_of(handle);
  if (!s || s == &driver().default_stream) return CUDA_ERROR_INVALID_HANDLE;
  finish(*s, UINT64_MAX);
  driver().streams.erase(s);
  delete s;
  return CUDA_SUCCESS;
}

API CUresult cuStreamSynchronize(CUstream handle) {
  VN_CALL;
  Stream* s = stream_of(handle);
  if (!s) return CUDA_ERROR_INVALID_HANDLE;
  if (s->capture) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  if (s == &driver().default_stream)
    finish_blocking();
  else
    finish(*s, UINT64_MAX);
  return driver().sticky;
}

// The first question finds work not ready, and has it done.
API CUresult cuStreamQuery(CUstream handle) {
  VN_CALL;
  Stream* s = stream_of(handle);
  if (!s) return CUDA_ERROR_INVALID_HANDLE;
  if (s->capture) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  if (s->steps.empty()) return CUDA_SUCCESS;
  finish(*s, UINT64_MAX);
  return driver().sticky ? driver().sticky : CUDA_ERROR_NOT_READY;
}

API CUresult cuStreamGetFlags(CUstream handle, unsigned* flags) {
  VN_CALL;
  Stream* s = stream_of(handle);
  if (!s) return CUDA_ERROR_INVALID_HANDLE;
  *flags = s->blocking ? 0 : 1;
  return CUDA_SUCCESS;
}

API CUresult cuStreamWaitEvent(CUstream handle, CUevent event, unsigned) {
  VN_CALL;
  Stream* s = stream_of(handle);
  Event* e = event_of(event);
  if (!s || !e) return CUDA_ERROR_INVALID_HANDLE;
  if (e->capture) { // the stream joins the capture
    if (s->capture && s->capture != e->capture) return CUDA_ERROR_STREAM_CAPTURE_ISOLATION;
    s->capture = e->capture;
    s->latest.insert(e->latest.begin(), e->latest.end());
    return CUDA_SUCCESS;
  }
  if (s->capture) return CUDA_ERROR_STREAM_CAPTURE_ISOLATION;
  if (!e->recorded || e->done) return CUDA_SUCCESS;
  Step step{};
  step.wait_for = e->number;
  append(*s, std::move(step));
  return driver().sticky;
}

API CUresult cuEventCreate(CUevent* handle, unsigned) {
  VN_CALL;
  auto* e = new Event;
  driver().events.insert(e);
  *handle = reinterpret_cast<CUevent>(e);
  return CUDA_SUCCESS;
}

API CUresult cuEventDestroy_v2(CUevent handle) {
  VN_CALL;
  Event* e = event_of(handle);
  if (!e) return CUDA_ERROR_INVALID_HANDLE;
  driver().events.erase(e);
  delete e;
  return CUDA_SUCCESS;
}

API CUresult cuEventRecord(CUevent handle, CUstream stream) {
  VN_CALL;
  Stream* s = stream_of(stream);
  Event* e = event_of(handle);
  if (!s || !e) return CUDA_ERROR_INVALID_HANDLE;
  e->capture = s->capture;
  e->latest = s->latest;
  if (s->capture) return CUDA_SUCCESS;
  e->recorded = true;
  e->done = false;
  e->number = driver().steps + 1;
  Step step{};
  step.record = e;
  append(*s, std::move(step));
  return driver().sticky;
}

API CUresult cuEventSynchronize(CUevent handle) {
  VN_CALL;
  Event* e = event_of(handle);
  if (!e) return CUDA_ERROR_INVALID_HANDLE;
  if (e->capture) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  if (e->recorded && !e->done) finish_event(e);
  return driver().sticky;
}

API CUresult cuEventQuery(CUevent handle) {
  VN_CALL;
  Event* e = event_of(handle);
  if (!e) return CUDA_ERROR_INVALID_HANDLE;
  if (!e->recorded || e->done) return CUDA_SUCCESS;
  finish_event(e);
  return driver().sticky ? driver().sticky : CUDA_ERROR_NOT_READY;
}

API CUresult cuEventElapsedTime(float* ms, CUevent from, CUevent to) {
  VN_CALL;
  Event *a = event_of(from), *b = event_of(to);
  if (!a || !b || !a->recorded || !b->recorded) return CUDA_ERROR_INVALID_HANDLE;
  if (!a->done || !b->done) return CUDA_ERROR_NOT_READY;
  *ms = float(b->milliseconds - a->milliseconds);
  return CUDA_SUCCESS;
}
