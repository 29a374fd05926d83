// Modules and launches. A module is a shared object that the stand-in NVRTC made of emitted kernels.
#include "driver.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <unistd.h>

namespace vn {

struct Module {
  void* object;
  std::string path;
  std::map<std::string, Function*> functions;
};

struct Function {
  std::string name;
  void (*kernel)(void**);
  const unsigned* params; // bytes of each; 0 at the end
  int most_threads;
  int most_shared = 48 << 10; // dynamic; more must be asked for
  bool live = true;
};

namespace {

// The bytes of an ELF file, of which the table of sections is the end; 0: it is none for this machine.
size_t elf_bytes(const void* image) {
  auto* p = static_cast<const unsigned char*>(image);
  if (memcmp(p, "\177ELF", 4) != 0) return 0;
  uint64_t sections;
  uint16_t entry, count;
  memcpy(&sections, p + 0x28, 8);
  memcpy(&entry, p + 0x3a, 2);
  memcpy(&count, p + 0x3c, 2);
  return sections + size_t(entry) * count;
}

bool made_for_gpu(const void* image) {
  uint16_t machine;
  memcpy(&machine, static_cast<const unsigned char*>(image) + 0x12, 2);
  return machine == 190; // EM_CUDA
}

// Each module has a path of its own: dlopen takes the same path for the same module.
std::string write_image(const void* image, size_t bytes) {
  const char* dir = getenv("TMPDIR");
  static std::atomic<int> number{0};
  std::string path = std::string(dir ? dir : "/tmp") + "/vn-module-" + std::to_string(getpid()) + "-" + std::to_string(++number) + ".so";
  FILE* f = fopen(path.c_str(), "wb");
  if (!f) return "";
  bool ok = fwrite(image, 1, bytes, f) == bytes;
  ok = fclose(f) == 0 && ok;
  return ok ? path : "";
}

// A cubin runs on devices of its major version, from its minor version on; one for sm_90a on 9.0 alone.
bool runs_here(void* object) {
  auto arch = reinterpret_cast<int (*)()>(dlsym(object, "vn_standin_arch"));
  int made_for = arch ? arch() : 0;
  return made_for == 0 || (made_for / 10 == driver().sm / 10 && made_for % 10 <= driver().sm % 10);
}

bool known(CUfunction handle) { return driver().functions.count(reinterpret_cast<Function*>(handle)) != 0; }

// The bytes of a parameter, aligned as a tensor map must be.
struct alignas(64) Line {
  char bytes[64];
};
using Param = std::vector<Line>;

void launch_now(Function* f, const unsigned (&g)[6], unsigned shared, std::vector<Param>& params) {
  std::vector<void*> pointers;
  for (Param& p : params) pointers.push_back(p.data());
  Launch launch;
  launch.name = f->name.c_str();
  launch.kernel = f->kernel;
  launch.params = pointers.data();
  launch.grid = {g[0], g[1], g[2]};
  launch.size = {g[3], g[4], g[5]};
  launch.shared = shared;
  launch.schedule = Schedule::from_environment();
  double start = milliseconds();
  Fault fault = run(launch);
  if (fault == Fault::none) {
    std::string damage = device_memory().damage();
    if (!damage.empty()) {
      fprintf(stderr, "vn stand-in: kernel %s: %s\n", launch.name, damage.c_str());
      if (getenv("VN_STANDIN_ABORT")) abort();
      fault = Fault::address;
    }
  }
  driver().sticky = CUresult(fault);
  if (getenv("VN_STANDIN_TRACE")) {
    const Counters& c = launch.counters;
    fprintf(stderr,
            "vn stand-in: %s grid %u,%u,%u block %u,%u,%u shared %u: %.2f ms; mma %llu, %.3f GFLOP; ldmatrix %llu, %.2f waves "
            "each; %llu bytes copied asynchronously; %llu barrier arrivals; %llu switches\n",
            launch.name, g[0], g[1], g[2], g[3], g[4], g[5], shared, milliseconds() - start, (unsigned long long)c.mma,
            double(c.mma_flops) / 1e9, (unsigned long long)c.ldmatrix, c.ldmatrix ? double(c.ldmatrix_waves) / double(c.ldmatrix) : 0,
            (unsigned long long)c.async_bytes, (unsigned long long)c.barriers, (unsigned long long)c.switches);
  }
}

} // namespace
} // namespace vn

using namespace vn;

API CUresult cuModuleLoadData(CUmodule* handle, const void* image) {
  VN_CALL;
  size_t bytes = elf_bytes(image);
  if (!bytes) return CUDA_ERROR_INVALID_IMAGE;
  if (made_for_gpu(image)) {
    fprintf(stderr, "vn stand-in: this cubin is for a GPU; compile with the stand-in's libnvrtc\n");
    return CUDA_ERROR_NO_BINARY_FOR_GPU;
  }
  std::string path = write_image(image, bytes);
  if (path.empty()) return CUDA_ERROR_OUT_OF_MEMORY;
  void* object = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!object) fprintf(stderr, "vn stand-in: %s\n", dlerror());
#if !defined(__SANITIZE_ADDRESS__) // which reads it again for the lines of a report
  unlink(path.c_str());
#endif
  if (!object) return CUDA_ERROR_INVALID_IMAGE;
  if (!runs_here(object)) {
    dlclose(object);
    return CUDA_ERROR_NO_BINARY_FOR_GPU;
  }
  auto* m = new Module{object, path, {}};
  driver().modules.insert(m);
  *handle = reinterpret_cast<CUmodule>(m);
  return CUDA_SUCCESS;
}
API CUresult cuModuleLoadDataEx(CUmodule* handle, const void* image, unsigned, void*, void**) {
  return cuModuleLoadData(handle, image);
}
API CUresult cuModuleLoadFatBinary(CUmodule* handle, const void* image) { return cuModuleLoadData(handle, image); }

API CUresult cuModuleLoad(CUmodule* handle, const char* path) {
  FILE* f = fopen(path, "rb");
  if (!f) return CUDA_ERROR_FILE_NOT_FOUND;
  std::string image;
  char piece[4096];
  while (size_t n = fread(piece, 1, sizeof piece, f)) image.append(piece, n);
  fclose(f);
  if (image.size() < 64) return CUDA_ERROR_INVALID_IMAGE;
  return cuModuleLoadData(handle, image.data());
}

API CUresult cuModuleUnload(CUmodule handle) {
  VN_CALL;
  auto* m = reinterpret_cast<Module*>(handle);
  if (!driver().modules.count(m)) return CUDA_ERROR_INVALID_HANDLE;
  finish_all();
  driver().modules.erase(m);
  for (auto& [name, f] : m->functions) {
    driver().functions.erase(f);
    delete f;
  }
  dlclose(m->object);
#if defined(__SANITIZE_ADDRESS__)
  unlink(m->path.c_str());
#endif
  delete m;
  return CUDA_SUCCESS;
}

API CUresult cuModuleGetFunction(CUfunction* handle, CUmodule module, const char* name) {
  VN_CALL;
  auto* m = reinterpret_cast<Module*>(module);
  if (!driver().modules.count(m)) return CUDA_ERROR_INVALID_HANDLE;
  Function*& f = m->functions[name];
  if (!f) {
    auto symbol = [&](const char* prefix) { return dlsym(m->object, (std::string(prefix) + name).c_str()); };
    void* kernel = symbol("vn_thunk_");
    if (!kernel) {
      m->functions.erase(name);
      return CUDA_ERROR_NOT_FOUND;
    }
    int bound = int(*static_cast<const unsigned*>(symbol("vn_bound_")));
    f = new Function{name, reinterpret_cast<void (*)(void**)>(kernel), static_cast<const unsigned*>(symbol("vn_params_")),
                     bound ? bound : 1024};
    driver().functions.insert(f);
  }
  *handle = reinterpret_cast<CUfunction>(f);
  return CUDA_SUCCESS;
}

API CUresult cuFuncSetAttribute(CUfunction handle, int attribute, int value) {
  VN_CALL;
  if (!known(handle)) return CUDA_ERROR_INVALID_HANDLE;
  if (attribute != 8) return CUDA_SUCCESS; // 8: most dynamic shared memory
  if (value < 0 || value > 227 << 10) return CUDA_ERROR_INVALID_VALUE;
  reinterpret_cast<Function*>(handle)->most_shared = value;
  return CUDA_SUCCESS;
}

API CUresult cuFuncGetAttribute(int* value, int attribute, CUfunction handle) {
  VN_CALL;
  if (!known(handle)) return CUDA_ERROR_INVALID_HANDLE;
  auto* f = reinterpret_cast<Function*>(handle);
  switch (attribute) {
    case 0: *value = f->most_threads; break;
    case 5: case 6: *value = driver().sm; break; // of PTX, of the binary
    case 8: *value = f->most_shared; break;
    default: *value = 0;
  }
  return CUDA_SUCCESS;
}

API CUresult cuFuncSetCacheConfig(CUfunction, int) { return CUDA_SUCCESS; }

API CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, CUfunction, int threads, size_t shared) {
  VN_CALL;
  if (threads < 1) return CUDA_ERROR_INVALID_VALUE;
  int by_threads = 2048 / threads, by_shared = int((228 << 10) / (shared + 1024));
  *blocks = by_threads < by_shared ? by_threads : by_shared;
  return CUDA_SUCCESS;
}

API CUresult cuLaunchKernel(CUfunction handle, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                            unsigned shared, CUstream stream, void** params, void** extra) {
  VN_CALL;
  if (!known(handle)) return CUDA_ERROR_INVALID_HANDLE;
  auto* f = reinterpret_cast<Function*>(handle);
  if (extra) return CUDA_ERROR_NOT_SUPPORTED;
  if (!gx || !gy || !gz || gx > 2147483647u || gy > 65535 || gz > 65535) return CUDA_ERROR_INVALID_VALUE;
  if (!bx || !by || !bz || bx > 1024 || by > 1024 || bz > 64 || bx * by * bz > 1024) return CUDA_ERROR_INVALID_VALUE;
  if (int(bx * by * bz) > f->most_threads) return CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES;
  if (int(shared) > f->most_shared) return CUDA_ERROR_INVALID_VALUE;
  const unsigned g[6] = {gx, gy, gz, bx, by, bz};
  // Parameters are copied now: the caller may use their memory again.
  std::vector<Param> copies;
  for (int i = 0; f->params[i]; i++) {
    copies.emplace_back((f->params[i] + 63) / 64);
    memcpy(copies.back().data(), params[i], f->params[i]);
  }
  return submit(stream, [=]() mutable { launch_now(f, g, shared, copies); });
}
