#include "global.h"

#include <cstdlib>
#include <cstring>

namespace vn {

namespace {
#if defined(__SANITIZE_ADDRESS__)
constexpr size_t guard = 0; // the sanitizer has its own, and sees reads too
#else
constexpr size_t guard = 512;
#endif
constexpr size_t alignment = 512; // at least what cuMemAlloc gives

void* block_of(uintptr_t p) { return reinterpret_cast<void*>(p - guard); }

size_t padded(size_t bytes) { return guard == 0 ? bytes : (bytes + alignment - 1) / alignment * alignment; }
} // namespace

uintptr_t DeviceMemory::allocate(size_t bytes) {
  if (bytes > available()) return 0;
  void* block;
  if (posix_memalign(&block, alignment, padded(bytes) + 2 * guard) != 0) return 0;
  uintptr_t p = reinterpret_cast<uintptr_t>(block) + guard;
  auto* begin = reinterpret_cast<unsigned char*>(p);
  for (size_t i = 1; i <= guard; i++) begin[-ptrdiff_t(i)] = guard_byte(p - i);
  for (size_t i = bytes; i < padded(bytes) + guard; i++) begin[i] = guard_byte(p + i);
  memset(begin, 0xff, bytes);
  ranges_[p] = {p, p + bytes};
  used_ += bytes;
  return p;
}

bool DeviceMemory::release(uintptr_t p) {
  auto at = ranges_.find(p);
  if (at == ranges_.end()) return false;
  used_ -= at->second.end - at->second.begin;
  ranges_.erase(at);
  free(block_of(p));
  return true;
}

void* DeviceMemory::allocate_host(size_t bytes) {
  void* p;
  if (posix_memalign(&p, 4096, bytes) != 0) return nullptr;
  memset(p, 0xff, bytes);
  uintptr_t begin = reinterpret_cast<uintptr_t>(p);
  host_[begin] = {begin, begin + bytes};
  return p;
}

bool DeviceMemory::release_host(void* p) {
  if (host_.erase(reinterpret_cast<uintptr_t>(p)) == 0) return false;
  free(p);
  return true;
}

const DeviceMemory::Range* DeviceMemory::find(uintptr_t p, size_t bytes) const {
  for (const auto* ranges : {&ranges_, &host_}) {
    auto at = ranges->upper_bound(p);
    if (at == ranges->begin()) continue;
    --at;
    const Range& r = at->second;
    if (p >= r.begin && p <= r.end && bytes <= r.end - p) return &r;
  }
  return nullptr;
}

std::string DeviceMemory::damage() const {
  if (guard == 0) return "";
  for (const auto& [begin, range] : ranges_) {
    size_t bytes = range.end - range.begin, behind = padded(bytes) - bytes + guard;
    auto* p = reinterpret_cast<const unsigned char*>(begin);
    for (size_t i = 1; i <= guard; i++)
      if (p[-static_cast<ptrdiff_t>(i)] != guard_byte(begin - i))
        return "a write " + std::to_string(i) + " bytes before an allocation of " + std::to_string(bytes) + " bytes";
    for (size_t i = 0; i < behind; i++)
      if (p[bytes + i] != guard_byte(begin + bytes + i))
        return "a write " + std::to_string(i) + " bytes behind the end of an allocation of " + std::to_string(bytes) + " bytes";
  }
  return "";
}

size_t DeviceMemory::total() const {
  const char* s = getenv("VN_STANDIN_MEMORY");
  return s ? strtoull(s, nullptr, 10) : size_t(24) << 30;
}

DeviceMemory& device_memory() {
  static auto* memory = new DeviceMemory; // never destroyed: programs call the driver while they exit
  return *memory;
}

} // namespace vn
