// A 5x5x5 convolution with the same extents, 32 to 32 channels, bias, residual and PReLU, for sm_80: the halo of a tile of
// outputs is copied once and used by all 125 taps, weights follow in steps of five taps, three of them under way.
//
// Maps are [channels/8][D][H][W][8] in bf16, weights [cin/16][kd][kh][kw][half of 16 channels][cout][8].
#if defined(__CUDACC__) || defined(__CUDACC_RTC__)
#include "device.h"
#else
#include "host.h"
#endif

enum {
  channels = 32,
  depth = 4, height = 8, width = 32,           // of the maps
  tile_d = 4, tile_h = 8, tile_w = 16,         // outputs of a block
  halo_d = tile_d + 4, halo_h = tile_h + 4, halo_w = tile_w + 4,
  halo = halo_d * halo_h * halo_w,             // voxels, of 16 bytes for 8 channels
  step_bytes = 5 * channels * 16 * 2,          // weights of five taps
  stages = 3,
  voxels = depth * height * width,
};

VN_DEV void load_weights(vn_u32 dst, const vn_bf16* w, int step) {
  const unsigned char* src = (const unsigned char*)w + (vn_u64)step * step_bytes;
  for (int i = threadIdx.x; i < step_bytes / 16; i += 256) vn_cp_async16(dst + i * 16, src + i * 16, 16);
}

VN_KERNEL(256, 1) conv(const vn_bf16* __restrict__ x, const vn_bf16* __restrict__ w, const float* __restrict__ bias,
                       const vn_bf16* __restrict__ residual, const float* __restrict__ slope, vn_bf16* __restrict__ y) {
  VN_DYN_SMEM(smem);
  const vn_u32 halo_at = vn_smem_u32(smem), weights_at = halo_at + 2 * halo * 16;
  const int tid = threadIdx.x, warp = tid >> 5, lane = tid & 31;
  const int w0 = blockIdx.x * tile_w, h0 = blockIdx.y * tile_h, d0 = blockIdx.z * tile_d;

  float acc[4][4][4]; // rows of outputs, 8 channels each, fragment
  VN_UNROLL
  for (int i = 0; i < 4; i++)
    for (int j = 0; j < 4; j++)
      for (int k = 0; k < 4; k++) acc[i][j][k] = 0.f;

  // A warp has four rows of 16 outputs: depth warp/2, heights from 4*(warp%2).
  const int row_d = warp >> 1, row_h = (warp & 1) * 4;
  const int a_row = (lane & 7) + ((lane >> 3) & 1) * 8, a_half = lane >> 4;
  const vn_u32 a_at = halo_at + (a_half * halo + (row_d * halo_h + row_h) * halo_w + a_row) * 16;
  const vn_u32 b_at = ((lane >> 4) * 8 + (lane & 7)) * 16 + ((lane >> 3) & 1) * channels * 16;

  int step = 0;
  for (int c = 0; c < channels / 16; c++) {
    __syncthreads(); // the halo is free
    for (int i = tid; i < 2 * halo; i += 256) {
      const int half = i / halo, v = i % halo, vw = v % halo_w, vh = v / halo_w % halo_h, vd = v / (halo_w * halo_h);
      const int d = d0 + vd - 2, h = h0 + vh - 2, ww = w0 + vw - 2;
      const bool inside = (unsigned)d < depth && (unsigned)h < height && (unsigned)ww < width;
      const vn_u64 voxel = inside ? ((vn_u64)d * height + h) * width + ww : 0;
      vn_cp_async16(halo_at + i * 16, x + ((vn_u64)(c * 2 + half) * voxels + voxel) * 8, inside ? 16 : 0);
    }
    load_weights(weights_at + (step % stages) * step_bytes, w, step);
    vn_cp_commit();
    load_weights(weights_at + ((step + 1) % stages) * step_bytes, w, step + 1);
    vn_cp_commit();
    for (int s = 0; s < 25; s++, step++) {
      if (s < 24) vn_cp_wait<1>(); else vn_cp_wait<0>();
      __syncthreads(); // everybody's part of this step is there
      if (s < 23) {
        load_weights(weights_at + ((step + 2) % stages) * step_bytes, w, step + 2);
        vn_cp_commit();
      }
      const vn_u32 b_step = weights_at + (step % stages) * step_bytes + b_at;
      const vn_u32 a_step = a_at + (s / 5 * halo_h + s % 5) * halo_w * 16;
      VN_UNROLL
      for (int kw = 0; kw < 5; kw++) {
        vn_u32 b[8];
        vn_ldsm4(b[0], b[1], b[2], b[3], b_step + kw * channels * 32);
        vn_ldsm4(b[4], b[5], b[6], b[7], b_step + kw * channels * 32 + 256);
        VN_UNROLL
        for (int i = 0; i < 4; i++) {
          vn_u32 a[4];
          vn_ldsm4(a[0], a[1], a[2], a[3], a_step + (i * halo_w + kw) * 16);
          VN_UNROLL
          for (int j = 0; j < 4; j++) vn_mma_bf16(acc[i][j], a[0], a[1], a[2], a[3], b[2 * j], b[2 * j + 1]);
        }
      }
    }
  }

  const int g = lane >> 2, t = lane & 3;
  VN_UNROLL
  for (int i = 0; i < 4; i++)
    VN_UNROLL
    for (int j = 0; j < 4; j++) {
      const int c = j * 8 + 2 * t;
      VN_UNROLL
      for (int r = 0; r < 2; r++) {
        const vn_u64 voxel = ((vn_u64)(d0 + row_d) * height + h0 + row_h + i) * width + w0 + g + 8 * r;
        const vn_u64 at = ((vn_u64)j * voxels + voxel) * 8 + 2 * t;
        const vn_u32 q = *(const vn_u32*)(residual + at);
        float u = acc[i][j][2 * r] + bias[c] + vn_bf16_lo(q), v = acc[i][j][2 * r + 1] + bias[c + 1] + vn_bf16_hi(q);
        u = u > 0 ? u : u * slope[c];
        v = v > 0 ? v : v * slope[c + 1];
        *(vn_u32*)(y + at) = vn_pack_bf16(u, v);
      }
    }
}
VN_EXPORT(conv)
