// The shared memory of a block: the dynamic part, then the static arrays, with guard zones between them. Its addresses of
// 32 bits begin at 1024, so that 0 is none.
#pragma once
#include <cstddef>
#include <vector>

#include "launch.h"

namespace vn {

class SharedMemory {
 public:
  static constexpr vn_u32 base = 1024;
  static constexpr vn_u32 most = 227 << 10;        // of a block
  static constexpr vn_u32 most_static = 48 << 10;

  SharedMemory();
  void prepare(vn_u32 dynamic); // for a launch
  void begin();                 // of a block: all is NaN
  bool intact() const;          // nobody wrote between the parts

  unsigned char* dynamic() { return memory_; }
  void* array(const void* key, vn_u32 bytes); // null: there is no room
  // Null: not all of it is shared memory.
  unsigned char* find(vn_u32 addr, vn_u32 bytes);
  // 0: the pointer is none into shared memory.
  vn_u32 address(const void* p) const;

 private:
  struct Part {
    const void* key;
    vn_u32 begin, end; // of memory_
  };
  void guard_from(vn_u32 begin, vn_u32 end);
  void protect() const;

  unsigned char* memory_;
  std::vector<Part> parts_; // the first is the dynamic part
};

} // namespace vn
