#include "fiber.h"

#include <cstdio>
#include <cstdlib>
#include <sys/mman.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

#if defined(__x86_64__)
extern "C" __attribute__((visibility("hidden"))) void vn_fiber_switch(void** from, void* to);
asm(R"(
.text
.hidden vn_fiber_switch
.globl vn_fiber_switch
.type vn_fiber_switch,@function
vn_fiber_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size vn_fiber_switch,.-vn_fiber_switch
)");
#else
#error "the stand-in has a switch of fibers for x86-64 alone"
#endif

namespace vn {

namespace {
constexpr size_t page = 4096;
constexpr size_t stacks_at_once = 32;

#if defined(__SANITIZE_ADDRESS__)
thread_local const void* worker_stack;
thread_local size_t worker_stack_bytes;
#endif
} // namespace

char* Stacks::take() {
  if (free_.empty()) {
    void* p = mmap(nullptr, stack_bytes * stacks_at_once, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) {
      perror("vn stand-in: no memory for stacks");
      abort();
    }
    for (size_t i = stacks_at_once; i-- > 0;) {
      char* stack = static_cast<char*>(p) + i * stack_bytes;
      mprotect(stack, page, PROT_NONE);
      free_.push_back(stack);
    }
  }
  char* stack = free_.back();
  free_.pop_back();
#if defined(__SANITIZE_ADDRESS__)
  ASAN_UNPOISON_MEMORY_REGION(stack + page, stack_bytes - page); // frames that never returned are left poisoned
#endif
  return stack;
}

void start(Fiber& fiber, char* stack, void (*entry)()) {
  void** top = reinterpret_cast<void**>(stack + stack_bytes);
  *--top = nullptr; // where a return address would be: `entry` finds the stack as after a call
  *--top = reinterpret_cast<void*>(entry);
  for (int saved = 0; saved < 6; saved++) *--top = nullptr;
  fiber.stack = stack;
  fiber.at = top;
}

void change(Fiber& from, const Fiber& to, bool forever) {
#if defined(__SANITIZE_ADDRESS__)
  void* fake = nullptr;
  const void* bottom = to.stack ? to.stack : worker_stack;
  __sanitizer_start_switch_fiber(forever ? nullptr : &fake, bottom, to.stack ? stack_bytes : worker_stack_bytes);
  vn_fiber_switch(&from.at, to.at);
  __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
#else
  (void)forever;
  vn_fiber_switch(&from.at, to.at);
#endif
}

void arrived() {
#if defined(__SANITIZE_ADDRESS__)
  const void* bottom;
  size_t bytes;
  __sanitizer_finish_switch_fiber(nullptr, &bottom, &bytes);
  if (!worker_stack) worker_stack = bottom, worker_stack_bytes = bytes; // the first fiber is entered from the worker
#endif
}

} // namespace vn
