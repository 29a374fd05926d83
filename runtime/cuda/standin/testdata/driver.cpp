// Tests the driver as programs see it: driver KERNELS.cu CASE
#include <functional>
#include <map>

#include "harness.h"

extern "C" {
int cuMemGetInfo_v2(size_t*, size_t*);
int cuMemHostAlloc(void**, size_t, unsigned);
int cuMemFreeHost(void*);
int cuMemcpyHtoDAsync_v2(uint64_t, const void*, size_t, void*);
int cuMemcpyDtoHAsync_v2(void*, uint64_t, size_t, void*);
int cuMemsetD32Async(uint64_t, unsigned, size_t, void*);
int cuStreamCreate(void**, unsigned);
int cuStreamSynchronize(void*);
int cuStreamQuery(void*);
int cuStreamDestroy_v2(void*);
int cuStreamWaitEvent(void*, void*, unsigned);
int cuStreamBeginCapture_v2(void*, int);
int cuStreamEndCapture(void*, void**);
int cuGraphInstantiateWithFlags(void**, void*, unsigned long long);
int cuGraphLaunch(void*, void*);
int cuGraphDestroy(void*);
int cuGraphExecDestroy(void*);
int cuEventCreate(void**, unsigned);
int cuEventRecord(void*, void*);
int cuEventQuery(void*);
int cuEventSynchronize(void*);
int cuEventElapsedTime(float*, void*, void*);
int cuDeviceGetAttribute(int*, int, int);
int cuFuncGetAttribute(int*, int, void*);
int cuModuleUnload(void*);
}

namespace {

void* module;

void expect(int got, int want, const char* what) {
  if (got == want) return;
  const char* name = "?";
  cuGetErrorName(got, &name);
  stop(wrong, std::string(what) + ": " + name + " (" + std::to_string(got) + "), not " + std::to_string(want));
}
void require(bool ok, const char* what) {
  if (!ok) stop(wrong, what);
}

int launch(const char* name, uint64_t y, int threads = 32, int shared = 0, void* stream = nullptr, int grid = 1) {
  float v = 1;
  int n = 64;
  void* params[] = {&y, &v, &n};
  return cuLaunchKernel(function(module, name), unsigned(grid), 1, 1, unsigned(threads), 1, 1, unsigned(shared), stream, params, nullptr);
}

// A kernel that fails does so for all that follows.
void fails(const char* kernel, int with, int threads = 32, int shared = 0) {
  uint64_t y = allocate(256);
  expect(launch(kernel, y, threads, shared), 0, "launch");
  expect(cuCtxSynchronize(), with, kernel);
  expect(cuCtxSynchronize(), with, "the next call");
  float v;
  expect(cuMemcpyDtoH_v2(&v, y, 4), with, "a copy");
  expect(cuMemAlloc_v2(&y, 4), with, "an allocation");
}

void memory() {
  uint64_t y = allocate(256);
  std::vector<float> v = download<float>(y, 64);
  for (float f : v) require(std::isnan(f), "new memory is not NaN");
  expect(cuMemcpyDtoH_v2(v.data(), y + 4, 256), 1, "a copy of more than there is");
  expect(cuMemFree_v2(y + 8), 1, "free of no allocation");
  size_t available, total;
  check(cuMemGetInfo_v2(&available, &total), "cuMemGetInfo");
  require(total == 1 << 20 && available == total - 256, "cuMemGetInfo"); // VN_STANDIN_MEMORY
  uint64_t big;
  expect(cuMemAlloc_v2(&big, 1 << 20), 2, "more than there is");
  check(cuMemFree_v2(y), "cuMemFree");
  check(cuMemAlloc_v2(&big, 1 << 20), "all that there is");
}

void launches() {
  uint64_t y = upload(std::vector<float>(64, 1.f));
  expect(launch("add", y, 128), 0, "a launch");
  expect(launch("add", y, 0), 1, "no threads");
  expect(launch("add", y, 2048), 1, "too many threads");
  expect(launch("add", y, 256), 701, "more threads than the launch bounds");
  expect(launch("add", y, 128, 0, nullptr, 0), 1, "no blocks");
  expect(launch("add", y, 128, 50000), 1, "more than 48 KB of shared memory, not asked for");
  void* f = function(module, "add");
  expect(cuFuncSetAttribute(f, 8, 228 << 10), 1, "more shared memory than there is");
  check(cuFuncSetAttribute(f, 8, 227 << 10), "cuFuncSetAttribute");
  expect(launch("add", y, 128, 227 << 10), 0, "227 KB");
  expect(launch("add", y, 20), 0, "20 threads");
  void* g;
  expect(cuModuleGetFunction(&g, module, "nothing"), 500, "a function that is not there");
  expect(cuLaunchKernel((void*)&g, 1, 1, 1, 1, 1, 1, 0, nullptr, nullptr, nullptr), 400, "no function");
  std::vector<float> v = download<float>(y, 64);
  require(v[63] == 3 && v[19] == 4, "the launches did not add");
  int n;
  check(cuFuncGetAttribute(&n, 0, f), "cuFuncGetAttribute");
  require(n == 128, "launch bounds");
  check(cuModuleUnload(module), "cuModuleUnload");
  expect(cuFuncGetAttribute(&n, 0, f), 400, "a function of a module that is gone");
}

// Work of a stream is done no sooner than somebody waits for it.
void streams() {
  void *s, *other, *host, *event;
  check(cuStreamCreate(&s, 1), "cuStreamCreate");
  check(cuStreamCreate(&other, 1), "cuStreamCreate");
  check(cuMemHostAlloc(&host, 256, 0), "cuMemHostAlloc");
  check(cuEventCreate(&event, 0), "cuEventCreate");
  float* h = (float*)host;
  uint64_t y = allocate(256);
  for (int i = 0; i < 64; i++) h[i] = 1;
  check(cuMemcpyHtoDAsync_v2(y, h, 256, s), "cuMemcpyHtoDAsync");
  h[0] = 5; // too early: it is seen
  expect(launch("add", y, 64, 0, s), 0, "launch");
  check(cuEventRecord(event, s), "cuEventRecord");
  check(cuStreamWaitEvent(other, event, 0), "cuStreamWaitEvent");
  check(cuMemcpyDtoHAsync_v2(h, y, 256, other), "cuMemcpyDtoHAsync");
  require(h[1] == 1, "a copy was done before anybody waited");
  expect(cuStreamQuery(other), 600, "cuStreamQuery");
  expect(cuStreamQuery(other), 0, "cuStreamQuery, again");
  require(h[0] == 6 && h[1] == 2, "wrong order of streams");
  expect(cuEventQuery(event), 0, "cuEventQuery");

  // A stream that is not non-blocking waits for the default stream, and it for that.
  void* blocking;
  check(cuStreamCreate(&blocking, 0), "cuStreamCreate");
  check(cuMemsetD32Async(y, 0, 64, blocking), "cuMemsetD32Async");
  std::vector<float> v = download<float>(y, 64);
  require(v[0] == 0, "a synchronous copy did not wait for a blocking stream");
  for (void* q : {s, other, blocking}) check(cuStreamDestroy_v2(q), "cuStreamDestroy");
  expect(cuStreamSynchronize(s), 400, "a stream that is gone");
  check(cuMemFreeHost(host), "cuMemFreeHost");
}

void graphs() {
  void *s, *other, *graph, *exec, *event, *from, *to;
  check(cuStreamCreate(&s, 0), "cuStreamCreate");
  check(cuStreamCreate(&other, 0), "cuStreamCreate");
  for (void** e : {&event, &from, &to}) check(cuEventCreate(e, 0), "cuEventCreate");
  uint64_t y = upload(std::vector<float>(64, 0.f));
  check(cuStreamBeginCapture_v2(s, 1), "cuStreamBeginCapture");
  expect(launch("add", y, 64, 0, s), 0, "launch in a capture");
  check(cuEventRecord(event, s), "cuEventRecord");
  check(cuStreamWaitEvent(other, event, 0), "fork");
  expect(launch("add", y, 64, 0, other), 0, "launch in the other stream");
  check(cuEventRecord(event, other), "cuEventRecord");
  check(cuStreamWaitEvent(s, event, 0), "join");
  expect(cuStreamSynchronize(s), 900, "waiting in a capture");
  check(cuStreamEndCapture(s, &graph), "cuStreamEndCapture");
  check(cuGraphInstantiateWithFlags(&exec, graph, 0), "cuGraphInstantiate");
  check(cuGraphDestroy(graph), "cuGraphDestroy");
  require(download<float>(y, 64)[0] == 0, "a captured launch was run");
  check(cuEventRecord(from, s), "cuEventRecord");
  for (int i = 0; i < 3; i++) check(cuGraphLaunch(exec, s), "cuGraphLaunch");
  check(cuEventRecord(to, s), "cuEventRecord");
  check(cuGraphExecDestroy(exec), "cuGraphExecDestroy");
  float ms;
  expect(cuEventElapsedTime(&ms, from, to), 600, "events that are not done");
  check(cuEventSynchronize(to), "cuEventSynchronize");
  check(cuEventElapsedTime(&ms, from, to), "cuEventElapsedTime");
  require(ms >= 0 && download<float>(y, 64)[63] == 6, "three runs of the graph did not add");
}

void captures() {
  void *s, *other, *graph, *event;
  check(cuStreamCreate(&s, 0), "cuStreamCreate");
  check(cuStreamCreate(&other, 0), "cuStreamCreate");
  check(cuEventCreate(&event, 0), "cuEventCreate");
  uint64_t y = upload(std::vector<float>(64, 0.f));
  check(cuStreamBeginCapture_v2(s, 1), "cuStreamBeginCapture");
  check(cuEventRecord(event, s), "cuEventRecord");
  check(cuStreamWaitEvent(other, event, 0), "fork");
  expect(launch("add", y, 64, 0, other), 0, "launch in the other stream");
  expect(cuStreamEndCapture(s, &graph), 904, "a fork that was not joined");
}

void hopper() {
  int major, minor;
  check(cuDeviceGetAttribute(&major, 75, 0), "attribute");
  check(cuDeviceGetAttribute(&minor, 76, 0), "attribute");
  require(major == 9 && minor == 0, "VN_STANDIN_SM");
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 3) stop(broken, "usage: driver KERNELS.cu CASE");
  const std::map<std::string, std::function<void()>> cases = {
      {"memory", memory},
      {"launches", launches},
      {"streams", streams},
      {"graphs", graphs},
      {"captures", captures},
      {"hopper", hopper},
      {"misaligned", [] { fails("misaligned", 716); }},
      {"null", [] { fails("null", 700); }},
      {"behind", [] { fails("behind", 700); }},
      {"before", [] { fails("before", 700); }},
      {"deadlock", [] { fails("deadlock", 702, 64); }},
      {"divergent", [] { fails("divergent", 719); }},
      {"leaves", [] { fails("leaves", 719); }},
      {"shared_array", [] { fails("shared_array", 700); }},
      {"shared_dynamic", [] { fails("shared_dynamic", 700, 32, 128); }},
      {"too_much_shared", [] { fails("too_much_shared", 719); }},
  };
  auto at = cases.find(argv[2]);
  if (at == cases.end()) stop(broken, "no such case");
  if (at->first == "hopper") expect(cuInit(0), 0, "cuInit");
  else expect(cuCtxSynchronize(), 3, "a call before cuInit");
  begin();
  module = load(argv[1], at->first == "hopper" ? "sm_90" : "sm_80");
  at->second();
}
