// Device memory: what cuMemAlloc gives. It is filled with NaN, and lies between guard zones that must not change.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace vn {

// Guard zones hold NaN in each format of numbers, but not the NaN of fresh memory, which a kernel might copy there.
inline unsigned char guard_byte(uintptr_t at) { return at % 2 ? 0xff : 0xe5; }

class DeviceMemory {
 public:
  // Returns 0 when there is not enough left of what VN_STANDIN_MEMORY says.
  uintptr_t allocate(size_t bytes);
  // Returns false for what is no allocation.
  bool release(uintptr_t p);
  // Page-locked host memory: kernels may read it too.
  void* allocate_host(size_t bytes);
  bool release_host(void* p);

  // The allocation that holds the bytes; null: they are not (all) in one.
  struct Range { uintptr_t begin, end; };
  const Range* find(uintptr_t p, size_t bytes) const;
  bool holds(uintptr_t p, size_t bytes) const { return find(p, bytes) != nullptr; }

  // Says which guard zone was written to; empty: none.
  std::string damage() const;
  size_t total() const;
  size_t available() const { return total() - used_; }

 private:
  std::map<uintptr_t, Range> ranges_; // by their begin
  std::map<uintptr_t, Range> host_;
  size_t used_ = 0;
};

// The memory of the device. The driver's lock is held by all who change it; kernels run under that lock and only read.
DeviceMemory& device_memory();

} // namespace vn
