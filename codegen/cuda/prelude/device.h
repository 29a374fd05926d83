// The device side of the prelude: every instruction that emitted kernels may use and C++ has no word for is a function
// here, so that the text of a kernel is the same for a GPU and for the stand-in on the CPU (host.h, same names). It needs
// no CUDA header: NVRTC compiles it without an include path. Instructions are those of the PTX ISA, section 9.7.
#ifndef VN_DEVICE_H
#define VN_DEVICE_H

typedef unsigned int vn_u32;
typedef unsigned long long vn_u64;

// How numbers of 16 bits are stored. Arithmetic is in float alone.
struct vn_bf16 { unsigned short bits; };
struct vn_f16 { unsigned short bits; };

#define VN_DEV __device__ __forceinline__
#define VN_KERNEL(threads, min_blocks) extern "C" __global__ void __launch_bounds__(threads, min_blocks)
#define VN_EXPORT(name)
#define VN_DYN_SMEM(name) extern __shared__ __align__(1024) unsigned char name[]
#define VN_SHARED(type, name, n) __shared__ __align__(16) type name[n]
#define VN_GRIDCONST const __grid_constant__
#define VN_UNROLL _Pragma("unroll")

// ---- Numbers ----

VN_DEV vn_u32 vn_bits(float v) { return __float_as_uint(v); }
VN_DEV float vn_float(vn_u32 bits) { return __uint_as_float(bits); }

VN_DEV float vn_from_bf16(vn_bf16 v) { return vn_float((vn_u32)v.bits << 16); }
VN_DEV vn_bf16 vn_to_bf16(float v) {
  vn_bf16 r;
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(r.bits) : "f"(v));
  return r;
}
VN_DEV float vn_from_f16(vn_f16 v) {
  float r;
  asm("cvt.f32.f16 %0, %1;" : "=f"(r) : "h"(v.bits));
  return r;
}
VN_DEV vn_f16 vn_to_f16(float v) {
  vn_f16 r;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(r.bits) : "f"(v));
  return r;
}

// Two numbers in a word, the first in the low half: as memory has them.
VN_DEV vn_u32 vn_pack_bf16(float lo, float hi) {
  vn_u32 r;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(hi), "f"(lo));
  return r;
}
VN_DEV vn_u32 vn_pack_f16(float lo, float hi) {
  vn_u32 r;
  asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(hi), "f"(lo));
  return r;
}
VN_DEV float vn_bf16_lo(vn_u32 v) { return vn_float(v << 16); }
VN_DEV float vn_bf16_hi(vn_u32 v) { return vn_float(v & 0xffff0000u); }
VN_DEV float vn_f16_lo(vn_u32 v) {
  vn_f16 h = {(unsigned short)v};
  return vn_from_f16(h);
}
VN_DEV float vn_f16_hi(vn_u32 v) {
  vn_f16 h = {(unsigned short)(v >> 16)};
  return vn_from_f16(h);
}

// Rounds to a mantissa of 10 bits, ties away from zero. vn_mma_tf32 drops the other bits: without this it truncates.
VN_DEV float vn_to_tf32(float v) {
  vn_u32 r;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(r) : "f"(v));
  return vn_float(r);
}

// ---- Shared memory, by its own addresses of 32 bits ----

VN_DEV vn_u32 vn_smem_u32(const void* p) {
  vn_u32 a;
  asm("{ .reg .u64 t; cvta.to.shared.u64 t, %1; cvt.u32.u64 %0, t; }" : "=r"(a) : "l"(p));
  return a;
}
VN_DEV vn_u32 vn_lds32(vn_u32 addr) {
  vn_u32 v;
  asm volatile("ld.shared.b32 %0, [%1];" : "=r"(v) : "r"(addr) : "memory");
  return v;
}

// ---- Asynchronous copies from global to shared memory ----

// Copies `bytes` (0 to 16) and fills the rest of the 16 with zeros. Both addresses are multiples of 16.
VN_DEV void vn_cp_async16(vn_u32 dst, const void* src, int bytes) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(dst), "l"(src), "r"(bytes) : "memory");
}
VN_DEV void vn_cp_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
// Waits until all but the N youngest groups of this thread have landed.
template <int N> VN_DEV void vn_cp_wait() { asm volatile("cp.async.wait_group %0;" ::"n"(N) : "memory"); }

// ---- Exchange between the lanes of a warp; all 32 take part ----

VN_DEV float vn_shfl_xor(float v, int mask) { return __shfl_xor_sync(0xffffffffu, v, mask); }
// Meets the threads of a part of the block, a multiple of 32. Barrier 0 is that of __syncthreads.
VN_DEV void vn_bar_sync(int id, int threads) { asm volatile("bar.sync %0, %1;" ::"r"(id), "r"(threads) : "memory"); }

// ---- Tensor cores ----

// Loads four (two) matrices of 8 rows of 16 bytes. Lane 8i+r gives the address of row r of matrix i; lane 4r+c gets
// elements 2c and 2c+1 of row r of each (with t: of column r).
VN_DEV void vn_ldsm4(vn_u32& a, vn_u32& b, vn_u32& c, vn_u32& d, vn_u32 addr) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(a), "=r"(b), "=r"(c), "=r"(d) : "r"(addr) : "memory");
}
VN_DEV void vn_ldsm4t(vn_u32& a, vn_u32& b, vn_u32& c, vn_u32& d, vn_u32 addr) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(a), "=r"(b), "=r"(c), "=r"(d) : "r"(addr) : "memory");
}
VN_DEV void vn_ldsm2(vn_u32& a, vn_u32& b, vn_u32 addr) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0,%1}, [%2];" : "=r"(a), "=r"(b) : "r"(addr) : "memory");
}
VN_DEV void vn_ldsm2t(vn_u32& a, vn_u32& b, vn_u32 addr) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0,%1}, [%2];" : "=r"(a), "=r"(b) : "r"(addr) : "memory");
}

// d[4] += a (16x16, rows) * b (16x8, columns); tf32: a is 16x8, b 8x8.
#define VN_MMA(name, shape, type)                                                                                  \
  VN_DEV void name(float* d, vn_u32 a0, vn_u32 a1, vn_u32 a2, vn_u32 a3, vn_u32 b0, vn_u32 b1) {                   \
    asm volatile("mma.sync.aligned." shape ".row.col.f32." type "." type ".f32 "                                   \
                 "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"                                           \
                 : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])                                                  \
                 : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));                                          \
  }
VN_MMA(vn_mma_bf16, "m16n8k16", "bf16")
VN_MMA(vn_mma_f16, "m16n8k16", "f16")
VN_MMA(vn_mma_tf32, "m16n8k8", "tf32")
#undef VN_MMA

#if defined(VN_SM90A)
// ---- Hopper ----

// A tensor map, passed to a kernel by value as VN_GRIDCONST.
struct __align__(64) vn_tmap { vn_u64 opaque[16]; };

// A barrier in shared memory (8 bytes, a multiple of 8) that counts arrivals and bytes.
VN_DEV void vn_mbar_init(vn_u32 bar, int arrivals) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(bar), "r"(arrivals) : "memory");
}
// Arrives, and says how many bytes copies will bring in this phase.
VN_DEV void vn_mbar_expect(vn_u32 bar, vn_u32 bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(bar), "r"(bytes) : "memory");
}
VN_DEV void vn_mbar_arrive(vn_u32 bar) { asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(bar) : "memory"); }
// Waits for the end of the phase of this parity: of the first phase it is 0.
VN_DEV void vn_mbar_wait(vn_u32 bar, vn_u32 parity) {
  asm volatile("{ .reg .pred p; W: mbarrier.try_wait.parity.shared::cta.b64 p, [%0], %1; @p bra.uni D; bra.uni W; D: }"
               ::"r"(bar), "r"(parity) : "memory");
}
// Makes initialised barriers visible to copies; __syncthreads() makes them visible to threads.
VN_DEV void vn_fence_mbar_init() { asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory"); }

// Copies the box of the map at these coordinates, the fastest first, to a multiple of 128 bytes; zeros lie outside.
VN_DEV void vn_tma_5d(vn_u32 dst, const vn_tmap* map, int c0, int c1, int c2, int c3, int c4, vn_u32 bar) {
  asm volatile("cp.async.bulk.tensor.5d.shared::cluster.global.tile.mbarrier::complete_tx::bytes "
               "[%0], [%1, {%2,%3,%4,%5,%6}], [%7];"
               ::"r"(dst), "l"(map), "r"(c0), "r"(c1), "r"(c2), "r"(c3), "r"(c4), "r"(bar) : "memory");
}
// Copies bytes in a row; addresses and size are multiples of 16.
VN_DEV void vn_bulk_g2s(vn_u32 dst, const void* src, vn_u32 bytes, vn_u32 bar) {
  asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];"
               ::"r"(dst), "l"(src), "r"(bytes), "r"(bar) : "memory");
}

// Describes an operand of wgmma in shared memory, K-major, not swizzled: core matrices of 8 rows of 16 bytes; `lbo`
// bytes to the next along K, `sbo` to the next along M or N.
VN_DEV vn_u64 vn_gmma_desc(vn_u32 addr, vn_u32 lbo, vn_u32 sbo) {
  return (vn_u64)((addr & 0x3ffff) >> 4) | (vn_u64)((lbo & 0x3ffff) >> 4) << 16 | (vn_u64)((sbo & 0x3ffff) >> 4) << 32;
}
// Needed before the first wgmma and whenever registers that a wgmma reads or adds to were written by other means.
VN_DEV void vn_gmma_fence() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
VN_DEV void vn_gmma_commit() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
// Waits until all but the N youngest groups are done.
template <int N> VN_DEV void vn_gmma_wait() { asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(N) : "memory"); }
// Says that sums are read from here on alone: the compiler knows of no bond between them and the wait, and might move the
// reads above it.
template <int N> VN_DEV void vn_gmma_done(float (&sums)[N]) {
  VN_UNROLL for (int i = 0; i < N; i++) asm volatile("" : "+f"(sums[i])::"memory");
}

// Takes registers for, or gives them back from, the threads of a warpgroup.
template <int N> VN_DEV void vn_reg_inc() { asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(N)); }
template <int N> VN_DEV void vn_reg_dec() { asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(N)); }
#endif
#endif
