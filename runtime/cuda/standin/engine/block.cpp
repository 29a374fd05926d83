#include "block.h"

#include <cstdio>
#include <cstdlib>

namespace vn {

thread_local Block* block __attribute__((tls_model("initial-exec"))) = nullptr;

void Block::prepare(Launch& l) {
  launch = &l;
  int n = int(l.threads());
  shared.prepare(l.shared);
  reclaim_stacks();
  threads.resize(n);
  warps.resize((n + 31) / 32);
  groups.resize((n + 127) / 128);
  for (size_t w = 0; w < warps.size(); w++) warps[w].threads = n - int(w) * 32 < 32 ? n - int(w) * 32 : 32;
  for (size_t g = 0; g < groups.size(); g++) groups[g].threads = n - int(g) * 128 < 128 ? n - int(g) * 128 : 128;
  for (int i = 0; i < n; i++) {
    Thread& t = threads[i];
    t.index = i;
    t.lane = i % 32;
    t.warp = &warps[i / 32];
    t.group = &groups[i / 128];
    t.thread = {i % l.size.x, i / l.size.x % l.size.y, i / (l.size.x * l.size.y)};
    t.block_size = l.size;
    t.grid = l.grid;
  }
  counters = {};
  last_found = {0, 0};
}

// Takes back the stacks of a block that was given up.
void Block::reclaim_stacks() {
  for (Thread& t : threads) {
    if (t.fiber.stack) stacks_.give(t.fiber.stack);
    t.fiber = {};
  }
}

void Block::run(uint64_t number) {
  index = {unsigned(number % launch->grid.x), unsigned(number / launch->grid.x % launch->grid.y),
           unsigned(number / (uint64_t(launch->grid.x) * launch->grid.y))};
  shared.begin();
  mbarriers.clear();
  bulk.clear();
  for (Rendezvous& r : barriers) r.clear();
  for (Warp& w : warps) w.meeting.clear();
  for (Warpgroup& g : groups) {
    g.meeting.clear();
    g.open.clear();
    g.committed.clear();
    g.fenced = false;
  }
  ready_.clear();
  head_ = 0;
  random_ = (launch->schedule.seed + number + 1) * 0x9e3779b97f4a7c15u | 1;
  alive = int(threads.size());
  for (Thread& t : threads) {
    t.block = index;
    t.done = false;
    t.copies.clear();
    ready_.push_back(&t);
  }
  current = pick();
  start(current->fiber, stacks_.take(), fiber_main);
  change(worker_, current->fiber, false);
}

// Takes one of the threads that can run, in the order asked for.
Thread* Block::pick() {
  if (head_ == ready_.size()) return nullptr;
  Thread* t;
  switch (launch->schedule.order) {
    case Order::reverse:
      t = ready_.back();
      ready_.pop_back();
      break;
    case Order::random: // xorshift64
      random_ ^= random_ << 13, random_ ^= random_ >> 7, random_ ^= random_ << 17;
      std::swap(ready_[head_], ready_[head_ + random_ % (ready_.size() - head_)]);
      [[fallthrough]];
    default:
      t = ready_[head_++];
  }
  if (head_ == ready_.size()) {
    ready_.clear();
    head_ = 0;
  } else if (head_ > 4096) {
    ready_.erase(ready_.begin(), ready_.begin() + ptrdiff_t(head_));
    head_ = 0;
  }
  return t;
}

Thread* Block::next_runnable() {
  for (;;) {
    if (Thread* t = pick()) return t;
    if (!alive || !land_bulk_copy(*this)) return nullptr;
  }
}

void Block::resume(Thread* from, Thread* to) {
  counters.switches++;
  current = to;
  if (!to->fiber.stack) start(to->fiber, stacks_.take(), fiber_main);
  change(from->fiber, to->fiber, false);
}

void Block::wait(const char* call) {
  Thread* me = current;
  me->waits_at = call;
  Thread* next = next_runnable();
  if (!next) deadlock();
  if (next != me) resume(me, next);
}

void Block::wake_all(std::vector<Thread*>& waiting) {
  ready_.insert(ready_.end(), waiting.begin(), waiting.end());
  waiting.clear();
}

// A fiber runs one thread after another: threads that never wait need no switch and share one stack.
void Block::fiber_main() {
  arrived();
  Block& b = *block;
  for (;;) {
    Thread* me = b.current;
    b.launch->kernel(b.launch->params);
    b.finished(me);
    Thread* next = b.next_runnable();
    char* stack = me->fiber.stack;
    if (next && !next->fiber.stack) {
      me->fiber.stack = nullptr;
      next->fiber.stack = stack;
      b.current = next;
      continue;
    }
    if (!next) {
      if (b.alive) b.deadlock();
      b.check_end();
    }
    me->fiber.stack = nullptr;
    b.stacks_.give(stack); // still ours until the switch; nobody takes it before
    b.current = next;
    change(b.last_, next ? next->fiber : b.worker_, true);
  }
}

void Block::finished(Thread* t) {
  t->done = true;
  alive--;
  if (t->warp->meeting.arrived) fail(Fault::failed, "a lane left the kernel while its warp waits at %s", t->warp->meeting.call);
  if (!t->group->open.empty() || !t->group->committed.empty())
    fail(Fault::failed, "a thread left the kernel before its wgmma was waited for");
  // Threads that have left do not count at __syncthreads.
  Rendezvous& all = barriers[0];
  if (all.arrived && all.arrived == alive) {
    all.arrived = 0;
    wake_all(all.waiting);
  }
}

// What must hold when a block has ended.
void Block::check_end() {
  if (!bulk.empty()) fail(Fault::failed, "the block ended while bulk copies into its shared memory were under way");
  if (!shared.intact()) fail(Fault::address, "a write to shared memory outside its arrays");
}

void Block::leave() {
  change(last_, worker_, true);
  abort(); // not reached
}

void Block::deadlock() {
  fprintf(stderr, "vn stand-in: deadlock; threads wait:\n");
  int shown = 0;
  for (Thread& t : threads)
    if (!t.done && shown++ < 12) fprintf(stderr, "  thread %d at %s\n", t.index, t.waits_at);
  fail(Fault::timeout, "deadlock: %d of %zu threads wait and nothing can wake them", alive, threads.size());
}

void Block::disagree(const char* a, const char* b) {
  fail(Fault::failed, "threads that must make the same call disagree: %s and %s", a, b);
}

void Block::partial_warp(const char* call) {
  fail(Fault::failed, "%s needs all threads of a warp or warpgroup, and the block has not that many", call);
}

bool in_global(Block& b, const void* p, size_t bytes) {
  uintptr_t at = reinterpret_cast<uintptr_t>(p);
  if (at >= b.last_found.begin && at + bytes <= b.last_found.end) return true;
  const DeviceMemory::Range* r = device_memory().find(at, bytes);
  if (r) b.last_found = *r;
  return r;
}

void fail(Fault fault, const char* format, ...) {
  char message[512];
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);
  Block& b = *block;
  int none = 0;
  bool first = b.launch->fault.compare_exchange_strong(none, int(fault));
  if (first) {
    fprintf(stderr, "vn stand-in: kernel %s, block %u,%u,%u", b.launch->name, b.index.x, b.index.y, b.index.z);
    if (b.current) fprintf(stderr, ", thread %u,%u,%u", b.current->thread.x, b.current->thread.y, b.current->thread.z);
    fprintf(stderr, ": %s\n", message);
  }
  if (getenv("VN_STANDIN_ABORT")) abort();
  b.leave();
}

} // namespace vn

const vn_host_thread* vn_host_self() { return vn::block->current; }
