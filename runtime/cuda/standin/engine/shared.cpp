#include "shared.h"

#include <cstdlib>
#include <cstring>

#include "block.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

namespace vn {

namespace {
constexpr vn_u32 guard = 256;
constexpr vn_u32 arena = 256 << 10;
} // namespace

SharedMemory::SharedMemory() : memory_(static_cast<unsigned char*>(aligned_alloc(1024, arena))) {}

void SharedMemory::prepare(vn_u32 dynamic) {
  parts_.assign(1, {nullptr, 0, dynamic});
#if defined(__SANITIZE_ADDRESS__)
  ASAN_UNPOISON_MEMORY_REGION(memory_, arena);
#endif
}

void SharedMemory::begin() {
#if defined(__SANITIZE_ADDRESS__)
  ASAN_UNPOISON_MEMORY_REGION(memory_, arena);
#endif
  for (size_t i = 0; i < parts_.size(); i++) {
    memset(memory_ + parts_[i].begin, 0xff, parts_[i].end - parts_[i].begin);
    guard_from(parts_[i].end, i + 1 < parts_.size() ? parts_[i + 1].begin : parts_[i].end + guard);
  }
  protect();
}

// Guards are NaN for who reads them, and another NaN than that of fresh memory.
void SharedMemory::guard_from(vn_u32 begin, vn_u32 end) {
  for (vn_u32 at = begin; at < end; at++) memory_[at] = guard_byte(at);
}

// Tells the address sanitizer where no part is.
void SharedMemory::protect() const {
#if defined(__SANITIZE_ADDRESS__)
  ASAN_POISON_MEMORY_REGION(memory_, arena);
  for (const Part& p : parts_) ASAN_UNPOISON_MEMORY_REGION(memory_ + p.begin, p.end - p.begin);
#endif
}

bool SharedMemory::intact() const {
#if defined(__SANITIZE_ADDRESS__)
  return true;
#else
  for (size_t i = 0; i < parts_.size(); i++) {
    vn_u32 until = i + 1 < parts_.size() ? parts_[i + 1].begin : parts_[i].end + guard;
    for (vn_u32 at = parts_[i].end; at < until; at++)
      if (memory_[at] != guard_byte(at)) return false;
  }
  return true;
#endif
}

void* SharedMemory::array(const void* key, vn_u32 bytes) {
  vn_u32 arrays = 0;
  for (size_t i = 1; i < parts_.size(); i++) {
    if (parts_[i].key == key) return memory_ + parts_[i].begin;
    arrays += parts_[i].end - parts_[i].begin;
  }
  if (arrays + bytes > most_static || parts_[0].end + arrays + bytes > most) return nullptr;
  vn_u32 begin = (parts_.back().end + guard + 15) / 16 * 16;
  if (begin + bytes + guard > arena) return nullptr;
  parts_.push_back({key, begin, begin + bytes});
#if defined(__SANITIZE_ADDRESS__)
  ASAN_UNPOISON_MEMORY_REGION(memory_ + begin, bytes);
#endif
  memset(memory_ + begin, 0xff, bytes);
#if !defined(__SANITIZE_ADDRESS__)
  guard_from(parts_[parts_.size() - 2].end, begin);
  guard_from(begin + bytes, begin + bytes + guard);
#endif
  return memory_ + begin;
}

unsigned char* SharedMemory::find(vn_u32 addr, vn_u32 bytes) {
  vn_u32 at = addr - base;
  for (const Part& p : parts_)
    if (at >= p.begin && at <= p.end && bytes <= p.end - at) return memory_ + at;
  return nullptr;
}

vn_u32 SharedMemory::address(const void* p) const {
  auto* at = static_cast<const unsigned char*>(p);
  if (at < memory_ || at >= memory_ + arena) return 0;
  return base + vn_u32(at - memory_);
}

} // namespace vn

using namespace vn;

unsigned char* vn_host_dynamic_shared() { return block->shared.dynamic(); }

void* vn_host_static_shared(const void* key, vn_u32 bytes) {
  void* p = block->shared.array(key, bytes);
  if (!p) fail(Fault::failed, "no room for a shared array of %u bytes", bytes);
  return p;
}

vn_u32 vn_host_shared_address(const void* p) {
  vn_u32 addr = block->shared.address(p);
  if (!addr) fail(Fault::address, "vn_smem_u32 of a pointer that does not point into shared memory");
  return addr;
}

void* vn_host_shared(vn_u32 addr, vn_u32 bytes, vn_u32 align, const char* what) {
  if (addr % align) fail(Fault::misaligned, "%s: the shared memory address %u is no multiple of %u", what, addr, align);
  void* p = block->shared.find(addr, bytes);
  if (!p) fail(Fault::address, "%s: %u bytes at shared memory address %u are out of range", what, bytes, addr);
  return p;
}
