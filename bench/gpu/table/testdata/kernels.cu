// What the cubins in this directory were compiled of, by vnc-nvrtc with NVRTC 12.4: one kernel for each thing that
// cubin.go reads.

extern "C" __global__ void local(float* p, int n) {
  float a[16];
#pragma unroll 1
  for (int i = 0; i < 16; i++) a[i] = p[i * n];
  p[0] = a[n];
}

extern "C" __global__ void shared(float* p) {
  __shared__ float a[1000];
  a[threadIdx.x] = p[0];
  __syncthreads();
  p[1] = a[threadIdx.x ^ 1];
}

extern "C" __global__ void matrix(float* d, unsigned* q) {
  float a = d[0], b = d[1], c = d[2], e = d[3];
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
               : "+f"(a), "+f"(b), "+f"(c), "+f"(e)
               : "r"(q[0]), "r"(q[1]), "r"(q[2]), "r"(q[3]), "r"(q[4]), "r"(q[5]));
  d[0] = a; d[1] = b; d[2] = c; d[3] = e;
}

#ifdef VN_SM90A
#define PRODUCT(...)                                                                              \
  float a = 0, b = 0, c = 0, e = 0;                                                               \
  asm volatile("wgmma.fence.sync.aligned;");                                                      \
  asm volatile("wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 {%0,%1,%2,%3}, " __VA_ARGS__); \
  asm volatile("wgmma.commit_group.sync.aligned;");                                               \
  asm volatile("wgmma.wait_group.sync.aligned 0;");                                               \
  d[0] = a; d[1] = b; d[2] = c; d[3] = e;

extern "C" __global__ void wide(float* d, unsigned long long x, unsigned long long y) {
  PRODUCT("%4, %5, 1, 1, 1, 0, 0;" : "+f"(a), "+f"(b), "+f"(c), "+f"(e) : "l"(x), "l"(y))
}

extern "C" __global__ void wideOfRegisters(float* d, unsigned* q, unsigned long long y) {
  unsigned r = q[0], s = q[1], t = q[2], u = q[3];
  PRODUCT("{%4,%5,%6,%7}, %8, 1, 1, 1, 0;" : "+f"(a), "+f"(b), "+f"(c), "+f"(e) : "r"(r), "r"(s), "r"(t), "r"(u), "l"(y))
}
#endif
