// The one device and its one context.
#include "driver.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>

namespace vn {

thread_local CUcontext current;

Driver& driver() {
  static auto* d = new Driver; // never destroyed: programs call the driver while they exit
  return *d;
}

CUcontext primary() {
  static int context;
  return reinterpret_cast<CUcontext>(&context);
}

double milliseconds() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Kernels are shared objects that call this library: they must find it even if it was loaded for one caller alone.
__attribute__((constructor)) static void be_found() {
  Dl_info self;
  if (dladdr(reinterpret_cast<void*>(&be_found), &self)) dlopen(self.dli_fname, RTLD_NOW | RTLD_GLOBAL | RTLD_NOLOAD);
}

} // namespace vn

using namespace vn;

API CUresult cuInit(unsigned flags) {
  if (flags) return CUDA_ERROR_INVALID_VALUE;
  std::lock_guard<std::recursive_mutex> lock(driver().lock);
  const char* sm = getenv("VN_STANDIN_SM"); // as 8.0
  if (sm) driver().sm = atoi(sm) * 10 + (strchr(sm, '.') ? atoi(strchr(sm, '.') + 1) : 0);
  driver().initialised = true;
  return driver().sticky;
}

API CUresult cuDriverGetVersion(int* version) {
  *version = 12040;
  return CUDA_SUCCESS;
}

API CUresult cuDeviceGetCount(int* n) {
  if (!driver().initialised) return CUDA_ERROR_NOT_INITIALIZED;
  *n = 1;
  return CUDA_SUCCESS;
}

API CUresult cuDeviceGet(CUdevice* device, int ordinal) {
  if (!driver().initialised) return CUDA_ERROR_NOT_INITIALIZED;
  if (ordinal) return CUDA_ERROR_INVALID_DEVICE;
  *device = 0;
  return CUDA_SUCCESS;
}

API CUresult cuDeviceGetName(char* name, int n, CUdevice) {
  snprintf(name, size_t(n), "Vn stand-in (CPU)");
  return CUDA_SUCCESS;
}

API CUresult cuDeviceGetUuid(void* uuid, CUdevice) {
  memcpy(uuid, "Vn stand-in CPU", 16);
  return CUDA_SUCCESS;
}

API CUresult cuDeviceTotalMem_v2(size_t* bytes, CUdevice) {
  *bytes = device_memory().total();
  return CUDA_SUCCESS;
}

API CUresult cuDeviceGetAttribute(int* value, int attribute, CUdevice) {
  switch (attribute) {
    case 1: *value = 1024; break;                      // threads of a block
    case 2: case 3: *value = 1024; break;              // its x and y
    case 4: *value = 64; break;                        // its z
    case 5: *value = 2147483647; break;                // blocks of a grid, x
    case 6: case 7: *value = 65535; break;             // y, z
    case 8: *value = 48 << 10; break;                  // shared memory of a block, without asking
    case 10: *value = 32; break;                       // threads of a warp
    case 12: *value = 65536; break;                    // registers of a block
    case 13: *value = 1000000; break;                  // clock, kHz
    case 16: *value = driver().sm >= 90 ? 132 : 108; break; // multiprocessors
    case 36: *value = 1000000; break;                  // clock of the memory, kHz
    case 37: *value = 5120; break;                     // width of its bus
    case 38: *value = 40 << 20; break;                 // bytes of L2
    case 39: *value = 2048; break;                     // threads of a multiprocessor
    case 41: *value = 1; break;                        // one address space
    case 75: *value = driver().sm / 10; break;         // compute capability, major
    case 76: *value = driver().sm % 10; break;         // minor
    case 81: *value = 228 << 10; break;                // shared memory of a multiprocessor
    case 97: *value = 227 << 10; break;                // of a block, if asked for
    default: *value = 0;
  }
  return CUDA_SUCCESS;
}

API CUresult cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice device) {
  if (!driver().initialised) return CUDA_ERROR_NOT_INITIALIZED;
  if (device) return CUDA_ERROR_INVALID_DEVICE;
  *context = primary();
  return CUDA_SUCCESS;
}
API CUresult cuDevicePrimaryCtxRelease_v2(CUdevice) { return CUDA_SUCCESS; }
API CUresult cuDevicePrimaryCtxSetFlags_v2(CUdevice, unsigned) { return CUDA_SUCCESS; }
API CUresult cuDevicePrimaryCtxGetState(CUdevice, unsigned* flags, int* active) {
  *flags = 0, *active = 1;
  return CUDA_SUCCESS;
}

API CUresult cuCtxCreate_v2(CUcontext* context, unsigned, CUdevice) {
  if (!driver().initialised) return CUDA_ERROR_NOT_INITIALIZED;
  *context = current = primary();
  return CUDA_SUCCESS;
}
API CUresult cuCtxDestroy_v2(CUcontext) { return CUDA_SUCCESS; }
API CUresult cuCtxSetCurrent(CUcontext context) {
  if (!driver().initialised) return CUDA_ERROR_NOT_INITIALIZED;
  current = context;
  return CUDA_SUCCESS;
}
API CUresult cuCtxGetCurrent(CUcontext* context) {
  *context = current;
  return CUDA_SUCCESS;
}
API CUresult cuCtxPushCurrent_v2(CUcontext context) {
  current = context;
  return CUDA_SUCCESS;
}
API CUresult cuCtxPopCurrent_v2(CUcontext* context) {
  *context = current;
  current = nullptr;
  return CUDA_SUCCESS;
}
API CUresult cuCtxGetDevice(CUdevice* device) {
  VN_CALL;
  *device = 0;
  return CUDA_SUCCESS;
}
API CUresult cuCtxGetApiVersion(CUcontext, unsigned* version) {
  *version = 3020;
  return CUDA_SUCCESS;
}
API CUresult cuCtxGetFlags(unsigned* flags) {
  *flags = 0;
  return CUDA_SUCCESS;
}
API CUresult cuCtxSynchronize() {
  VN_CALL;
  if (capturing()) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  finish_all();
  return driver().sticky;
}
