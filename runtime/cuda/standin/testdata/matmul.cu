// y (64 x 32, float32) = a (64 x 64) * b (64 x 32), in float16 and in TF32: the operands are float32 in memory.
#if defined(__CUDACC__) || defined(__CUDACC_RTC__)
#include "device.h"
#else
#include "host.h"
#endif

enum { rows = 64, columns = 32, depth = 64, pitch16 = depth + 8, pitch32 = depth + 4 };

// Adds a product of four warps, 16 rows each, to y.
VN_DEV void store(float* y, const float (&acc)[4][4], int warp, int lane) {
  VN_UNROLL
  for (int j = 0; j < 4; j++)
    VN_UNROLL
    for (int r = 0; r < 2; r++) {
      const float2 v = make_float2(acc[j][2 * r], acc[j][2 * r + 1]);
      *(float2*)(y + (warp * 16 + (lane >> 2) + 8 * r) * columns + j * 8 + 2 * (lane & 3)) = v;
    }
}

// Rounds to float16 on the way to shared memory: rows of a, and rows of b, which ldmatrix transposes.
VN_KERNEL(128, 1) matmul_f16(const float* __restrict__ a, const float* __restrict__ b, float* __restrict__ y) {
  VN_SHARED(vn_f16, sa, rows * pitch16);
  VN_SHARED(vn_f16, sb, depth * (columns + 8));
  const int tid = threadIdx.x, warp = tid >> 5, lane = tid & 31;
  for (int i = tid; i < rows * depth / 2; i += 128) {
    const int r = i / (depth / 2), k = i % (depth / 2) * 2;
    *(vn_u32*)&sa[r * pitch16 + k] = vn_pack_f16(a[r * depth + k], a[r * depth + k + 1]);
  }
  for (int i = tid; i < depth * columns; i += 128) sb[i / columns * (columns + 8) + i % columns] = vn_to_f16(b[i]);
  __syncthreads();
  float acc[4][4] = {};
  const vn_u32 a_at = vn_smem_u32(&sa[(warp * 16 + (lane & 15)) * pitch16 + (lane >> 4) * 8]);
  const vn_u32 b_at = vn_smem_u32(&sb[(lane & 15) * (columns + 8)]);
  for (int k = 0; k < depth; k += 16) {
    vn_u32 f[4];
    vn_ldsm4(f[0], f[1], f[2], f[3], a_at + k * 2);
    VN_UNROLL
    for (int j = 0; j < 4; j++) {
      vn_u32 b0, b1;
      vn_ldsm2t(b0, b1, b_at + (k * (columns + 8) + j * 8) * 2);
      vn_mma_f16(acc[j], f[0], f[1], f[2], f[3], b0, b1);
    }
  }
  store(y, acc, warp, lane);
}
VN_EXPORT(matmul_f16)

// Copies a asynchronously, in rows of 16 bytes, and b number by number, transposed; rounds in registers.
VN_KERNEL(128, 1) matmul_tf32(const float* __restrict__ a, const float* __restrict__ b, float* __restrict__ y) {
  VN_DYN_SMEM(smem);
  const vn_u32 sa = vn_smem_u32(smem), sb = sa + rows * pitch32 * 4;
  float* const transposed = (float*)smem + rows * pitch32;
  const int tid = threadIdx.x, warp = tid >> 5, lane = tid & 31, g = lane >> 2, t = lane & 3;
  for (int i = tid; i < rows * depth / 4; i += 128) {
    const int r = i / (depth / 4), k = i % (depth / 4) * 4;
    vn_cp_async16(sa + (r * pitch32 + k) * 4, a + r * depth + k, 16);
  }
  for (int i = tid; i < depth * columns; i += 128) transposed[i % columns * pitch32 + i / columns] = b[i];
  vn_cp_commit();
  vn_cp_wait<0>();
  __syncthreads();
  float acc[4][4] = {};
  for (int k = 0; k < depth; k += 8) {
    vn_u32 f[4];
    VN_UNROLL
    for (int i = 0; i < 4; i++) {
      const vn_u32 at = sa + ((warp * 16 + g + i % 2 * 8) * pitch32 + k + t + i / 2 * 4) * 4;
      f[i] = vn_bits(vn_to_tf32(vn_float(vn_lds32(at))));
    }
    VN_UNROLL
    for (int j = 0; j < 4; j++) {
      vn_u32 q[2];
      VN_UNROLL
      for (int i = 0; i < 2; i++) q[i] = vn_bits(vn_to_tf32(vn_float(vn_lds32(sb + ((j * 8 + g) * pitch32 + k + t + i * 4) * 4))));
      vn_mma_tf32(acc[j], f[0], f[1], f[2], f[3], q[0], q[1]);
    }
  }
  store(y, acc, warp, lane);
}
VN_EXPORT(matmul_tf32)
