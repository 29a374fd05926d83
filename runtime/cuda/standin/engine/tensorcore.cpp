// Tensor cores as warps use them: ldmatrix and mma.sync, by the layouts of the PTX ISA, 9.7.14.
#include "block.h"

using namespace vn;

// Bank conflicts: rows of 16 bytes whose addresses are equal modulo 128 come one after the other.
static unsigned waves(const Warp& w, int matrix) {
  unsigned rows[8] = {}, most = 0;
  for (int r = 0; r < 8; r++) {
    unsigned n = ++rows[(w.in[matrix * 8 + r][0] >> 4) & 7];
    if (n > most) most = n;
  }
  return most;
}

void vn_host_ldmatrix(vn_u32* r, int matrices, int transposed, vn_u32 addr) {
  Block& b = *block;
  Warp& w = *b.current->warp;
  const int lane = b.current->lane;
  w.in[lane][0] = addr;
  static const char* const calls[2][2] = {{"ldmatrix.x2", "ldmatrix.x2.trans"}, {"ldmatrix.x4", "ldmatrix.x4.trans"}};
  b.meet_warp(calls[matrices == 4][transposed], [&] {
    for (int m = 0; m < matrices; m++) {
      b.counters.ldmatrix++;
      b.counters.ldmatrix_waves += waves(w, m);
      const unsigned short* row[8];
      for (int i = 0; i < 8; i++) row[i] = static_cast<unsigned short*>(vn_host_shared(w.in[m * 8 + i][0], 16, 16, "ldmatrix"));
      for (int l = 0; l < 32; l++) {
        int g = l / 4, t = l % 4 * 2;
        w.out[l][m] = transposed ? row[t][g] | vn_u32(row[t + 1][g]) << 16 : row[g][t] | vn_u32(row[g][t + 1]) << 16;
      }
    }
  });
  for (int m = 0; m < matrices; m++) r[m] = w.out[lane][m];
}

namespace {

typedef float Row __attribute__((vector_size(32))); // of the product: 8 numbers

// Multiplies what the lanes of a warp brought. Words of a hold rows g and g+8 of two (tf32: one) neighbouring columns,
// words of b the same rows of a column; the words behind them are the sums.
template <int per_word, float (*lo)(vn_u32), float (*hi)(vn_u32)> void multiply(Warp& w) {
  constexpr int depth = 8 * per_word;
  float a[depth][16]; // by columns: eight rows of lanes are neighbours
  Row b[depth], c[16];
  for (int l = 0; l < 32; l++) {
    const int g = l / 4, t = l % 4 * per_word;
    const vn_u32* in = w.in[l];
    for (int i = 0; i < 4; i++) {
      const int k = t + i / 2 * depth / 2, row = g + i % 2 * 8;
      a[k][row] = lo(in[i]);
      if (per_word == 2) a[k + 1][row] = hi(in[i]);
    }
    for (int i = 0; i < 2; i++) {
      const int k = t + i * depth / 2;
      b[k][g] = lo(in[4 + i]);
      if (per_word == 2) b[k + 1][g] = hi(in[4 + i]);
    }
    for (int i = 0; i < 4; i++) c[g + i / 2 * 8][l % 4 * 2 + i % 2] = vn_float(in[6 + i]);
  }
  for (int k = 0; k < depth; k++)
    for (int i = 0; i < 16; i++) c[i] += a[k][i] * b[k];
  for (int l = 0; l < 32; l++)
    for (int i = 0; i < 4; i++) w.out[l][i] = vn_bits(c[l / 4 + i / 2 * 8][l % 4 * 2 + i % 2]);
}

// The multiplier sees a mantissa of 10 bits.
float tf32(vn_u32 word) { return vn_float(word & ~0x1fffu); }

} // namespace

void vn_host_mma(vn_host_kind kind, float* d, const vn_u32* a, const vn_u32* b) {
  Block& blk = *block;
  Warp& w = *blk.current->warp;
  const int lane = blk.current->lane;
  vn_u32* in = w.in[lane];
  memcpy(in, a, 16);
  memcpy(in + 4, b, 8);
  memcpy(in + 6, d, 16);
  static const char* const calls[] = {"mma.m16n8k16.bf16", "mma.m16n8k16.f16", "mma.m16n8k8.tf32"};
  blk.meet_warp(calls[kind], [&] {
    blk.counters.mma++;
    blk.counters.mma_flops += kind == VN_HOST_TF32 ? 2048 : 4096;
    switch (kind) {
      case VN_HOST_BF16: return multiply<2, vn_bf16_lo, vn_bf16_hi>(w);
      case VN_HOST_F16: return multiply<2, vn_f16_lo, vn_f16_hi>(w);
      case VN_HOST_TF32: return multiply<1, tf32, tf32>(w);
    }
  });
  memcpy(d, w.out[lane], 16);
}
