// What kernels of both sides stand on: vectors of lanes, maps, reductions in a fixed order, random numbers.

#define VN_LANES(n) VN_UNROLL for (int l = 0; l < n; l++)
#define VN_NAN vn_float(0x7fc00000u)
#define VN_INFINITY vn_float(0x7f800000u)

VN_DEV int vn_least(int a, int b) { return a < b ? a : b; }
VN_DEV long long vn_least(long long a, long long b) { return a < b ? a : b; }

// max and min as the graph defines them: NaN where either argument is.
VN_DEV float vn_max(float a, float b) { return a > b || a != a ? a : b; }
VN_DEV float vn_min(float a, float b) { return a < b || a != a ? a : b; }

// One number of any storage type.
VN_DEV float vn_get(const float* p) { return *p; }
VN_DEV float vn_get(const vn_bf16* p) { return vn_from_bf16(*p); }
VN_DEV float vn_get(const vn_f16* p) { return vn_from_f16(*p); }
VN_DEV void vn_put(float* p, float x) { *p = x; }
VN_DEV void vn_put(vn_bf16* p, float x) { *p = vn_to_bf16(x); }
VN_DEV void vn_put(vn_f16* p, float x) { *p = vn_to_f16(x); }

// Aligned vectors of 2, 4 or 8 numbers.
VN_DEV void vn_load(float (&r)[2], const float* p) {
  const float2 v = *(const float2*)p;
  r[0] = v.x; r[1] = v.y;
}
VN_DEV void vn_store(float* p, const float (&r)[2]) {
  float2 v;
  v.x = r[0]; v.y = r[1];
  *(float2*)p = v;
}
template <int N> VN_DEV void vn_load(float (&r)[N], const float* p) {
  VN_UNROLL for (int i = 0; i < N / 4; i++) {
    const float4 v = ((const float4*)p)[i];
    r[4 * i] = v.x; r[4 * i + 1] = v.y; r[4 * i + 2] = v.z; r[4 * i + 3] = v.w;
  }
}
template <int N> VN_DEV void vn_store(float* p, const float (&r)[N]) {
  VN_UNROLL for (int i = 0; i < N / 4; i++) {
    float4 v;
    v.x = r[4 * i]; v.y = r[4 * i + 1]; v.z = r[4 * i + 2]; v.w = r[4 * i + 3];
    ((float4*)p)[i] = v;
  }
}

// The words of N halves, as the widest access that N allows.
template <int N> VN_DEV void vn_load_words(vn_u32 (&w)[N / 2], const void* p) {
  if (N == 8) {
    const uint4 v = *(const uint4*)p;
    w[0] = v.x; w[1 % (N / 2)] = v.y; w[2 % (N / 2)] = v.z; w[3 % (N / 2)] = v.w;
  } else {
    VN_UNROLL for (int i = 0; i < N / 2; i++) w[i] = ((const vn_u32*)p)[i];
  }
}
template <int N> VN_DEV void vn_store_words(void* p, const vn_u32 (&w)[N / 2]) {
  if (N == 8) {
    uint4 v;
    v.x = w[0]; v.y = w[1 % (N / 2)]; v.z = w[2 % (N / 2)]; v.w = w[3 % (N / 2)];
    *(uint4*)p = v;
  } else {
    VN_UNROLL for (int i = 0; i < N / 2; i++) ((vn_u32*)p)[i] = w[i];
  }
}
template <int N> VN_DEV void vn_load(float (&r)[N], const vn_bf16* p) {
  vn_u32 w[N / 2];
  vn_load_words<N>(w, p);
  VN_UNROLL for (int i = 0; i < N / 2; i++) { r[2 * i] = vn_bf16_lo(w[i]); r[2 * i + 1] = vn_bf16_hi(w[i]); }
}
template <int N> VN_DEV void vn_store(vn_bf16* p, const float (&r)[N]) {
  vn_u32 w[N / 2];
  VN_UNROLL for (int i = 0; i < N / 2; i++) w[i] = vn_pack_bf16(r[2 * i], r[2 * i + 1]);
  vn_store_words<N>(p, w);
}
template <int N> VN_DEV void vn_load(float (&r)[N], const vn_f16* p) {
  vn_u32 w[N / 2];
  vn_load_words<N>(w, p);
  VN_UNROLL for (int i = 0; i < N / 2; i++) { r[2 * i] = vn_f16_lo(w[i]); r[2 * i + 1] = vn_f16_hi(w[i]); }
}
template <int N> VN_DEV void vn_store(vn_f16* p, const float (&r)[N]) {
  vn_u32 w[N / 2];
  VN_UNROLL for (int i = 0; i < N / 2; i++) w[i] = vn_pack_f16(r[2 * i], r[2 * i + 1]);
  vn_store_words<N>(p, w);
}

// Reductions.
struct vn_addition {
  static VN_DEV float identity() { return 0.f; }
  static VN_DEV float of(float a, float b) { return a + b; }
};
struct vn_maximum {
  static VN_DEV float identity() { return -VN_INFINITY; }
  static VN_DEV float of(float a, float b) { return vn_max(a, b); }
};
struct vn_minimum {
  static VN_DEV float identity() { return VN_INFINITY; }
  static VN_DEV float of(float a, float b) { return vn_min(a, b); }
};

// Combines the lanes of a warp: every lane has the result.
template <class Op, int W> VN_DEV void vn_warp_combine(float (&s)[W]) {
  VN_UNROLL for (int i = 0; i < W; i++)
    VN_UNROLL for (int m = 16; m > 0; m /= 2) s[i] = Op::of(s[i], vn_shfl_xor(s[i], m));
}

// Combines the threads of a block, as a tree: thread 0 has the result. warps holds W numbers for each warp.
template <class Op, int THREADS, int W> VN_DEV void vn_block_combine(float (&s)[W], float* warps) {
  vn_warp_combine<Op>(s);
  if (THREADS == 32) return;
  __syncthreads();  // warps may still be read for the result before
  if (threadIdx.x % 32 == 0) {
    VN_UNROLL for (int i = 0; i < W; i++) warps[threadIdx.x / 32 * W + i] = s[i];
  }
  __syncthreads();
  if (threadIdx.x == 0) {
    for (int w = 1; w < THREADS / 32; w++) {
      VN_UNROLL for (int i = 0; i < W; i++) s[i] = Op::of(s[i], warps[w * W + i]);
    }
  }
}

// Random numbers: Philox4x32-10 (Salmon, Moraes, Dror, Shaw, SC 2011), keyed by seed, step and stream; the counter is the
// place in the sample and the sample.
struct vn_step { vn_u64 seed, step; };

VN_DEV vn_u64 vn_mix(vn_u64 x) {
  x += 0x9E3779B97F4A7C15ull;
  x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9ull;
  x = (x ^ x >> 27) * 0x94D049BB133111EBull;
  return x ^ x >> 31;
}

struct vn_words { vn_u32 w[4]; };

VN_DEV vn_words vn_philox(const vn_step* s, vn_u64 stream, vn_u64 sample, vn_u64 block) {
  const vn_u64 key = vn_mix(vn_mix(vn_mix(s->seed) + s->step) + stream);
  vn_u32 k0 = (vn_u32)key, k1 = (vn_u32)(key >> 32);
  vn_words c = {{(vn_u32)block, (vn_u32)(block >> 32), (vn_u32)sample, (vn_u32)(sample >> 32)}};
  for (int round = 0; round < 10; round++) {
    const vn_u64 a = (vn_u64)0xD2511F53u * c.w[0], b = (vn_u64)0xCD9E8D57u * c.w[2];
    c = vn_words{{(vn_u32)(b >> 32) ^ c.w[1] ^ k0, (vn_u32)b, (vn_u32)(a >> 32) ^ c.w[3] ^ k1, (vn_u32)a}};
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return c;
}

VN_DEV float vn_uniform(const vn_step* s, vn_u64 stream, vn_u64 sample, vn_u64 at) {
  return (float)(vn_philox(s, stream, sample, at / 4).w[at % 4] >> 8) * 0x1p-24f;
}

// By Box and Muller's method; the pair of words belongs to two neighbours.
VN_DEV float vn_normal(const vn_step* s, vn_u64 stream, vn_u64 sample, vn_u64 at) {
  const vn_words c = vn_philox(s, stream, sample, at / 4);
  const int pair = (int)(at % 4) / 2 * 2;
  const vn_u32 word = c.w[pair];  // u = (word + 1) 2^-32; near 1, log(u) from what is missing to 1
  const float log_u = word < 0x80000000u ? logf(((float)word + 1.f) * 0x1p-32f) : log1pf((float)(0xffffffffu - word) * -0x1p-32f);
  const float radius = sqrtf(-2.f * log_u);
  const float angle = 6.28318530718f * ((float)c.w[pair + 1] * 0x1p-32f);
  return at % 2 == 0 ? radius * cosf(angle) : radius * sinf(angle);
}

// Interpolation: the position o of `out` lies at (o + 1/2) in/out - 1/2 of `in`. In double, so that a position that meets a
// boundary falls on the side on which it falls in the definition.
struct vn_place { int low; float fraction; };

VN_DEV vn_place vn_linear(int o, int in, int out) {
  double at = (o + 0.5) * ((double)in / out) - 0.5;
  at = at < 0 ? 0 : at > in - 1 ? in - 1 : at;
  const int low = (int)at;
  return vn_place{low, (float)(at - low)};
}
VN_DEV int vn_nearest(int o, int in, int out) { return vn_least((int)((o + 0.5) * ((double)in / out)), in - 1); }

// The share that the position p of `in` has in the position o of `out`, and the first and the last o that may have one.
VN_DEV float vn_share_linear(int o, int in, int out, int p) {
  const vn_place a = vn_linear(o, in, out);
  return p == a.low ? 1.f - a.fraction : p == a.low + 1 ? a.fraction : 0.f;
}
VN_DEV float vn_share_nearest(int o, int in, int out, int p) { return p == vn_nearest(o, in, out) ? 1.f : 0.f; }
VN_DEV int vn_first(int p, int in, int out) {
  const int o = (int)((p - 0.5) * ((double)out / in) - 0.5) - 1;
  return o < 0 ? 0 : o;
}
VN_DEV int vn_last(int p, int in, int out) { return vn_least((int)((p + 1.5) * ((double)out / in) - 0.5) + 1, out - 1); }

// The row of a table that a block works on: the last whose first block, its last entry, is not behind it.
VN_DEV const vn_u64* vn_row(const vn_u64* table, int rows, int width, int block) {
  int low = 0, high = rows;
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    if ((int)table[middle * width + width - 1] <= block) low = middle; else high = middle;
  }
  return table + low * width;
}
