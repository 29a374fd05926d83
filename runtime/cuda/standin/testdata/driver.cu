// Kernels for the test of the driver: a good one, and some that fail each in its way.
#include "host.h"

VN_KERNEL(128, 1) add(float* y, float v, int n) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) y[i] += v;
}
VN_EXPORT(add)

VN_KERNEL(32, 1) misaligned(float* y) { *(float4*)(y + 1) = make_float4(1, 2, 3, 4); }
VN_EXPORT(misaligned)
VN_KERNEL(32, 1) null(float* y) { *(float*)0 = y[0]; }
VN_EXPORT(null)
VN_KERNEL(32, 1) behind(float* y) { y[64] = 1; }
VN_EXPORT(behind)
VN_KERNEL(32, 1) before(float* y) { y[-1] = 1; }
VN_EXPORT(before)
VN_KERNEL(64, 1) deadlock(float* y) {
  if (threadIdx.x < 32) vn_bar_sync(1, 64);
}
VN_EXPORT(deadlock)
VN_KERNEL(32, 1) divergent(float* y) {
  if (threadIdx.x < 16) y[0] = vn_shfl_xor(1.f, 1); else __syncwarp();
}
VN_EXPORT(divergent)
VN_KERNEL(32, 1) leaves(float* y) {
  if (threadIdx.x == 3) return;
  y[0] = vn_shfl_xor(1.f, 1);
}
VN_EXPORT(leaves)
VN_KERNEL(32, 1) shared_array(float* y) {
  VN_SHARED(float, s, 32);
  s[threadIdx.x + 1] = 1;
  y[0] = s[0];
}
VN_EXPORT(shared_array)
VN_KERNEL(32, 1) shared_dynamic(float* y) {
  VN_DYN_SMEM(s);
  ((float*)s)[threadIdx.x + 1] = y[0]; // 128 bytes are asked for
}
VN_EXPORT(shared_dynamic)
VN_KERNEL(32, 1) too_much_shared(float* y) {
  VN_SHARED(float, s, 13 * 1024);
  y[0] = s[0];
}
VN_EXPORT(too_much_shared)
