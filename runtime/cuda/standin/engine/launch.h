// A launch of a kernel: its blocks are run by a pool of worker threads.
#pragma once
#include <atomic>
#include <cstdint>

#pragma GCC visibility push(default)
#define VN_HOST_ENGINE
#include "host.h"
#pragma GCC visibility pop

namespace vn {

// What a fault of a kernel makes of all later calls: codes of CUresult.
enum class Fault { none = 0, address = 700, timeout = 702, misaligned = 716, failed = 719 };

// In which order the threads of a block run, where the program leaves it open: VN_SCHED=fwd|rev|rand:SEED.
enum class Order { forward, reverse, random };

struct Schedule {
  Order order = Order::forward;
  uint64_t seed = 1;
  static Schedule from_environment();
};

// What was done, for a look at a kernel's economy.
struct Counters {
  uint64_t mma = 0, mma_flops = 0;          // tensor core instructions of warps and warpgroups
  uint64_t ldmatrix = 0, ldmatrix_waves = 0; // 8x8 matrices loaded; a wave each if free of bank conflicts
  uint64_t async_bytes = 0;                  // into shared memory
  uint64_t barriers = 0;                     // arrivals
  uint64_t switches = 0;                     // of fibers
  void add(const Counters& other);
};

struct Launch {
  const char* name = "";
  void (*kernel)(void** params) = nullptr;
  void** params = nullptr;
  uint3 grid{}, size{}; // blocks, threads of a block
  vn_u32 shared = 0;    // bytes of dynamic shared memory
  Schedule schedule;

  std::atomic<uint64_t> next{0}; // block to run
  std::atomic<int> fault{0};     // the first one
  Counters counters;             // summed when all is done

  uint64_t blocks() const { return uint64_t(grid.x) * grid.y * grid.z; }
  unsigned threads() const { return size.x * size.y * size.z; }
};

// Runs it to its end and returns the first fault. One launch runs at a time.
Fault run(Launch& launch);

} // namespace vn
