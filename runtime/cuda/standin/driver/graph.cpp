// Graphs, as far as capture makes them. Their work is done in an order that the graph allows: that of issue, or another
// one by VN_SCHED, so that a dependency that was left out is found.
#include "driver.h"

namespace vn {

void capture(Stream& s, Work work) {
  s.capture->nodes.push_back({std::move(work), s.latest});
  s.latest = {s.capture->nodes.size() - 1};
}

namespace {

Graph* graph_of(const std::set<Graph*>& known, void* handle) {
  auto* g = static_cast<Graph*>(handle);
  return known.count(g) ? g : nullptr;
}

// Whether all nodes come before, or are among, the latest ones.
bool all_before(const Graph& g, const std::set<size_t>& latest) {
  std::vector<bool> before(g.nodes.size());
  for (size_t n : latest) before[n] = true;
  for (size_t n = g.nodes.size(); n-- > 0;)
    if (before[n])
      for (size_t m : g.nodes[n].after) before[m] = true;
  for (bool b : before)
    if (!b) return false;
  return true;
}

void run(const std::vector<Node>& nodes) {
  Schedule schedule = Schedule::from_environment();
  uint64_t random = schedule.seed * 0x9e3779b97f4a7c15u | 1;
  std::vector<bool> done(nodes.size());
  for (size_t k = 0; k < nodes.size() && !driver().sticky; k++) {
    std::vector<size_t> ready;
    for (size_t n = 0; n < nodes.size(); n++) {
      bool can = !done[n];
      for (size_t m : nodes[n].after) can = can && done[m];
      if (can) ready.push_back(n);
      if (can && schedule.order == Order::forward) break;
    }
    random ^= random << 13, random ^= random >> 7, random ^= random << 17;
    size_t n = schedule.order == Order::random ? ready[random % ready.size()] : ready.back();
    done[n] = true;
    nodes[n].work();
  }
}

} // namespace
} // namespace vn

using namespace vn;

API CUresult cuStreamBeginCapture_v2(CUstream handle, int mode) {
  VN_CALL;
  Stream* s = stream_of(handle);
  if (!s) return CUDA_ERROR_INVALID_HANDLE;
  if (mode < 0 || mode > 2) return CUDA_ERROR_INVALID_VALUE;
  if (s == &driver().default_stream || s->capture) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  s->capture = new Graph;
  s->latest.clear();
  s->origin = true;
  return CUDA_SUCCESS;
}

API CUresult cuStreamIsCapturing(CUstream handle, int* status) {
  VN_CALL;
  Stream* s = stream_of(handle);
  if (!s) return CUDA_ERROR_INVALID_HANDLE;
  *status = s->capture ? 1 : 0;
  return CUDA_SUCCESS;
}

API CUresult cuStreamEndCapture(CUstream handle, CUgraph* graph) {
  VN_CALL;
  Stream* s = stream_of(handle);
  if (!s || !s->capture || !s->origin) return CUDA_ERROR_INVALID_HANDLE;
  Graph* g = s->capture;
  const bool joined = all_before(*g, s->latest);
  for (Stream* other : driver().streams)
    if (other->capture == g) other->capture = nullptr, other->latest.clear();
  for (Event* e : driver().events)
    if (e->capture == g) e->capture = nullptr, e->latest.clear();
  s->origin = false;
  *graph = nullptr;
  if (!joined) {
    delete g;
    return CUDA_ERROR_STREAM_CAPTURE_UNJOINED;
  }
  driver().graphs.insert(g);
  *graph = reinterpret_cast<CUgraph>(g);
  return CUDA_SUCCESS;
}

API CUresult cuGraphCreate(CUgraph* graph, unsigned) {
  VN_CALL;
  auto* g = new Graph;
  driver().graphs.insert(g);
  *graph = reinterpret_cast<CUgraph>(g);
  return CUDA_SUCCESS;
}

API CUresult cuGraphDestroy(CUgraph graph) {
  VN_CALL;
  Graph* g = graph_of(driver().graphs, graph);
  if (!g) return CUDA_ERROR_INVALID_VALUE;
  driver().graphs.erase(g);
  delete g;
  return CUDA_SUCCESS;
}

API CUresult cuGraphGetNodes(CUgraph graph, void**, size_t* n) {
  VN_CALL;
  Graph* g = graph_of(driver().graphs, graph);
  if (!g) return CUDA_ERROR_INVALID_VALUE;
  *n = g->nodes.size();
  return CUDA_SUCCESS;
}

API CUresult cuGraphInstantiateWithFlags(CUgraphExec* executable, CUgraph graph, unsigned long long) {
  VN_CALL;
  Graph* g = graph_of(driver().graphs, graph);
  if (!g) return CUDA_ERROR_INVALID_VALUE;
  auto* e = new Graph(*g);
  driver().executables.insert(e);
  *executable = reinterpret_cast<CUgraphExec>(e);
  return CUDA_SUCCESS;
}
API CUresult cuGraphInstantiate_v2(CUgraphExec* executable, CUgraph graph, void*, char*, size_t) {
  return cuGraphInstantiateWithFlags(executable, graph, 0);
}

API CUresult cuGraphUpload(CUgraphExec executable, CUstream) {
  VN_CALL;
  return graph_of(driver().executables, executable) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

API CUresult cuGraphLaunch(CUgraphExec executable, CUstream stream) {
  VN_CALL;
  Graph* g = graph_of(driver().executables, executable);
  if (!g) return CUDA_ERROR_INVALID_VALUE;
  // The work is copied: an executable may be destroyed while it is still to run.
  return submit(stream, [nodes = g->nodes] { run(nodes); });
}

API CUresult cuGraphExecDestroy(CUgraphExec executable) {
  VN_CALL;
  Graph* e = graph_of(driver().executables, executable);
  if (!e) return CUDA_ERROR_INVALID_VALUE;
  driver().executables.erase(e);
  delete e;
  return CUDA_SUCCESS;
}
