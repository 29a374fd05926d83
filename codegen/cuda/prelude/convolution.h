// Convolutions on tensor cores: one row of matrix products for each type of number. A unit of shared memory is 16 bytes of
// a voxel, 8 halves or 4 floats, and a product takes two of them.

// Keeps a loop a loop: written out, the addresses of copies would be kept in registers from one time to the next.
#if defined(__CUDACC__) || defined(__CUDACC_RTC__)
#define VN_ROLLED _Pragma("unroll 1")
#else
#define VN_ROLLED
#endif

struct vn_bf16_product {
  static VN_DEV void of(float* d, const vn_u32* a, vn_u32 b0, vn_u32 b1) { vn_mma_bf16(d, a[0], a[1], a[2], a[3], b0, b1); }
  static VN_DEV void prepare(vn_u32*) {}
};
struct vn_f16_product {
  static VN_DEV void of(float* d, const vn_u32* a, vn_u32 b0, vn_u32 b1) { vn_mma_f16(d, a[0], a[1], a[2], a[3], b0, b1); }
  static VN_DEV void prepare(vn_u32*) {}
};
struct vn_tf32_product {
  static VN_DEV void of(float* d, const vn_u32* a, vn_u32 b0, vn_u32 b1) { vn_mma_tf32(d, a[0], a[1], a[2], a[3], b0, b1); }
  static VN_DEV void prepare(vn_u32* a) {  // feature maps lie in memory in full
    VN_UNROLL for (int i = 0; i < 4; i++) a[i] = vn_bits(vn_to_tf32(vn_float(a[i])));
  }
};

// 16 voxels by two units: lane 16u+v gives the address of unit u of voxel v.
template <class Product> VN_DEV void vn_load_voxels(vn_u32 (&a)[4], vn_u32 addr) {
  vn_ldsm4(a[0], a[1], a[2], a[3], addr);
  Product::prepare(a);
}
// Two units by 8 N channels of weights: lane 16h+8u+c gives the address of unit u of channel 8h+c.
template <int N> VN_DEV void vn_load_weights(vn_u32 (&b)[2 * N], vn_u32 addr) {
  VN_UNROLL for (int j = 0; j + 1 < N; j += 2) vn_ldsm4(b[2 * j], b[2 * j + 1], b[2 * j + 2], b[2 * j + 3], addr + j * 128);
  if (N % 2 == 1) vn_ldsm2(b[2 * N - 2], b[2 * N - 1], addr + (N - 1) * 128);
}
// Adds the products of 16 voxels with 8 N channels of weights.
template <class Product, int N> VN_DEV void vn_multiply(float (&sum)[N][4], const vn_u32 (&a)[4], const vn_u32 (&b)[2 * N]) {
  VN_UNROLL for (int j = 0; j < N; j++) Product::of(sum[j], a, b[2 * j], b[2 * j + 1]);
}
// Adds up the eight lanes that have equal channels.
VN_DEV void vn_add_voxels(float (&s)[2]) {
  VN_UNROLL for (int m = 4; m < 32; m *= 2) {
    s[0] += vn_shfl_xor(s[0], m);
    s[1] += vn_shfl_xor(s[1], m);
  }
}
// A unit of packed weights: 8 numbers as halves, or 4 as they are multiplied by tf32.
VN_DEV void vn_pack_unit(vn_bf16* p, const float (&w)[8]) { vn_store(p, w); }
VN_DEV void vn_pack_unit(vn_f16* p, const float (&w)[8]) { vn_store(p, w); }
VN_DEV void vn_pack_unit(float* p, const float (&w)[4]) {
  const float r[4] = {vn_to_tf32(w[0]), vn_to_tf32(w[1]), vn_to_tf32(w[2]), vn_to_tf32(w[3])};
  vn_store(p, r);
}
