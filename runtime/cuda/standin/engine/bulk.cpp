// Hopper's bulk copies (tensor memory accelerator) and the barriers that count their bytes. A copy lands only when no
// thread can run without it, and then one that somebody waits for.
#include "block.h"
#include "tensormap.h"

namespace vn {

namespace {

Mbarrier& at(vn_u32 addr) {
  for (Mbarrier& m : block->mbarriers)
    if (m.addr == addr) return m;
  fail(Fault::failed, "mbarrier at shared memory address %u was not initialised", addr);
}

void end_phase_if_complete(Mbarrier& m) {
  if (m.pending || m.bytes) return;
  m.phase++;
  m.pending = m.arrivals;
  block->wake_all(m.waiting);
}

void submit(BulkCopy&& copy) {
  at(copy.bar);
  block->counters.async_bytes += copy.bytes;
  block->bulk.push_back(std::move(copy));
}

} // namespace

bool land_bulk_copy(Block& b) {
  if (b.bulk.empty()) return false;
  size_t which = b.bulk.size() - 1;
  for (size_t i = 0; i < b.bulk.size(); i++)
    if (!at(b.bulk[i].bar).waiting.empty()) {
      which = i;
      break;
    }
  BulkCopy copy = std::move(b.bulk[which]);
  b.bulk.erase(b.bulk.begin() + ptrdiff_t(which));
  for (const BulkRow& row : copy.rows) {
    void* dst = vn_host_shared(row.dst, row.bytes, 1, "bulk copy");
    if (row.src)
      memcpy(dst, row.src, row.bytes);
    else
      memset(dst, 0, row.bytes);
  }
  Mbarrier& m = at(copy.bar);
  m.bytes -= copy.bytes;
  end_phase_if_complete(m);
  return true;
}

} // namespace vn

using namespace vn;

void vn_host_mbar_init(vn_u32 bar, int arrivals) {
  vn_host_shared(bar, 8, 8, "mbarrier.init");
  if (arrivals < 1 || arrivals >= 1 << 20) fail(Fault::failed, "an mbarrier for %d arrivals", arrivals);
  for (const Mbarrier& m : block->mbarriers)
    if (m.addr == bar) fail(Fault::failed, "mbarrier at shared memory address %u was initialised before", bar);
  Mbarrier m;
  m.addr = bar;
  m.arrivals = m.pending = arrivals;
  block->mbarriers.push_back(std::move(m));
}

void vn_host_mbar_arrive(vn_u32 bar, vn_u32 bytes) {
  Mbarrier& m = at(bar);
  m.bytes += bytes;
  if (--m.pending < 0) fail(Fault::failed, "too many arrivals at an mbarrier for %d", m.arrivals);
  end_phase_if_complete(m);
}

void vn_host_mbar_wait(vn_u32 bar, vn_u32 parity) {
  if (parity > 1) fail(Fault::failed, "mbarrier.try_wait for a parity of %u", parity);
  for (;;) {
    Mbarrier& m = at(bar);
    if ((m.phase & 1) != parity) return;
    m.waiting.push_back(block->current);
    block->wait("mbarrier.try_wait");
  }
}

void vn_host_bulk(vn_u32 dst, const void* src, vn_u32 bytes, vn_u32 bar) {
  if (reinterpret_cast<uintptr_t>(src) % 16 || bytes % 16) fail(Fault::misaligned, "bulk copy: source or size is no multiple of 16");
  void* to = vn_host_shared(dst, bytes, 16, "bulk copy");
  if (!in_global(*block, src, bytes)) fail(Fault::address, "bulk copy reads %u bytes outside device memory", bytes);
  memset(to, 0xff, bytes);
  submit({bar, bytes, {{dst, src, bytes}}});
}

// Cuts the box into rows along the fastest dimension, and rows into what lies inside the tensor and what does not.
void vn_host_tma(vn_u32 dst, const vn_tmap* map, const int* origin, vn_u32 bar) {
  if (map->magic != tensor_map_magic) fail(Fault::failed, "TMA: not a tensor map made by cuTensorMapEncodeTiled");
  if (map->rank != 5) fail(Fault::failed, "TMA: coordinates of rank 5 for a tensor map of rank %u", map->rank);
  vn_u32 bytes = map->element;
  for (vn_u32 box : map->box) bytes *= box;
  memset(vn_host_shared(dst, bytes, 128, "TMA"), 0xff, bytes);

  BulkCopy copy{bar, bytes, {}};
  const int64_t width = map->box[0];
  vn_u32 to = dst;
  vn_u32 i[5] = {0, 0, 0, 0, 0};
  for (i[4] = 0; i[4] < map->box[4]; i[4]++)
    for (i[3] = 0; i[3] < map->box[3]; i[3]++)
      for (i[2] = 0; i[2] < map->box[2]; i[2]++)
        for (i[1] = 0; i[1] < map->box[1]; i[1]++) {
          bool inside = true;
          vn_u64 from = map->base;
          for (int d = 1; d < 5; d++) {
            int64_t x = int64_t(origin[d]) + i[d];
            inside = inside && x >= 0 && x < int64_t(map->dim[d]);
            from += vn_u64(x) * map->stride[d];
          }
          int64_t first = origin[0] < 0 ? -int64_t(origin[0]) : 0;
          int64_t last = int64_t(map->dim[0]) - origin[0] < width ? int64_t(map->dim[0]) - origin[0] : width;
          if (!inside || last <= first) first = last = width;
          auto add = [&](int64_t begin, int64_t end, bool zeros) {
            if (begin == end) return;
            auto* src = zeros ? nullptr : reinterpret_cast<const void*>(from + vn_u64(origin[0] + begin) * map->element);
            vn_u32 n = vn_u32(end - begin) * map->element;
            if (src && !in_global(*block, src, n)) fail(Fault::address, "TMA reads outside device memory: the map does not fit it");
            copy.rows.push_back({to + vn_u32(begin) * map->element, src, n});
          };
          add(0, first, true);
          add(first, last, false);
          add(last, width, true);
          to += vn_u32(width) * map->element;
        }
  submit(std::move(copy));
}
