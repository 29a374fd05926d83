// wgmma: four warps multiply, asynchronously. It is done as late as the program allows, at the wait, and reads shared
// memory, registers and sums only then: who overwrites or reads them too early gets wrong results.
#include "block.h"

using namespace vn;

namespace {

float number(vn_host_kind kind, unsigned short bits) {
  return kind == VN_HOST_BF16 ? vn_from_bf16({bits}) : vn_from_f16({bits});
}

// Reads B, rows x 16 numbers that a descriptor describes: core matrices of 8 rows of 16 bytes, K-major, not swizzled.
void read_operand(vn_host_kind kind, vn_u64 desc, int rows, float (*to)[16]) {
  if (desc >> 62) fail(Fault::failed, "wgmma: swizzled operands are not known here");
  vn_u32 start = (desc & 0x3fff) << 4, lbo = (desc >> 16 & 0x3fff) << 4, sbo = (desc >> 32 & 0x3fff) << 4;
  for (int r = 0; r < rows; r += 8)
    for (int k = 0; k < 16; k += 8) {
      auto* core = static_cast<unsigned short*>(vn_host_shared(start + vn_u32(k / 8) * lbo + vn_u32(r / 8) * sbo, 128, 16, "wgmma"));
      for (int i = 0; i < 8; i++)
        for (int j = 0; j < 8; j++) to[r + i][k + j] = number(kind, core[i * 8 + j]);
    }
}

// A in registers: each warp has 16 rows, as for mma.m16n8k16.
void read_registers(const Wgmma& m, float (*to)[16]) {
  for (int t = 0; t < 128; t++)
    for (int i = 0; i < 4; i++) {
      int row = t / 32 * 16 + t % 32 / 4 + i % 2 * 8, column = t % 4 * 2 + i / 2 * 8;
      to[row][column] = number(m.kind, (unsigned short)m.a[t][i]);
      to[row][column + 1] = number(m.kind, (unsigned short)(m.a[t][i] >> 16));
    }
}

void multiply(const Wgmma& m) {
  static thread_local float a[64][16], b_columns[128][16], b[16][128];
  read_registers(m, a);
  read_operand(m.kind, m.descB, m.n, b_columns);
  for (int j = 0; j < m.n; j++)
    for (int k = 0; k < 16; k++) b[k][j] = b_columns[j][k];

  block->counters.mma++;
  block->counters.mma_flops += 2ull * 64 * 16 * vn_u32(m.n);
  for (int i = 0; i < 64; i++) {
    // Four threads hold a row of the sums, each two of eight.
    const int thread = i / 16 * 32 + i % 8 * 4, half = i % 16 / 8 * 2;
    float sums[128];
    for (int t = 0; t < 4; t++)
      for (int j = 0; j < m.n / 8; j++) memcpy(&sums[8 * j + 2 * t], m.d[thread + t] + 4 * j + half, 8);
    for (int k = 0; k < 16; k++)
      for (int j = 0; j < m.n; j++) sums[j] += a[i][k] * b[k][j];
    for (int t = 0; t < 4; t++)
      for (int j = 0; j < m.n / 8; j++) memcpy(m.d[thread + t] + 4 * j + half, &sums[8 * j + 2 * t], 8);
  }
}

} // namespace

vn_u64 vn_host_gmma_desc(vn_u32 addr, vn_u32 lbo, vn_u32 sbo) {
  if ((addr | lbo | sbo) % 16) fail(Fault::misaligned, "wgmma descriptor: address or offsets are no multiples of 16");
  return vn_u64((addr & 0x3ffff) >> 4) | vn_u64((lbo & 0x3ffff) >> 4) << 16 | vn_u64((sbo & 0x3ffff) >> 4) << 32;
}

void vn_host_gmma_fence() {
  Block& b = *block;
  b.meet_group("wgmma.fence", [&] { b.current->group->fenced = true; });
}

void vn_host_wgmma(vn_host_kind kind, int n, float* d, const vn_u32* a, vn_u64 descB) {
  Block& b = *block;
  Warpgroup& g = *b.current->group;
  Wgmma& m = g.arriving;
  int i = b.current->index % 128;
  if (g.meeting.arrived && (m.kind != kind || m.n != n || m.descB != descB))
    fail(Fault::failed, "wgmma: width, type or descriptor differ between the threads of a warpgroup");
  m.kind = kind, m.n = n, m.descB = descB;
  m.d[i] = d, m.a[i] = a;
  b.meet_group("wgmma", [&] {
    if (!g.fenced) fail(Fault::failed, "wgmma before any wgmma.fence");
    g.open.push_back(m);
  });
}

void vn_host_gmma_commit() {
  Block& b = *block;
  Warpgroup& g = *b.current->group;
  b.meet_group("wgmma.commit_group", [&] {
    g.committed.push_back(std::move(g.open));
    g.open.clear();
  });
}

void vn_host_gmma_wait(int groups) {
  Block& b = *block;
  Warpgroup& g = *b.current->group;
  b.meet_group("wgmma.wait_group", [&] {
    while (g.committed.size() > size_t(groups)) {
      for (const Wgmma& m : g.committed.front()) multiply(m);
      g.committed.pop_front();
    }
  });
}
