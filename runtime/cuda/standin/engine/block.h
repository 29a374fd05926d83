// The block that a worker runs: its threads, who of them can run, and all that they share.
#pragma once
#include <cstdarg>
#include <cstring>
#include <deque>
#include <vector>

#include "fiber.h"
#include "global.h"
#include "launch.h"
#include "shared.h"

namespace vn {

struct Thread;

// Where threads meet: the last to come does what the meeting is for, and all go on.
struct Rendezvous {
  int arrived = 0;
  const char* call = nullptr; // all must come by the same call
  std::vector<Thread*> waiting;
  void clear() { arrived = 0, waiting.clear(); }
};

struct Warp {
  int threads = 32; // the last warp of a block may have fewer
  Rendezvous meeting;
  alignas(64) vn_u32 in[32][16]; // what lanes bring
  alignas(64) vn_u32 out[32][4]; // and take
};

// A multiplication that a warpgroup has asked for.
struct Wgmma {
  vn_host_kind kind;
  int n;
  float* d[128];
  const vn_u32* a[128];
  vn_u64 descB;
};

struct Warpgroup {
  int threads = 128;
  Rendezvous meeting;
  Wgmma arriving;
  std::vector<Wgmma> open;                   // not yet committed
  std::deque<std::vector<Wgmma>> committed;  // groups, the oldest first
  bool fenced = false;
};

// A copy of 16 bytes on its way to shared memory.
struct AsyncCopy {
  vn_u32 dst;
  const void* src;
  unsigned char bytes; // the rest of the 16 becomes zero
};

// The asynchronous copies of a thread, and the ends of its groups.
struct AsyncCopies {
  std::vector<AsyncCopy> copies;
  std::vector<size_t> ends;
  size_t landed = 0, groups_landed = 0;
  void clear() { copies.clear(), ends.clear(), landed = groups_landed = 0; }
};

struct Thread : vn_host_thread {
  int index = 0, lane = 0;
  Warp* warp = nullptr;
  Warpgroup* group = nullptr;
  Fiber fiber;
  bool done = false;
  const char* waits_at = "";
  AsyncCopies copies;
};

struct Mbarrier {
  vn_u32 addr;
  uint64_t phase = 0;
  int arrivals = 0, pending = 0;
  int64_t bytes = 0; // still to come in this phase
  std::vector<Thread*> waiting;
};

// A row of a bulk copy; src null: zeros.
struct BulkRow {
  vn_u32 dst;
  const void* src;
  vn_u32 bytes;
};

struct BulkCopy {
  vn_u32 bar, bytes;
  std::vector<BulkRow> rows;
};

class Block {
 public:
  void prepare(Launch& launch);
  void run(uint64_t index); // to its end, or to a fault

  // Waits until somebody calls wake for the running thread.
  void wait(const char* call);
  void wake(Thread* t) { ready_.push_back(t); }
  void wake_all(std::vector<Thread*>& waiting);

  // Meets n threads; the last calls `all_here`.
  template <class F> void meet(Rendezvous& r, int n, const char* call, F&& all_here) {
    if (r.arrived == 0) r.call = call;
    if (r.call != call) disagree(r.call, call);
    if (++r.arrived < n) {
      r.waiting.push_back(current);
      wait(call);
      return;
    }
    r.arrived = 0;
    all_here();
    wake_all(r.waiting);
  }
  template <class F> void meet_warp(const char* call, F&& all_here) {
    if (current->warp->threads < 32) partial_warp(call);
    meet(current->warp->meeting, 32, call, all_here);
  }
  template <class F> void meet_group(const char* call, F&& all_here) {
    if (current->group->threads < 128) partial_warp(call);
    meet(current->group->meeting, 128, call, all_here);
  }

  Launch* launch = nullptr;
  Thread* current = nullptr;
  uint3 index{};
  int alive = 0;
  SharedMemory shared;
  std::vector<Thread> threads;
  std::vector<Warp> warps;
  std::vector<Warpgroup> groups;
  Rendezvous barriers[16];
  std::deque<Mbarrier> mbarriers;
  std::deque<BulkCopy> bulk;
  Counters counters;

  // The device memory that was found last: most copies go to the same.
  DeviceMemory::Range last_found{0, 0};

  [[noreturn]] void leave(); // gives up the block, from any of its threads

 private:
  static void fiber_main();
  void reclaim_stacks();
  void finished(Thread* t);
  Thread* pick();
  Thread* next_runnable(); // lets bulk copies land where nobody can run without them
  void resume(Thread* from, Thread* to);
  void check_end();
  [[noreturn]] void deadlock();
  [[noreturn]] void disagree(const char* a, const char* b);
  [[noreturn]] void partial_warp(const char* call);

  Fiber worker_;
  Fiber last_; // of a thread that is done: nobody goes back to it
  Stacks stacks_;
  std::vector<Thread*> ready_;
  size_t head_ = 0; // of ready_
  uint64_t random_ = 1;
};

// The block that this worker runs.
extern thread_local Block* block __attribute__((tls_model("initial-exec")));

// Lets the youngest or, if there is one, an awaited bulk copy land; false: there is none.
bool land_bulk_copy(Block& b);

// Whether a kernel may touch these bytes of global memory.
bool in_global(Block& b, const void* p, size_t bytes);

// Reports a fault of the running thread and gives up the launch.
[[noreturn]] void fail(Fault fault, const char* format, ...) __attribute__((format(printf, 2, 3)));

} // namespace vn
