// What the tests in C++ share: the stand-in's driver and NVRTC, seen as a program sees CUDA, and random numbers.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#define VN_HOST_ENGINE // the conversions of numbers alone
#include "host.h"

extern "C" {
int cuInit(unsigned);
int cuDevicePrimaryCtxRetain(void**, int);
int cuCtxSetCurrent(void*);
int cuCtxSynchronize();
int cuGetErrorName(int, const char**);
int cuMemAlloc_v2(uint64_t*, size_t);
int cuMemFree_v2(uint64_t);
int cuMemcpyHtoD_v2(uint64_t, const void*, size_t);
int cuMemcpyDtoH_v2(void*, uint64_t, size_t);
int cuMemsetD8_v2(uint64_t, unsigned char, size_t);
int cuModuleLoadData(void**, const void*);
int cuModuleGetFunction(void**, void*, const char*);
int cuFuncSetAttribute(void*, int, int);
int cuLaunchKernel(void*, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, void*, void**, void**);
int cuTensorMapEncodeTiled(void*, int, unsigned, void*, const uint64_t*, const uint64_t*, const unsigned*, const unsigned*, int, int,
                           int, int);
int nvrtcCreateProgram(void**, const char*, const char*, int, const char* const*, const char* const*);
int nvrtcCompileProgram(void*, int, const char* const*);
int nvrtcGetCUBINSize(void*, size_t*);
int nvrtcGetCUBIN(void*, char*);
int nvrtcGetProgramLogSize(void*, size_t*);
int nvrtcGetProgramLog(void*, char*);
}

// Exit codes: the kernel is found to be wrong; the test itself cannot go on.
enum { wrong = 1, broken = 2 };

[[noreturn]] inline void stop(int code, const std::string& why) {
  printf("%s\n", why.c_str());
  fflush(stdout);
  _Exit(code);
}

inline void check(int result, const char* what) {
  if (!result) return;
  const char* name = nullptr;
  cuGetErrorName(result, &name);
  // From 700 on it is the kernel that failed.
  stop(result >= 700 && result < 800 ? wrong : broken, std::string(what) + ": " + (name ? name : std::to_string(result).c_str()));
}

inline void begin() {
  check(cuInit(0), "cuInit");
  void* context;
  check(cuDevicePrimaryCtxRetain(&context, 0), "cuDevicePrimaryCtxRetain");
  check(cuCtxSetCurrent(context), "cuCtxSetCurrent");
}

// Compiles a file and loads it.
inline void* load(const char* path, const char* arch) {
  std::ifstream in(path);
  if (!in) stop(broken, std::string("cannot read ") + path);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  void* program;
  if (nvrtcCreateProgram(&program, text.c_str(), path, 0, nullptr, nullptr)) stop(broken, "nvrtcCreateProgram");
  std::string option = std::string("--gpu-architecture=") + arch;
  const char* options[] = {option.c_str()};
  if (nvrtcCompileProgram(program, 1, options)) {
    size_t n;
    nvrtcGetProgramLogSize(program, &n);
    std::string log(n, ' ');
    nvrtcGetProgramLog(program, log.data());
    stop(broken, log);
  }
  size_t n;
  nvrtcGetCUBINSize(program, &n);
  std::vector<char> cubin(n);
  nvrtcGetCUBIN(program, cubin.data());
  void* module;
  check(cuModuleLoadData(&module, cubin.data()), "cuModuleLoadData");
  return module;
}

inline void* function(void* module, const char* name, int shared = 0) {
  void* f;
  check(cuModuleGetFunction(&f, module, name), name);
  if (shared) check(cuFuncSetAttribute(f, 8, shared), "cuFuncSetAttribute");
  return f;
}

// Uniform in -1..1, xorshift64.
struct Random {
  uint64_t state = 88172645463325252ull;
  float operator()() {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return float(double(state >> 11) / 9007199254740992.0 * 2 - 1);
  }
};

inline uint64_t allocate(size_t bytes) {
  uint64_t p;
  check(cuMemAlloc_v2(&p, bytes), "cuMemAlloc");
  return p;
}
template <class T> uint64_t upload(const std::vector<T>& v) {
  uint64_t p = allocate(v.size() * sizeof(T));
  check(cuMemcpyHtoD_v2(p, v.data(), v.size() * sizeof(T)), "cuMemcpyHtoD");
  return p;
}
template <class T> std::vector<T> download(uint64_t p, size_t n) {
  std::vector<T> v(n);
  check(cuMemcpyDtoH_v2(v.data(), p, n * sizeof(T)), "cuMemcpyDtoH");
  return v;
}

// How far values are from the right ones.
struct Error {
  double difference = 0, size = 0;
  size_t nans = 0;
  void add(double got, double want) {
    if (got != got) {
      nans++;
      return;
    }
    difference += (got - want) * (got - want);
    size += want * want;
  }
  void check(const char* what, double most) const {
    double relative = std::sqrt(difference / size);
    char text[200];
    snprintf(text, sizeof text, "%s: %zu NaN, relative error %.2e, at most %.0e", what, nans, relative, most);
    if (nans || !(relative <= most)) stop(wrong, text);
    printf("%s\n", text);
  }
};

// Runs something once for each order in which the threads may run.
template <class F> void in_all_orders(F&& f) {
  if (getenv("VN_SCHED")) return f();
  for (const char* order : {"fwd", "rev", "rand:3"}) {
    setenv("VN_SCHED", order, 1);
    printf("%s ", order);
    f();
  }
}
