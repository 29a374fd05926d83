// What the files of the stand-in driver share. The types are those of cuda.h, under the names of their meaning: the ABI
// is fixed, and no header of CUDA is needed.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "global.h"
#include "launch.h"

#define API extern "C" __attribute__((visibility("default")))

typedef int CUresult;
typedef int CUdevice;
typedef unsigned long long CUdeviceptr;
typedef struct CUctx_st* CUcontext;
typedef struct CUmod_st* CUmodule;
typedef struct CUfunc_st* CUfunction;
typedef struct CUstream_st* CUstream;
typedef struct CUevent_st* CUevent;
typedef struct CUgraph_st* CUgraph;
typedef struct CUgraphExec_st* CUgraphExec;

enum {
  CUDA_SUCCESS = 0,
  CUDA_ERROR_INVALID_VALUE = 1,
  CUDA_ERROR_OUT_OF_MEMORY = 2,
  CUDA_ERROR_NOT_INITIALIZED = 3,
  CUDA_ERROR_INVALID_DEVICE = 101,
  CUDA_ERROR_INVALID_IMAGE = 200,
  CUDA_ERROR_INVALID_CONTEXT = 201,
  CUDA_ERROR_NO_BINARY_FOR_GPU = 209,
  CUDA_ERROR_FILE_NOT_FOUND = 301,
  CUDA_ERROR_INVALID_HANDLE = 400,
  CUDA_ERROR_NOT_FOUND = 500,
  CUDA_ERROR_NOT_READY = 600,
  CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES = 701,
  CUDA_ERROR_NOT_SUPPORTED = 801,
  CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED = 900,
  CUDA_ERROR_STREAM_CAPTURE_INVALIDATED = 901,
  CUDA_ERROR_STREAM_CAPTURE_UNJOINED = 904,
  CUDA_ERROR_STREAM_CAPTURE_ISOLATION = 905,
};

namespace vn {

// Work of a stream. It owns all that it needs, since it is done later.
using Work = std::function<void()>;

struct Event;

// A step of a stream: work, or the record of an event, or a wait for one.
struct Step {
  uint64_t number; // of all steps of all streams
  Work work;
  Event* record = nullptr;
  uint64_t wait_for = 0; // the number of the record
};

// Work and what it must come after: earlier nodes.
struct Node {
  Work work;
  std::set<size_t> after;
};

struct Graph {
  std::vector<Node> nodes; // in the order of issue
};

struct Stream {
  bool blocking = true; // waits for the default stream, and it for this one
  std::deque<Step> steps;
  Graph* capture = nullptr;
  bool origin = false;     // of its capture
  std::set<size_t> latest; // nodes that the next one of this stream comes after
};

struct Event {
  bool recorded = false;
  uint64_t number = 0; // of the last record
  bool done = false;
  double milliseconds = 0;
  Graph* capture = nullptr; // recorded in a capture
  std::set<size_t> latest;  // nodes of it
};

struct Function;
struct Module;

// The state of the driver, under one lock.
struct Driver {
  std::recursive_mutex lock;
  bool initialised = false;
  CUresult sticky = CUDA_SUCCESS; // what every call returns after a kernel has failed
  int sm = 80;
  uint64_t steps = 0;
  Stream default_stream;
  std::set<Stream*> streams;
  std::set<Event*> events;
  std::set<Module*> modules;
  std::set<Function*> functions;
  std::set<Graph*> graphs, executables;
};
Driver& driver();

// The context that is current to the calling thread. There is but one context.
extern thread_local CUcontext current;
CUcontext primary();

// A call of the API: takes the lock, and says whether the call may go on.
class Call {
 public:
  Call() : lock_(driver().lock) {
    status = !driver().initialised ? CUDA_ERROR_NOT_INITIALIZED : driver().sticky ? driver().sticky
           : !current ? CUDA_ERROR_INVALID_CONTEXT : CUDA_SUCCESS;
  }
  CUresult status;

 private:
  std::lock_guard<std::recursive_mutex> lock_;
};
// Begins a function of the API that needs a context.
#define VN_CALL    \
  vn::Call call;   \
  if (call.status) return call.status

// The stream of a handle; null: there is no such stream.
Stream* stream_of(CUstream handle);
// Has work done in a stream, or captured.
CUresult submit(CUstream handle, Work work);
// Adds work to the capture that a stream takes part in.
void capture(Stream& s, Work work);
// Does the steps of a stream up to a number; then of all.
void finish(Stream& s, uint64_t until);
void finish_all();
// What a synchronous call waits for: the default stream and those that are not non-blocking.
void finish_blocking();
// Whether any capture is under way: calls that wait are not allowed then.
bool capturing();

double milliseconds();

} // namespace vn
