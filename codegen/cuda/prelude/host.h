// The CPU side of the prelude: the names of device.h for g++, so that an emitted kernel compiles to a shared object that
// the stand-in driver (runtime/cuda/standin) loads and runs, a fiber for each thread. What runs is compiled once into
// that driver; here are declarations and what is worth inlining. No header is included: it is compiled for each kernel.
#ifndef VN_HOST_H
#define VN_HOST_H

typedef unsigned int vn_u32;
typedef unsigned long long vn_u64;

struct vn_bf16 { unsigned short bits; };
struct vn_f16 { unsigned short bits; };

struct uint3 { unsigned x, y, z; };
struct alignas(8) uint2 { unsigned x, y; };
struct alignas(16) uint4 { unsigned x, y, z, w; };
struct alignas(8) float2 { float x, y; };
struct alignas(16) float4 { float x, y, z, w; };

// A tensor map as the stand-in's cuTensorMapEncodeTiled fills it in; of the size of the real one.
struct alignas(64) vn_tmap {
  vn_u64 base, stride[5]; // bytes
  vn_u32 dim[5], box[5];  // elements
  vn_u32 rank, element;   // element: bytes
  vn_u32 magic, unused[7];
};

// ---- What the stand-in driver has for kernels ----

// Where the running thread is. The engine's own record of a thread begins with it.
struct vn_host_thread { uint3 thread, block, block_size, grid; };

enum vn_host_kind { VN_HOST_BF16, VN_HOST_F16, VN_HOST_TF32 };

extern "C" {
// "const": a thread stays the same while it runs, so the compiler may ask once.
const vn_host_thread* vn_host_self() __attribute__((const));
unsigned char* vn_host_dynamic_shared();
void* vn_host_static_shared(const void* key, vn_u32 bytes); // the same memory for all threads of a block that give the key
vn_u32 vn_host_shared_address(const void* p);
void* vn_host_shared(vn_u32 addr, vn_u32 bytes, vn_u32 align, const char* what);

void vn_host_barrier(int id, int threads); // threads < 0: all that have not left
void vn_host_syncwarp();
vn_u32 vn_host_shuffle(vn_u32 v, int lane_mask);

void vn_host_cp_async(vn_u32 dst, const void* src, int bytes);
void vn_host_cp_commit();
void vn_host_cp_wait(int groups);

void vn_host_ldmatrix(vn_u32* r, int matrices, int transposed, vn_u32 addr);
void vn_host_mma(vn_host_kind kind, float* d, const vn_u32* a, const vn_u32* b);

void vn_host_mbar_init(vn_u32 bar, int arrivals);
void vn_host_mbar_arrive(vn_u32 bar, vn_u32 bytes);
void vn_host_mbar_wait(vn_u32 bar, vn_u32 parity);
void vn_host_tma(vn_u32 dst, const vn_tmap* map, const int* at, vn_u32 bar);
void vn_host_bulk(vn_u32 dst, const void* src, vn_u32 bytes, vn_u32 bar);

vn_u64 vn_host_gmma_desc(vn_u32 addr, vn_u32 lbo, vn_u32 sbo);
void vn_host_gmma_fence();
void vn_host_gmma_commit();
void vn_host_gmma_wait(int groups);
void vn_host_wgmma(vn_host_kind kind, int n, float* d, const vn_u32* a, vn_u64 descB);
}

#define VN_DEV inline

VN_DEV vn_u32 vn_bits(float v) { return __builtin_bit_cast(vn_u32, v); }
VN_DEV float vn_float(vn_u32 bits) { return __builtin_bit_cast(float, bits); }

// ---- Numbers: IEEE 754, round to nearest, ties to even ----

VN_DEV float vn_from_bf16(vn_bf16 v) { return vn_float((vn_u32)v.bits << 16); }
VN_DEV vn_bf16 vn_to_bf16(float v) {
  vn_u32 u = vn_bits(v);
  if ((u & 0x7fffffffu) > 0x7f800000u) return {0x7fff};
  return {(unsigned short)((u + 0x7fffu + ((u >> 16) & 1)) >> 16)};
}
VN_DEV float vn_from_f16(vn_f16 v) {
  vn_u32 sign = (vn_u32)(v.bits & 0x8000u) << 16, rest = (vn_u32)(v.bits & 0x7fffu) << 13;
  if (rest >= 0x0f800000u) return vn_float(sign | rest | 0x7f800000u); // infinity, NaN
  return vn_float(sign | vn_bits(vn_float(rest) * 0x1p112f));          // exact, and right for subnormal numbers too
}
VN_DEV vn_f16 vn_to_f16(float v) {
  vn_u32 u = vn_bits(v), sign = (u >> 16) & 0x8000u;
  u &= 0x7fffffffu;
  if (u > 0x7f800000u) return {0x7fff};
  if (u >= 0x477ff000u) return {(unsigned short)(sign | 0x7c00u)}; // from halfway above the largest
  if (u < 0x38800000u) // subnormal: adding 1/2 makes the processor round at 2^-24
    return {(unsigned short)(sign | (vn_bits(vn_float(u) + 0.5f) - 0x3f000000u))};
  return {(unsigned short)(sign | ((u - 0x38000000u + 0xfffu + ((u >> 13) & 1)) >> 13))};
}
VN_DEV vn_u32 vn_pack_bf16(float lo, float hi) { return vn_to_bf16(lo).bits | (vn_u32)vn_to_bf16(hi).bits << 16; }
VN_DEV vn_u32 vn_pack_f16(float lo, float hi) { return vn_to_f16(lo).bits | (vn_u32)vn_to_f16(hi).bits << 16; }
VN_DEV float vn_bf16_lo(vn_u32 v) { return vn_float(v << 16); }
VN_DEV float vn_bf16_hi(vn_u32 v) { return vn_float(v & 0xffff0000u); }
VN_DEV float vn_f16_lo(vn_u32 v) { return vn_from_f16({(unsigned short)v}); }
VN_DEV float vn_f16_hi(vn_u32 v) { return vn_from_f16({(unsigned short)(v >> 16)}); }
VN_DEV float vn_to_tf32(float v) {
  vn_u32 u = vn_bits(v);
  if ((u & 0x7f800000u) == 0x7f800000u) return (u & 0x7fffffu) ? vn_float(0x7fffffffu) : v;
  return vn_float((u + 0x1000u) & ~0x1fffu); // ties away from zero
}

#if !defined(VN_HOST_ENGINE) // the engine wants the declarations above alone

#define VN_GRIDCONST const
#define VN_UNROLL
#define VN_DYN_SMEM(name) unsigned char* const name = vn_host_dynamic_shared()
#define VN_SHARED(type, name, n)          \
  static const char vn_shared_##name = 0; \
  type(&name)[n] = *(type(*)[n])vn_host_static_shared(&vn_shared_##name, sizeof(type[n]))

#define threadIdx (vn_host_self()->thread)
#define blockIdx (vn_host_self()->block)
#define blockDim (vn_host_self()->block_size)
#define gridDim (vn_host_self()->grid)
#define __syncthreads() vn_host_barrier(0, -1)
#define __syncwarp() vn_host_syncwarp()

extern "C" {
float expf(float) noexcept;
float logf(float) noexcept;
float log1pf(float) noexcept;
float sqrtf(float) noexcept;
float powf(float, float) noexcept;
float floorf(float) noexcept;
float fabsf(float) noexcept;
float fmaxf(float, float) noexcept;
float fminf(float, float) noexcept;
float cosf(float) noexcept;
float sinf(float) noexcept;
}

VN_DEV uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
VN_DEV uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }
VN_DEV float2 make_float2(float x, float y) { return {x, y}; }
VN_DEV float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }

VN_DEV vn_u32 vn_smem_u32(const void* p) { return vn_host_shared_address(p); }
VN_DEV vn_u32 vn_lds32(vn_u32 addr) { return *(vn_u32*)vn_host_shared(addr, 4, 4, "ld.shared"); }

VN_DEV void vn_cp_async16(vn_u32 dst, const void* src, int bytes) { vn_host_cp_async(dst, src, bytes); }
VN_DEV void vn_cp_commit() { vn_host_cp_commit(); }
template <int N> VN_DEV void vn_cp_wait() { vn_host_cp_wait(N); }

VN_DEV float vn_shfl_xor(float v, int mask) { return vn_float(vn_host_shuffle(vn_bits(v), mask)); }
VN_DEV void vn_bar_sync(int id, int threads) { vn_host_barrier(id, threads); }

VN_DEV void vn_ldsm(vn_u32& a, vn_u32& b, vn_u32& c, vn_u32& d, vn_u32 addr, int transposed) {
  vn_u32 r[4];
  vn_host_ldmatrix(r, 4, transposed, addr);
  a = r[0], b = r[1], c = r[2], d = r[3];
}
VN_DEV void vn_ldsm4(vn_u32& a, vn_u32& b, vn_u32& c, vn_u32& d, vn_u32 addr) { vn_ldsm(a, b, c, d, addr, 0); }
VN_DEV void vn_ldsm4t(vn_u32& a, vn_u32& b, vn_u32& c, vn_u32& d, vn_u32 addr) { vn_ldsm(a, b, c, d, addr, 1); }
VN_DEV void vn_ldsm(vn_u32& a, vn_u32& b, vn_u32 addr, int transposed) {
  vn_u32 r[2];
  vn_host_ldmatrix(r, 2, transposed, addr);
  a = r[0], b = r[1];
}
VN_DEV void vn_ldsm2(vn_u32& a, vn_u32& b, vn_u32 addr) { vn_ldsm(a, b, addr, 0); }
VN_DEV void vn_ldsm2t(vn_u32& a, vn_u32& b, vn_u32 addr) { vn_ldsm(a, b, addr, 1); }

#define VN_HOST_MMA(name, kind)                                                                  \
  VN_DEV void name(float* d, vn_u32 a0, vn_u32 a1, vn_u32 a2, vn_u32 a3, vn_u32 b0, vn_u32 b1) { \
    const vn_u32 a[4] = {a0, a1, a2, a3}, b[2] = {b0, b1};                                       \
    vn_host_mma(kind, d, a, b);                                                                  \
  }
VN_HOST_MMA(vn_mma_bf16, VN_HOST_BF16)
VN_HOST_MMA(vn_mma_f16, VN_HOST_F16)
VN_HOST_MMA(vn_mma_tf32, VN_HOST_TF32)

#if defined(VN_SM90A)
VN_DEV void vn_mbar_init(vn_u32 bar, int arrivals) { vn_host_mbar_init(bar, arrivals); }
VN_DEV void vn_mbar_expect(vn_u32 bar, vn_u32 bytes) { vn_host_mbar_arrive(bar, bytes); }
VN_DEV void vn_mbar_arrive(vn_u32 bar) { vn_host_mbar_arrive(bar, 0); }
VN_DEV void vn_mbar_wait(vn_u32 bar, vn_u32 parity) { vn_host_mbar_wait(bar, parity); }
VN_DEV void vn_fence_mbar_init() {}
VN_DEV void vn_tma_5d(vn_u32 dst, const vn_tmap* map, int c0, int c1, int c2, int c3, int c4, vn_u32 bar) {
  const int at[5] = {c0, c1, c2, c3, c4};
  vn_host_tma(dst, map, at, bar);
}
VN_DEV void vn_bulk_g2s(vn_u32 dst, const void* src, vn_u32 bytes, vn_u32 bar) { vn_host_bulk(dst, src, bytes, bar); }

VN_DEV vn_u64 vn_gmma_desc(vn_u32 addr, vn_u32 lbo, vn_u32 sbo) { return vn_host_gmma_desc(addr, lbo, sbo); }
VN_DEV void vn_gmma_fence() { vn_host_gmma_fence(); }
VN_DEV void vn_gmma_commit() { vn_host_gmma_commit(); }
template <int N> VN_DEV void vn_gmma_wait() { vn_host_gmma_wait(N); }
template <int N> VN_DEV void vn_gmma_done(float (&)[N]) {}
template <int N> VN_DEV void vn_reg_inc() {}
template <int N> VN_DEV void vn_reg_dec() {}

#define VN_HOST_WGMMA_TYPE(N, type, kind) \
  VN_DEV void vn_wgmma_rs_##type##_n##N(float* d, const vn_u32* a, vn_u64 descB) { vn_host_wgmma(kind, N, d, a, descB); }
#define VN_HOST_WGMMA(N) VN_HOST_WGMMA_TYPE(N, bf16, VN_HOST_BF16) VN_HOST_WGMMA_TYPE(N, f16, VN_HOST_F16)
VN_HOST_WGMMA(16) VN_HOST_WGMMA(32) VN_HOST_WGMMA(48) VN_HOST_WGMMA(64) VN_HOST_WGMMA(80) VN_HOST_WGMMA(96) VN_HOST_WGMMA(128)
#endif

// ---- How the driver finds and calls a kernel ----

namespace vn_host {
template <class T> struct bare { typedef T type; };
template <class T> struct bare<T&> { typedef T type; };
template <class T> struct bare<const T> { typedef T type; };
template <int... I> struct indices {};
template <class... A, int... I> inline void call(void (*kernel)(A...), void** params, indices<I...>) {
  kernel(*(typename bare<A>::type*)params[I]...);
}
template <class... A> inline void call(void (*kernel)(A...), void** params) {
  call(kernel, params, indices<__integer_pack(sizeof...(A))...>());
}
template <class... A> struct sizes_of { unsigned bytes[sizeof...(A) + 1]; };
template <class... A> constexpr sizes_of<A...> sizes(void (*)(A...)) { return {{(unsigned)sizeof(A)..., 0u}}; }
// The launch bounds of the kernel whose VN_KERNEL was the last use of __COUNTER__ before its VN_EXPORT.
template <int counter> struct bound { enum { threads = 0 }; };
}

#define VN_KERNEL(n, min_blocks)                                                  \
  template <> struct vn_host::bound<__COUNTER__> { enum { threads = (n) }; };     \
  extern "C" void
#define VN_EXPORT(name)                                                                                   \
  extern "C" {                                                                                            \
  extern const decltype(vn_host::sizes(name)) vn_params_##name = vn_host::sizes(name);                    \
  extern const unsigned vn_bound_##name = vn_host::bound<__COUNTER__ - 1>::threads;                       \
  void vn_thunk_##name(void** params) { vn_host::call(name, params); }                                    \
  }

// The architecture that the module was compiled for, as 80 or 90; 0: any.
#if !defined(VN_STANDIN_ARCH)
#define VN_STANDIN_ARCH 0
#endif
extern "C" __attribute__((weak)) int vn_standin_arch() { return VN_STANDIN_ARCH; }
#endif
#endif
