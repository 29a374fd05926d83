// Barriers and the exchange of values between lanes.
#include "block.h"

using namespace vn;

void vn_host_barrier(int id, int threads) {
  Block& b = *block;
  b.counters.barriers++;
  if (id < 0 || id > 15) fail(Fault::failed, "there is no barrier %d", id);
  if (threads >= 0 && (threads % 32 || !threads || threads > int(b.threads.size())))
    fail(Fault::failed, "a barrier of %d threads", threads);
  b.meet(b.barriers[id], threads < 0 ? b.alive : threads, threads < 0 ? "__syncthreads" : "bar.sync", [] {});
}

void vn_host_syncwarp() { block->meet_warp("__syncwarp", [] {}); }

vn_u32 vn_host_shuffle(vn_u32 v, int lane_mask) {
  Block& b = *block;
  Warp& w = *b.current->warp;
  vn_u32* in = w.in[b.current->lane];
  in[0] = v;
  in[1] = vn_u32(lane_mask);
  // The source lane is each lane's own choice.
  b.meet_warp("shfl.xor", [&] {
    for (vn_u32 l = 0; l < 32; l++) {
      vn_u32 from = l ^ w.in[l][1];
      w.out[l][0] = w.in[from < 32 ? from : l][0];
    }
  });
  return w.out[block->current->lane][0];
}
