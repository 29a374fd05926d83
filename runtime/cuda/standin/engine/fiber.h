// Fibers: stacks of their own and a switch between them, for the threads of a block. A switch saves what the calling
// convention says a function must keep, and nothing else: tens of nanoseconds.
#pragma once
#include <cstddef>
#include <vector>

namespace vn {

#if defined(__SANITIZE_ADDRESS__)
constexpr size_t stack_bytes = 512 << 10; // redzones are large
#else
constexpr size_t stack_bytes = 128 << 10; // touched pages alone take memory
#endif

// A stack from which a switch goes on.
struct Fiber {
  char* stack = nullptr; // lowest address; null: the stack of the worker itself
  void* at = nullptr;    // where it stopped
};

// Stacks that nobody uses now, each with a page below it that must not be touched. They are never given back.
class Stacks {
 public:
  char* take();
  void give(char* stack) { free_.push_back(stack); }

 private:
  std::vector<char*> free_;
};

// Sets up a stack so that a switch to the fiber calls `entry`, which never returns.
void start(Fiber& fiber, char* stack, void (*entry)());

// Goes on in `to`. Comes back when somebody switches to `from`; with `forever`, nobody will.
void change(Fiber& from, const Fiber& to, bool forever);

// The first thing a fiber does: tells the address sanitizer that the switch is over, and where the worker's stack is.
void arrived();

} // namespace vn
