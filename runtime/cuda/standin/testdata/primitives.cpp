// Compares single instructions with their definition, in float64: primitives KERNELS.cu sm_80|sm_90a
//
// Which element a register holds is written as the PTX ISA, 9.7.14, writes it.
#include <functional>

#include "harness.h"

namespace {

void require(bool ok, const std::string& what) {
  if (!ok) stop(wrong, what);
}

void launch(void* f, int threads, int shared, std::vector<void*> params) {
  check(cuLaunchKernel(f, 1, 1, 1, threads, 1, 1, shared, nullptr, params.data(), nullptr), "launch");
  check(cuCtxSynchronize(), "kernel");
}

// ---- Numbers ----

// The nearest of the numbers that 16 bits can hold, the even one of two: by trying the neighbours, for any format.
unsigned nearest(double v, const std::function<double(unsigned)>& value, unsigned guess) {
  unsigned best = guess;
  for (unsigned h = guess > 2 ? guess - 2 : 0; h <= guess + 2; h++) {
    double now = std::fabs(value(h) - v), before = std::fabs(value(best) - v);
    if (now < before || (now == before && h % 2 == 0)) best = h;
  }
  return best;
}

void numbers() {
  // float16 from its definition: sign, 5 bits of exponent, 10 of mantissa.
  auto f16 = [](unsigned h) {
    double m = h & 1023, e = h >> 10 & 31;
    if (h == 0x7c00) return 65536.0; // for rounding: what would be the next
    return e ? std::ldexp(1 + m / 1024, int(e) - 15) : std::ldexp(m / 1024, -14);
  };
  for (unsigned h = 0; h < 0x7c00; h++) {
    require(vn_from_f16({(unsigned short)h}) == f16(h), "vn_from_f16");
    require(vn_from_f16({(unsigned short)(h | 0x8000)}) == -f16(h), "vn_from_f16, negative");
    require(vn_to_f16(float(f16(h))).bits == h, "vn_to_f16 of a float16");
  }
  require(std::isinf(vn_from_f16({0x7c00})) && std::isnan(vn_from_f16({0x7c01})), "vn_from_f16 of infinity, NaN");
  require(vn_to_f16(INFINITY).bits == 0x7c00 && vn_to_f16(1e9f).bits == 0x7c00 && vn_to_f16(65519.f).bits == 0x7bff, "overflow");
  require((vn_to_f16(NAN).bits & 0x7fff) > 0x7c00 && (vn_to_bf16(NAN).bits & 0x7fff) > 0x7f80 && std::isnan(vn_to_tf32(NAN)), "NaN");
  require(vn_to_bf16(INFINITY).bits == 0x7f80 && vn_to_bf16(3.4e38f).bits == 0x7f80, "bfloat16, overflow");

  Random random;
  auto bf16 = [](unsigned h) { return double(vn_float(h << 16)); };
  for (int i = 0; i < 300000; i++) {
    float v = std::fabs(random()) * std::exp2(30 * random());
    if (i % 3 == 0) v = vn_float(vn_bits(v) & 0xfffff000u); // many ties
    if (v < 65504) {
      unsigned got = vn_to_f16(v).bits;
      require(got == nearest(v, f16, got), "vn_to_f16 of " + std::to_string(v));
    }
    unsigned got = vn_to_bf16(v).bits;
    require(got == nearest(v, bf16, got), "vn_to_bf16 of " + std::to_string(v));
    // TF32: to the nearest multiple of 2^-10 of the leading bit, ties away from zero.
    int e;
    std::frexp(v, &e);
    double unit = std::ldexp(1, e - 11);
    require(vn_to_tf32(v) == std::floor(v / unit + 0.5) * unit && vn_to_tf32(-v) == -vn_to_tf32(v), "vn_to_tf32");
    vn_u32 w = vn_pack_f16(v, -v);
    require(vn_f16_lo(w) == vn_from_f16(vn_to_f16(v)) && vn_f16_hi(w) == -vn_f16_lo(w), "vn_pack_f16");
    w = vn_pack_bf16(v, -v);
    require(vn_bf16_lo(w) == vn_from_bf16(vn_to_bf16(v)) && vn_bf16_hi(w) == -vn_bf16_lo(w), "vn_pack_bf16");
  }
}

// ---- ldmatrix ----

void ldmatrix(void* module) {
  std::vector<unsigned short> x(256); // 4 matrices, 8 rows, 8 columns
  for (int i = 0; i < 256; i++) x[i] = (unsigned short)(1000 + i);
  uint64_t dx = upload(x), dy = allocate(32 * 12 * 4);
  launch(function(module, "ldmatrix"), 32, 0, {&dx, &dy});
  std::vector<unsigned short> y = download<unsigned short>(dy, 32 * 24);
  for (int lane = 0; lane < 32; lane++)
    for (int r = 0; r < 12; r++)
      for (int h = 0; h < 2; h++) {
        int matrix = r < 8 ? r % 4 : r % 2, row = lane / 4, column = lane % 4 * 2 + h;
        bool transposed = (r >= 4 && r < 8) || r >= 10;
        int want = 1000 + matrix * 64 + (transposed ? column * 8 + row : row * 8 + column);
        require(y[lane * 24 + r * 2 + h] == want, "ldmatrix, register " + std::to_string(r));
      }
}

// ---- mma and wgmma ----

struct Format {
  const char* name;
  int per_word; // numbers of a word
  vn_u32 (*encode)(float);
  double (*decode)(vn_u32);
};
const Format formats[] = {
    {"bf16", 2, [](float v) { return vn_u32(vn_to_bf16(v).bits); }, [](vn_u32 h) { return double(vn_from_bf16({(unsigned short)h})); }},
    {"f16", 2, [](float v) { return vn_u32(vn_to_f16(v).bits); }, [](vn_u32 h) { return double(vn_from_f16({(unsigned short)h})); }},
    // Not rounded: the multiplier drops the last 13 bits.
    {"tf32", 1, [](float v) { return vn_bits(v); }, [](vn_u32 u) { return double(vn_float(u & 0xffffe000u)); }},
};

void mma(void* module, const Format& f) {
  const int depth = 8 * f.per_word;
  Random random;
  std::vector<vn_u32> a(128), b(64);
  std::vector<float> d(128);
  std::vector<double> A(16 * depth), B(depth * 8), D(128);
  for (int lane = 0; lane < 32; lane++) {
    int group = lane / 4, in_group = lane % 4;
    auto element = [&](vn_u32& word, int half, double& to) {
      vn_u32 e = f.encode(random());
      word |= e << 16 * half;
      to = f.decode(e);
    };
    if (f.per_word == 2) {
      for (int i = 0; i < 8; i++) {
        int row = i < 2 || (i >= 4 && i < 6) ? group : group + 8, column = in_group * 2 + (i & 1) + (i >= 4 ? 8 : 0);
        element(a[lane * 4 + i / 2], i % 2, A[row * depth + column]);
      }
      for (int i = 0; i < 4; i++) element(b[lane * 2 + i / 2], i % 2, B[(in_group * 2 + (i & 1) + (i >= 2 ? 8 : 0)) * 8 + group]);
    } else {
      for (int i = 0; i < 4; i++)
        element(a[lane * 4 + i], 0, A[(i == 0 || i == 2 ? group : group + 8) * depth + (i < 2 ? in_group : in_group + 4)]);
      for (int i = 0; i < 2; i++) element(b[lane * 2 + i], 0, B[(in_group + 4 * i) * 8 + group]);
    }
    for (int i = 0; i < 4; i++) D[(i < 2 ? group : group + 8) * 8 + in_group * 2 + (i & 1)] = d[lane * 4 + i] = random();
  }
  uint64_t da = upload(a), db = upload(b), dd = upload(d);
  launch(function(module, (std::string("mma_") + f.name).c_str()), 32, 0, {&da, &db, &dd});
  d = download<float>(dd, 128);
  Error error;
  for (int lane = 0; lane < 32; lane++)
    for (int i = 0; i < 4; i++) {
      int row = i < 2 ? lane / 4 : lane / 4 + 8, column = lane % 4 * 2 + (i & 1);
      double want = D[row * 8 + column];
      for (int k = 0; k < depth; k++) want += A[row * depth + k] * B[k * 8 + column];
      error.add(d[lane * 4 + i], want);
    }
  error.check((std::string("mma ") + f.name).c_str(), 2e-7);
}

// d += a * b, a in registers and b in shared memory.
void wgmma(void* module, const Format& f, int n) {
  Random random;
  std::vector<vn_u32> a(512);
  std::vector<unsigned short> shared(n * 16);
  std::vector<float> d(64 * n);
  std::vector<double> A(64 * 16), B(16 * n), D(64 * n);
  auto element = [&](double& to) {
    vn_u32 e = f.encode(random());
    to += f.decode(e);
    return e;
  };
  for (int j = 0; j < n; j++)
    for (int k = 0; k < 16; k++) shared[k / 8 * n * 8 + j * 8 + k % 8] = (unsigned short)element(B[k * n + j]);
  auto row_of = [](int t, int i) { return t / 32 * 16 + t % 32 / 4 + (i / 2 % 2) * 8; };
  for (int t = 0; t < 128; t++) {
    for (int i = 0; i < 8; i++) a[t * 4 + i / 2] |= element(A[row_of(t, i) * 16 + t % 4 * 2 + (i & 1) + (i >= 4 ? 8 : 0)]) << 16 * (i % 2);
    for (int i = 0; i < n / 2; i++) D[row_of(t, i) * n + i / 4 * 8 + t % 4 * 2 + (i & 1)] = d[t * (n / 2) + i] = random();
  }
  uint64_t da = upload(a), ds = upload(shared), dd = upload(d);
  launch(function(module, (std::string("wgmma_") + f.name + "_" + std::to_string(n)).c_str()), 128, n * 32 + 8, {&da, &ds, &dd});
  d = download<float>(dd, 64 * n);
  Error error;
  for (int t = 0; t < 128; t++)
    for (int i = 0; i < n / 2; i++) {
      int row = row_of(t, i), column = i / 4 * 8 + t % 4 * 2 + (i & 1);
      double want = D[row * n + column];
      for (int k = 0; k < 16; k++) want += A[row * 16 + k] * B[k * n + column];
      error.add(d[t * (n / 2) + i], want);
    }
  error.check((std::string("wgmma ") + f.name + " n " + std::to_string(n)).c_str(), 4e-7);
}

// ---- Copies, exchange ----

void copies(void* module) {
  std::vector<unsigned char> x(32 * 16);
  for (size_t i = 0; i < x.size(); i++) x[i] = (unsigned char)(i % 251 + 1);
  uint64_t dx = upload(x), dy = allocate(64 * 16), de = allocate(32 * 4);
  launch(function(module, "copies"), 32, 0, {&dx, &dy, &de});
  std::vector<unsigned char> y = download<unsigned char>(dy, 64 * 16);
  std::vector<vn_u32> early = download<vn_u32>(de, 32);
  for (int i = 0; i < 32; i++) {
    for (int b = 0; b < 16; b++) require(y[i * 16 + b] == (b < i ? x[i * 16 + b] : 0), "cp.async of 16 bytes");
    for (int b = 0; b < 16; b++) require(y[(32 + i) * 16 + b] == x[i * 16 + b], "cp.async of all 16 bytes");
    require(early[i] == 0xffffffffu, "a copy landed before it was waited for");
  }
}

void exchange(void* module) {
  Random random;
  std::vector<float> x(64), y(256);
  for (float& v : x) v = random();
  uint64_t dx = upload(x), dy = upload(y);
  launch(function(module, "exchange"), 64, 256, {&dx, &dy});
  y = download<float>(dy, 256);
  for (int i = 0; i < 64; i++) {
    require(std::isnan(y[i]), "shared memory does not begin as NaN");
    require(y[64 + i] == x[i ^ 5], "vn_shfl_xor");
    require(y[128 + i] == 2 * x[i ^ 31], "shared memory");
    require(y[192 + i] == x[63 - i], "__syncthreads");
  }
}

// Boxes inside, across each side and outside of a tensor of 8 x 5 x 3.
void boxes(void* module) {
  std::vector<float> x(8 * 5 * 3);
  for (size_t i = 0; i < x.size(); i++) x[i] = float(i + 1);
  uint64_t dx = upload(x), dy = allocate(96);
  const uint64_t dim[] = {8, 5, 3, 1, 1}, stride[] = {32, 160, 480, 480};
  const unsigned box[] = {4, 3, 2, 1, 1}, ones[] = {1, 1, 1, 1, 1};
  vn_tmap map;
  check(cuTensorMapEncodeTiled(&map, 7, 5, (void*)dx, dim, stride, box, ones, 0, 0, 2, 0), "cuTensorMapEncodeTiled");
  for (std::vector<int> at : {std::vector<int>{2, 1, 1}, {-2, -1, -1}, {6, 4, 2}, {20, 0, 0}, {-4, 0, 0}, {0, -3, 0}, {-1, 3, 2}}) {
    uint64_t da = upload(at);
    launch(function(module, "box"), 32, 256, {&map, &da, &dy});
    std::vector<float> y = download<float>(dy, 24);
    for (int i = 0; i < 24; i++) {
      int c = at[0] + i % 4, b = at[1] + i / 4 % 3, a = at[2] + i / 12;
      bool inside = c >= 0 && c < 8 && b >= 0 && b < 5 && a >= 0 && a < 3;
      require(y[i] == (inside ? x[(a * 5 + b) * 8 + c] : 0), "TMA, element " + std::to_string(i));
    }
  }
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 3) stop(broken, "usage: primitives KERNELS.cu ARCH");
  begin();
  void* module = load(argv[1], argv[2]);
  numbers();
  in_all_orders([&] {
    ldmatrix(module);
    for (const Format& f : formats) mma(module, f);
    copies(module);
    exchange(module);
    if (strcmp(argv[2], "sm_90a") == 0) {
      for (int n : {16, 32, 48, 64, 80, 96, 128})
        for (int i = 0; i < 2; i++) wgmma(module, formats[i], n);
      boxes(module);
    }
  });
}
