// What g++'s checks call in emitted kernels (-fsanitize=alignment,null,bounds): instead of libubsan, a fault of the kernel.
#include "block.h"

using namespace vn;

namespace {

// The layouts that gcc passes (libsanitizer/ubsan/ubsan_handlers.h).
struct Location {
  const char* file;
  unsigned line, column;
};
struct TypeMismatch {
  Location at;
  const void* type;
  unsigned char log_alignment, kind;
};
struct OutOfBounds {
  Location at;
};

#define VN_CHECK extern "C" __attribute__((visibility("default"), noreturn)) void

} // namespace

VN_CHECK __ubsan_handle_type_mismatch_v1_abort(TypeMismatch* what, uintptr_t p) {
  if (!p) fail(Fault::address, "null pointer at %s:%u", what->at.file, what->at.line);
  fail(Fault::misaligned, "address %#zx is no multiple of %u at %s:%u", size_t(p), 1u << what->log_alignment, what->at.file,
       what->at.line);
}

VN_CHECK __ubsan_handle_out_of_bounds_abort(OutOfBounds* what, uintptr_t index) {
  fail(Fault::address, "index %zd is out of the bounds of an array at %s:%u", ptrdiff_t(index), what->at.file, what->at.line);
}
