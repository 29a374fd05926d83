// Runs the products of matmul.cu and compares them with float64: matmul KERNEL.cu f16|tf32
#include "harness.h"

int main(int argc, char** argv) {
  if (argc != 3) stop(broken, "usage: matmul KERNEL.cu f16|tf32");
  const bool half = strcmp(argv[2], "f16") == 0;
  constexpr int rows = 64, columns = 32, depth = 64, shared = (rows + columns) * (depth + 4) * 4;
  begin();
  void* f = function(load(argv[1], "sm_80"), half ? "matmul_f16" : "matmul_tf32", half ? 0 : shared);
  Random random;
  std::vector<float> a(rows * depth), b(depth * columns);
  // Beyond the range of bfloat16's mantissa, and of all sizes.
  for (float& v : a) v = random() * std::exp2(8 * random());
  for (float& v : b) v = random();
  auto rounded = [&](float v) { return double(half ? vn_from_f16(vn_to_f16(v)) : vn_to_tf32(v)); };
  uint64_t da = upload(a), db = upload(b), y = allocate(rows * columns * 4);
  in_all_orders([&] {
    check(cuMemsetD8_v2(y, 0xff, rows * columns * 4), "cuMemsetD8");
    void* params[] = {&da, &db, &y};
    check(cuLaunchKernel(f, 1, 1, 1, 128, 1, 1, half ? 0 : shared, nullptr, params, nullptr), "launch");
    check(cuCtxSynchronize(), "kernel");
    std::vector<float> got = download<float>(y, rows * columns);
    Error e;
    for (int i = 0; i < rows; i++)
      for (int j = 0; j < columns; j++) {
        double want = 0;
        for (int k = 0; k < depth; k++) want += rounded(a[i * depth + k]) * rounded(b[k * columns + j]);
        e.add(got[i * columns + j], want);
      }
    e.check(argv[2], 1e-6); // sums in float32
  });
  for (uint64_t q : {da, db, y}) check(cuMemFree_v2(q), "cuMemFree");
}
