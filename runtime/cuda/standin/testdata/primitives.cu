// Kernels of one instruction each.
#if defined(__CUDACC__) || defined(__CUDACC_RTC__)
#include "device.h"
#if defined(VN_SM90A)
#include "wgmma.h"
#endif
#else
#include "host.h"
#endif

// x: 32 rows of 16 bytes. y: a lane's words.
VN_KERNEL(32, 1) ldmatrix(const uint4* x, vn_u32* y) {
  VN_SHARED(uint4, rows, 32);
  const int lane = threadIdx.x;
  rows[lane] = x[lane];
  __syncwarp();
  vn_u32* w = y + lane * 12;
  const vn_u32 at = vn_smem_u32(&rows[lane]);
  vn_ldsm4(w[0], w[1], w[2], w[3], at);
  vn_ldsm4t(w[4], w[5], w[6], w[7], at);
  vn_ldsm2(w[8], w[9], at);
  vn_ldsm2t(w[10], w[11], at);
}
VN_EXPORT(ldmatrix)

#define MMA(kind)                                                                               \
  VN_KERNEL(32, 1) mma_##kind(const vn_u32* a, const vn_u32* b, float* d) {                     \
    const int l = threadIdx.x;                                                                  \
    float acc[4];                                                                               \
    for (int i = 0; i < 4; i++) acc[i] = d[l * 4 + i];                                          \
    vn_mma_##kind(acc, a[l * 4], a[l * 4 + 1], a[l * 4 + 2], a[l * 4 + 3], b[l * 2], b[l * 2 + 1]); \
    for (int i = 0; i < 4; i++) d[l * 4 + i] = acc[i];                                          \
  }                                                                                             \
  VN_EXPORT(mma_##kind)
MMA(bf16)
MMA(f16)
MMA(tf32)

// Copies i of 16 bytes, then all 16, for each i of a thread; what is there before and after the wait.
VN_KERNEL(32, 1) copies(const uint4* x, uint4* y, vn_u32* early) {
  VN_SHARED(uint4, part, 32);
  VN_SHARED(uint4, all, 32);
  const int i = threadIdx.x;
  vn_cp_async16(vn_smem_u32(&part[i]), x + i, i < 17 ? i : 16);
  vn_cp_commit();
  vn_cp_async16(vn_smem_u32(&all[i]), x + i, 16);
  vn_cp_commit();
  vn_cp_wait<1>();
  early[i] = all[i].x;
  y[i] = part[i];
  vn_cp_wait<0>();
  y[32 + i] = all[i];
}
VN_EXPORT(copies)

VN_KERNEL(64, 1) exchange(const float* x, float* y) {
  VN_SHARED(float, s, 64);
  VN_DYN_SMEM(dynamic);
  const int i = threadIdx.x;
  y[i] = s[i]; // nothing was written: NaN
  y[64 + i] = vn_shfl_xor(x[i], 5);
  s[i] = x[i];
  ((float*)dynamic)[i] = x[i];
  vn_bar_sync(1 + i / 32, 32);
  y[128 + i] = s[i ^ 31] + vn_float(vn_lds32(vn_smem_u32(dynamic) + 4 * (i ^ 31)));
  __syncthreads();
  y[192 + i] = s[63 - i];
}
VN_EXPORT(exchange)

#if defined(VN_SM90A)
// b: n x 16, core matrices of 8 rows of 16 bytes, the halves of K one after the other.
#define WGMMA(kind, n)                                                                      \
  VN_KERNEL(128, 1) wgmma_##kind##_##n(const vn_u32* a, const uint4* matrices, float* d) {  \
    VN_DYN_SMEM(smem);                                                                      \
    const int t = threadIdx.x;                                                              \
    const vn_u32 at = vn_smem_u32(smem), bar = at + n * 32;                                 \
    if (t == 0) {                                                                           \
      vn_mbar_init(bar, 1);                                                                 \
      vn_fence_mbar_init();                                                                 \
      vn_mbar_expect(bar, n * 32);                                                          \
      vn_bulk_g2s(at, matrices, n * 32, bar);                                               \
    }                                                                                       \
    __syncthreads();                                                                        \
    vn_mbar_wait(bar, 0);                                                                   \
    float acc[n / 2];                                                                       \
    vn_u32 f[4];                                                                            \
    VN_UNROLL for (int i = 0; i < n / 2; i++) acc[i] = d[t * (n / 2) + i];                  \
    VN_UNROLL for (int i = 0; i < 4; i++) f[i] = a[t * 4 + i];                              \
    vn_gmma_fence();                                                                        \
    vn_wgmma_rs_##kind##_n##n(acc, f, vn_gmma_desc(at, n * 16, 128));                       \
    vn_gmma_commit();                                                                       \
    vn_gmma_wait<0>();                                                                      \
    vn_gmma_done(acc);                                                                      \
    VN_UNROLL for (int i = 0; i < n / 2; i++) d[t * (n / 2) + i] = acc[i];                  \
  }                                                                                         \
  VN_EXPORT(wgmma_##kind##_##n)
#define WGMMAS(n) WGMMA(bf16, n) WGMMA(f16, n)
WGMMAS(16) WGMMAS(32) WGMMAS(48) WGMMAS(64) WGMMAS(80) WGMMAS(96) WGMMAS(128)

// Copies a box of 4 x 3 x 2 numbers of 4 bytes at c0, c1, c2.
VN_KERNEL(32, 1) box(VN_GRIDCONST vn_tmap map, const int* at, float* y) {
  VN_DYN_SMEM(smem);
  const vn_u32 bar = vn_smem_u32(smem) + 128;
  if (threadIdx.x == 0) {
    vn_mbar_init(bar, 1);
    vn_fence_mbar_init();
    vn_mbar_expect(bar, 96);
    vn_tma_5d(vn_smem_u32(smem), &map, at[0], at[1], at[2], 0, 0, bar);
  }
  __syncthreads();
  vn_mbar_wait(bar, 0);
  if (threadIdx.x < 24) y[threadIdx.x] = ((const float*)smem)[threadIdx.x];
}
VN_EXPORT(box)
#endif
