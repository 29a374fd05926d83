// The convolution of conv_mma.cu for Hopper: the tensor memory accelerator brings the halo, bulk copies the weights, each
// counted by barriers. One warpgroup produces; two multiply, each a column of 8x8 outputs through the depth of the tile.
// A fragment of the input is loaded once for each (kh, kw) and multiplied by up to five kd.
//
// Weights are [cin/16][kh][kw][kd][half of 16 channels][cout][8].
#if defined(__CUDACC__) || defined(__CUDACC_RTC__)
#include "device.h"
#include "wgmma.h"
#else
#include "host.h"
#endif

enum {
  channels = 32,
  depth = 4, height = 8, width = 32,
  tile_d = 4,
  halo_d = tile_d + 4, halo_h = 12, halo_w = 20,
  halo_bytes = 2 * halo_d * halo_h * halo_w * 16, // of 16 channels
  step_bytes = 5 * channels * 16 * 2,             // weights of five taps
  stages = 4,
  voxels = depth * height * width,
  weights_offset = 2 * halo_bytes,
  barriers_offset = weights_offset + stages * step_bytes,
};

VN_KERNEL(384, 1) conv(VN_GRIDCONST vn_tmap x, const vn_bf16* __restrict__ w, const float* __restrict__ bias,
                       const vn_bf16* __restrict__ residual, const float* __restrict__ slope, vn_bf16* __restrict__ y) {
  VN_DYN_SMEM(smem);
  const vn_u32 halo_at = vn_smem_u32(smem), weights_at = halo_at + weights_offset;
  const vn_u32 halo_full = halo_at + barriers_offset, halo_empty = halo_full + 16;
  const vn_u32 weights_full = halo_full + 32, weights_empty = halo_full + 64;
  const int tid = threadIdx.x, group = tid >> 7;
  const int w0 = blockIdx.x * 16, h0 = blockIdx.y * 8, d0 = blockIdx.z * tile_d;
  if (tid == 0) {
    for (int i = 0; i < 2; i++) {
      vn_mbar_init(halo_full + 8 * i, 1);
      vn_mbar_init(halo_empty + 8 * i, 2);
    }
    for (int i = 0; i < stages; i++) {
      vn_mbar_init(weights_full + 8 * i, 1);
      vn_mbar_init(weights_empty + 8 * i, 2);
    }
    vn_fence_mbar_init();
  }
  __syncthreads();

  if (group == 0) {
    vn_reg_dec<40>();
    if (tid == 0) {
      for (int c = 0, step = 0; c < channels / 16; c++) {
        const int b = c & 1;
        vn_mbar_wait(halo_empty + 8 * b, ((c >> 1) & 1) ^ 1);
        vn_mbar_expect(halo_full + 8 * b, halo_bytes);
        vn_tma_5d(halo_at + b * halo_bytes, &x, (w0 - 2) * 8, h0 - 2, d0 - 2, c * 2, 0, halo_full + 8 * b);
        for (int k = 0; k < 25; k++, step++) {
          const int q = step % stages;
          vn_mbar_wait(weights_empty + 8 * q, ((step / stages) & 1) ^ 1);
          vn_mbar_expect(weights_full + 8 * q, step_bytes);
          vn_bulk_g2s(weights_at + q * step_bytes, (const unsigned char*)w + (vn_u64)step * step_bytes, step_bytes,
                      weights_full + 8 * q);
        }
      }
    }
    return;
  }

  vn_reg_inc<232>();
  const int lane = tid & 31, warp = (tid >> 5) & 3, g = lane >> 2, t = lane & 3;
  float acc[tile_d][channels / 2];
  VN_UNROLL
  for (int i = 0; i < tile_d; i++)
    VN_UNROLL
    for (int j = 0; j < channels / 2; j++) acc[i][j] = 0.f;

  // A warp has rows 2*warp and 2*warp+1 of the 8x8 column.
  const int a_row = (lane & 7) + ((lane >> 3) & 1) * halo_w, a_half = lane >> 4;
  const vn_u32 a_at = ((a_half * halo_d * halo_h + 2 * warp) * halo_w + (group - 1) * 8 + a_row) * 16;
  for (int c = 0, step = 0; c < channels / 16; c++) {
    const int h = c & 1;
    vn_mbar_wait(halo_full + 8 * h, (c >> 1) & 1);
    for (int k = 0; k < 25; k++, step++) {
      const int q = step % stages;
      vn_mbar_wait(weights_full + 8 * q, (step / stages) & 1);
      const vn_u32 a = halo_at + h * halo_bytes + a_at + (k / 5 * halo_w + k % 5) * 16;
      const vn_u64 b = vn_gmma_desc(weights_at + q * step_bytes, channels * 16, 128);
      vn_u32 f[2][4];
      vn_ldsm4(f[0][0], f[0][1], f[0][2], f[0][3], a);
      VN_UNROLL
      for (int p = 0; p < halo_d; p++) {
        vn_gmma_fence();
        VN_UNROLL
        for (int kd = 0; kd < 5; kd++)
          if (p - kd >= 0 && p - kd < tile_d) vn_wgmma_rs_bf16_n32(acc[p - kd], f[p & 1], b + kd * (channels * 32 >> 4));
        vn_gmma_commit();
        if (p + 1 < halo_d) {
          vn_gmma_wait<1>(); // the fragments of plane p-1 are free
          vn_u32* next = f[(p + 1) & 1];
          vn_ldsm4(next[0], next[1], next[2], next[3], a + (p + 1) * halo_h * halo_w * 16);
        }
      }
      vn_gmma_wait<0>();
      if ((tid & 127) == 0) vn_mbar_arrive(weights_empty + 8 * q);
    }
    if ((tid & 127) == 0) vn_mbar_arrive(halo_empty + 8 * h);
  }

  VN_UNROLL
  for (int j = 0; j < channels / 8; j++) {
    const int c = j * 8 + 2 * t;
    VN_UNROLL
    for (int i = 0; i < tile_d; i++)
      VN_UNROLL
      for (int r = 0; r < 2; r++) {
        const vn_u64 voxel = ((vn_u64)(d0 + i) * height + h0 + 2 * warp + r) * width + w0 + (group - 1) * 8 + g;
        const vn_u64 at = ((vn_u64)j * voxels + voxel) * 8 + 2 * t;
        const vn_u32 q = *(const vn_u32*)(residual + at);
        float u = acc[i][4 * j + 2 * r] + bias[c] + vn_bf16_lo(q), v = acc[i][4 * j + 2 * r + 1] + bias[c + 1] + vn_bf16_hi(q);
        u = u > 0 ? u : u * slope[c];
        v = v > 0 ? v : v * slope[c + 1];
        *(vn_u32*)(y + at) = vn_pack_bf16(u, v);
      }
  }
}
VN_EXPORT(conv)
