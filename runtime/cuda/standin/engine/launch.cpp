#include "launch.h"

#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <thread>
#include <vector>

#include "block.h"

namespace vn {

namespace {

// Workers are started once and live as long as the process. All signals are blocked in them: a program in Go is sent
// SIGURG, and no handler of it may run on the stack of a fiber.
class Pool {
 public:
  explicit Pool(unsigned workers) : workers_(workers) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); // threads inherit it
    for (unsigned i = 0; i < workers; i++) std::thread([this] { work(); }).detach();
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  void run(Launch& launch) {
    std::unique_lock<std::mutex> lock(mutex_);
    launch_ = &launch;
    number_++;
    busy_ = workers_;
    begin_.notify_all();
    end_.wait(lock, [this] { return busy_ == 0; });
    launch_ = nullptr;
  }

 private:
  void work() {
    Block own;
    block = &own;
    uint64_t seen = 0;
    for (;;) {
      Launch* launch;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        begin_.wait(lock, [&] { return number_ != seen; });
        seen = number_;
        launch = launch_;
      }
      bool prepared = false;
      for (uint64_t k; !launch->fault && (k = launch->next++) < launch->blocks();) {
        if (!prepared) own.prepare(*launch);
        prepared = true;
        own.run(launch->schedule.order == Order::reverse ? launch->blocks() - 1 - k : k);
      }
      std::lock_guard<std::mutex> lock(mutex_);
      if (prepared) launch->counters.add(own.counters);
      if (--busy_ == 0) end_.notify_all();
    }
  }

  const unsigned workers_;
  std::mutex mutex_;
  std::condition_variable begin_, end_;
  Launch* launch_ = nullptr;
  uint64_t number_ = 0;
  unsigned busy_ = 0;
};

unsigned workers() {
  const char* s = getenv("VN_STANDIN_WORKERS");
  int n = s ? atoi(s) : int(std::thread::hardware_concurrency());
  return n < 1 ? 1 : n > 16 ? 16 : unsigned(n); // stacks are many, and mappings are limited
}

} // namespace

Schedule Schedule::from_environment() {
  Schedule s;
  const char* text = getenv("VN_SCHED");
  if (!text) return s;
  if (strncmp(text, "rev", 3) == 0) s.order = Order::reverse;
  if (strncmp(text, "rand", 4) == 0) {
    s.order = Order::random;
    if (const char* colon = strchr(text, ':')) s.seed = strtoull(colon + 1, nullptr, 10);
  }
  return s;
}

void Counters::add(const Counters& o) {
  mma += o.mma, mma_flops += o.mma_flops;
  ldmatrix += o.ldmatrix, ldmatrix_waves += o.ldmatrix_waves;
  async_bytes += o.async_bytes;
  barriers += o.barriers;
  switches += o.switches;
}

Fault run(Launch& launch) {
  static auto* pool = new Pool(workers()); // never destroyed: its threads have no end
  pool->run(launch);
  return Fault(launch.fault.load());
}

} // namespace vn
