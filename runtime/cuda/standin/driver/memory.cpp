// Memory and copies. Asynchronous copies read and write when their stream gets to them, as on a device.
#include "driver.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace vn;

namespace {

// Whether any stream has work to do.
bool pending() {
  if (!driver().default_stream.steps.empty()) return true;
  for (Stream* s : driver().streams)
    if (!s->steps.empty()) return true;
  return false;
}

// Whether these bytes are device memory; kernels and copies of a program should not touch others.
bool on_device(CUdeviceptr p, size_t bytes, const char* call) {
  if (device_memory().holds(p, bytes)) return true;
  fprintf(stderr, "vn stand-in: %s of %zu bytes at %#llx, which is not (all) device memory\n", call, bytes, p);
  return false;
}

CUresult copy_now(void* to, const void* from, size_t bytes) {
  if (capturing()) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  finish_blocking();
  if (driver().sticky) return driver().sticky;
  memmove(to, from, bytes);
  return CUDA_SUCCESS;
}

CUresult copy_later(void* to, const void* from, size_t bytes, CUstream stream) {
  return submit(stream, [=] { memmove(to, from, bytes); });
}

template <class T> CUresult set(CUdeviceptr p, T value, size_t n, CUstream stream, bool later) {
  VN_CALL;
  if (!on_device(p, n * sizeof(T), "memset")) return CUDA_ERROR_INVALID_VALUE;
  if (p % sizeof(T)) return CUDA_ERROR_INVALID_VALUE;
  Work work = [=] {
    for (size_t i = 0; i < n; i++) reinterpret_cast<T*>(p)[i] = value;
  };
  if (later) return submit(stream, work);
  if (capturing()) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  finish_blocking();
  if (!driver().sticky) work();
  return driver().sticky;
}

void* pointer(CUdeviceptr p) { return reinterpret_cast<void*>(p); }

} // namespace

API CUresult cuMemGetInfo_v2(size_t* available, size_t* total) {
  VN_CALL;
  *available = device_memory().available();
  *total = device_memory().total();
  return CUDA_SUCCESS;
}

API CUresult cuMemAlloc_v2(CUdeviceptr* p, size_t bytes) {
  VN_CALL;
  if (!bytes) return CUDA_ERROR_INVALID_VALUE;
  *p = device_memory().allocate(bytes);
  return *p ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}

API CUresult cuMemFree_v2(CUdeviceptr p) {
  VN_CALL;
  if (!p) return CUDA_SUCCESS;
  finish_all(); // work may still use it
  if (driver().sticky) return driver().sticky;
  std::string damage = device_memory().damage();
  if (!damage.empty()) {
    fprintf(stderr, "vn stand-in: found at cuMemFree: %s\n", damage.c_str());
    if (getenv("VN_STANDIN_ABORT")) abort();
    return driver().sticky = int(Fault::address);
  }
  return device_memory().release(p) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

API CUresult cuMemGetAddressRange_v2(CUdeviceptr* begin, size_t* bytes, CUdeviceptr p) {
  VN_CALL;
  const DeviceMemory::Range* r = device_memory().find(p, 1);
  if (!r) return CUDA_ERROR_NOT_FOUND;
  if (begin) *begin = r->begin;
  if (bytes) *bytes = r->end - r->begin;
  return CUDA_SUCCESS;
}

API CUresult cuMemHostAlloc(void** p, size_t bytes, unsigned) {
  VN_CALL;
  if (!bytes) return CUDA_ERROR_INVALID_VALUE;
  *p = device_memory().allocate_host(bytes);
  return *p ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}
API CUresult cuMemAllocHost_v2(void** p, size_t bytes) { return cuMemHostAlloc(p, bytes, 0); }
API CUresult cuMemFreeHost(void* p) {
  VN_CALL;
  if (pending()) { // a device might still read or write it
    fprintf(stderr, "vn stand-in: cuMemFreeHost while work is under way\n");
    return CUDA_ERROR_INVALID_VALUE;
  }
  return device_memory().release_host(p) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

API CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void* from, size_t bytes) {
  VN_CALL;
  return on_device(to, bytes, "cuMemcpyHtoD") ? copy_now(pointer(to), from, bytes) : CUDA_ERROR_INVALID_VALUE;
}
API CUresult cuMemcpyDtoH_v2(void* to, CUdeviceptr from, size_t bytes) {
  VN_CALL;
  return on_device(from, bytes, "cuMemcpyDtoH") ? copy_now(to, pointer(from), bytes) : CUDA_ERROR_INVALID_VALUE;
}
API CUresult cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
  VN_CALL;
  if (!on_device(to, bytes, "cuMemcpyDtoD") || !on_device(from, bytes, "cuMemcpyDtoD")) return CUDA_ERROR_INVALID_VALUE;
  return copy_now(pointer(to), pointer(from), bytes);
}
API CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, size_t bytes, CUstream stream) {
  VN_CALL;
  return on_device(to, bytes, "cuMemcpyHtoDAsync") ? copy_later(pointer(to), from, bytes, stream) : CUDA_ERROR_INVALID_VALUE;
}
API CUresult cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, size_t bytes, CUstream stream) {
  VN_CALL;
  return on_device(from, bytes, "cuMemcpyDtoHAsync") ? copy_later(to, pointer(from), bytes, stream) : CUDA_ERROR_INVALID_VALUE;
}
API CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream) {
  VN_CALL;
  if (!on_device(to, bytes, "cuMemcpyDtoDAsync") || !on_device(from, bytes, "cuMemcpyDtoDAsync")) return CUDA_ERROR_INVALID_VALUE;
  return copy_later(pointer(to), pointer(from), bytes, stream);
}
// One address space: which side is the device's is seen from the pointers.
API CUresult cuMemcpy(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
  VN_CALL;
  return copy_now(pointer(to), pointer(from), bytes);
}
API CUresult cuMemcpyAsync(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream) {
  VN_CALL;
  return copy_later(pointer(to), pointer(from), bytes, stream);
}

API CUresult cuMemsetD8_v2(CUdeviceptr p, unsigned char v, size_t n) { return set(p, v, n, nullptr, false); }
API CUresult cuMemsetD16_v2(CUdeviceptr p, unsigned short v, size_t n) { return set(p, v, n, nullptr, false); }
API CUresult cuMemsetD32_v2(CUdeviceptr p, unsigned v, size_t n) { return set(p, v, n, nullptr, false); }
API CUresult cuMemsetD8Async(CUdeviceptr p, unsigned char v, size_t n, CUstream s) { return set(p, v, n, s, true); }
API CUresult cuMemsetD16Async(CUdeviceptr p, unsigned short v, size_t n, CUstream s) { return set(p, v, n, s, true); }
API CUresult cuMemsetD32Async(CUdeviceptr p, unsigned v, size_t n, CUstream s) { return set(p, v, n, s, true); }
