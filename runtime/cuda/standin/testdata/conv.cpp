// Runs a kernel of the 5x5x5 convolution and compares all of its outputs with float64: conv KERNEL.cu ARCH
#include "harness.h"

namespace {
constexpr int channels = 32, depth = 4, height = 8, width = 32, voxels = depth * height * width;

struct Problem {
  std::vector<vn_bf16> x, w, residual; // w: [cin/16][five times five][five][half][cout][8]
  std::vector<float> bias, slope;
};

Problem make() {
  Random random;
  Problem p;
  for (int i = 0; i < channels * voxels; i++) p.x.push_back(vn_to_bf16(random())), p.residual.push_back(vn_to_bf16(random()));
  for (int i = 0; i < 125 * channels * channels; i++) p.w.push_back(vn_to_bf16(random() * 0.05f));
  for (int i = 0; i < channels; i++) p.bias.push_back(random()), p.slope.push_back(0.25f + 0.1f * random());
  return p;
}

size_t at(int c, int voxel) { return (size_t(c / 8) * voxels + voxel) * 8 + c % 8; }

// The outputs in the order of at. kd_last: the order of taps in w is kh, kw, kd.
std::vector<double> reference(const Problem& p, bool kd_last) {
  std::vector<double> weights(125 * channels * channels); // [tap][cin][cout]
  for (int tap = 0; tap < 125; tap++)
    for (int ci = 0; ci < channels; ci++)
      for (int co = 0; co < channels; co++) {
        int kd = tap / 25, kh = tap / 5 % 5, kw = tap % 5;
        int stored = kd_last ? (kh * 5 + kw) * 5 + kd : tap;
        size_t i = ((size_t(ci / 16) * 125 + stored) * 2 + ci % 16 / 8) * channels * 8 + co * 8 + ci % 8;
        weights[(size_t(tap) * channels + ci) * channels + co] = vn_from_bf16(p.w[i]);
      }
  std::vector<double> y(channels * voxels);
  for (int v = 0; v < voxels; v++) {
    double sums[channels];
    for (int c = 0; c < channels; c++) sums[c] = p.bias[c] + double(vn_from_bf16(p.residual[at(c, v)]));
    for (int tap = 0; tap < 125; tap++) {
      int d = v / (width * height) + tap / 25 - 2, h = v / width % height + tap / 5 % 5 - 2, w = v % width + tap % 5 - 2;
      if (d < 0 || d >= depth || h < 0 || h >= height || w < 0 || w >= width) continue;
      for (int ci = 0; ci < channels; ci++) {
        double x = vn_from_bf16(p.x[at(ci, (d * height + h) * width + w)]);
        const double* row = &weights[(size_t(tap) * channels + ci) * channels];
        for (int co = 0; co < channels; co++) sums[co] += x * row[co];
      }
    }
    for (int c = 0; c < channels; c++) y[at(c, v)] = sums[c] < 0 ? sums[c] * p.slope[c] : sums[c];
  }
  return y;
}
} // namespace

int main(int argc, char** argv) {
  if (argc != 3) stop(broken, "usage: conv KERNEL.cu ARCH");
  const bool hopper = strcmp(argv[2], "sm_90a") == 0;
  begin();
  const int shared = hopper ? 2 * 2 * 8 * 12 * 20 * 16 + 4 * 5 * channels * 32 + 128 : 2 * 8 * 12 * 20 * 16 + 3 * 5 * channels * 32;
  void* f = function(load(argv[1], argv[2]), "conv", shared);
  Problem p = make();
  uint64_t x = upload(p.x), w = upload(p.w), residual = upload(p.residual), bias = upload(p.bias), slope = upload(p.slope);
  uint64_t y = allocate(channels * voxels * 2);
  vn_tmap map;
  if (hopper) {
    const uint64_t dim[] = {width * 8, height, depth, channels / 8, 1};
    const uint64_t stride[] = {width * 16, width * height * 16, voxels * 16, voxels * channels * 2};
    const unsigned box[] = {20 * 8, 12, 8, 2, 1}, ones[] = {1, 1, 1, 1, 1};
    check(cuTensorMapEncodeTiled(&map, 9, 5, (void*)x, dim, stride, box, ones, 0, 0, 2, 0), "cuTensorMapEncodeTiled");
  }
  const std::vector<double> want = reference(p, hopper);
  in_all_orders([&] {
    check(cuMemsetD8_v2(y, 0xff, channels * voxels * 2), "cuMemsetD8");
    void* params[] = {hopper ? (void*)&map : &x, &w, &bias, &residual, &slope, &y};
    check(cuLaunchKernel(f, width / 16, height / 8, 1, hopper ? 384 : 256, 1, 1, unsigned(shared), nullptr, params, nullptr), "launch");
    check(cuCtxSynchronize(), "kernel");
    Error e;
    std::vector<vn_bf16> got = download<vn_bf16>(y, channels * voxels);
    for (size_t i = 0; i < got.size(); i++) e.add(vn_from_bf16(got[i]), want[i]);
    e.check("conv", 3e-3);
  });
  for (uint64_t q : {x, w, residual, bias, slope, y}) check(cuMemFree_v2(q), "cuMemFree");
}
