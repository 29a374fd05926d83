// cp.async: copies that a thread starts and waits for. They land as late as the program allows, at the wait; until then
// their destination is NaN, so that whoever reads too early is found out.
#include "block.h"

using namespace vn;

static void land(const AsyncCopy& c) {
  auto* dst = static_cast<unsigned char*>(vn_host_shared(c.dst, 16, 16, "cp.async"));
  if (c.bytes) memcpy(dst, c.src, c.bytes);
  memset(dst + c.bytes, 0, 16 - c.bytes);
}

void vn_host_cp_async(vn_u32 dst, const void* src, int bytes) {
  Block& b = *block;
  if (bytes < 0 || bytes > 16) fail(Fault::failed, "cp.async of %d bytes of 16", bytes);
  void* to = vn_host_shared(dst, 16, 16, "cp.async");
  if (reinterpret_cast<uintptr_t>(src) % 16) fail(Fault::misaligned, "cp.async: the source is no multiple of 16");
  if (bytes && !in_global(b, src, bytes)) fail(Fault::address, "cp.async reads %d bytes outside device memory", bytes);
  memset(to, 0xff, 16);
  b.counters.async_bytes += vn_u32(bytes);
  b.current->copies.copies.push_back({dst, src, (unsigned char)bytes});
}

void vn_host_cp_commit() {
  AsyncCopies& c = block->current->copies;
  c.ends.push_back(c.copies.size());
}

void vn_host_cp_wait(int groups) {
  AsyncCopies& c = block->current->copies;
  while (c.ends.size() - c.groups_landed > size_t(groups)) {
    for (size_t end = c.ends[c.groups_landed++]; c.landed < end; c.landed++) land(c.copies[c.landed]);
  }
  if (c.landed == c.copies.size() && c.groups_landed == c.ends.size()) c.clear();
}
