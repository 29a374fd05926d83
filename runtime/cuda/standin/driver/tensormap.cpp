// Tensor maps of Hopper, tiled and neither interleaved nor swizzled, with the checks that the driver documents.
#include "driver.h"

#include <cstdio>
#include <cstring>

#include "tensormap.h"

namespace {

// Bytes of an element, by CUtensorMapDataType.
vn_u32 element_bytes(int type) {
  constexpr vn_u32 bytes[] = {1, 2, 4, 4, 8, 8, 2, 4, 8, 2, 4, 4, 4};
  return type >= 0 && type < 13 ? bytes[type] : 0;
}

CUresult refuse(const char* why) {
  fprintf(stderr, "vn stand-in: cuTensorMapEncodeTiled: %s\n", why);
  return CUDA_ERROR_INVALID_VALUE;
}

} // namespace

API CUresult cuTensorMapEncodeTiled(void* to, int type, vn_u32 rank, void* base, const uint64_t* dim, const uint64_t* strides,
                                    const vn_u32* box, const vn_u32* element_strides, int interleave, int swizzle, int, int) {
  if (vn::driver().sm < 90) return CUDA_ERROR_NOT_SUPPORTED;
  if (interleave || swizzle) return CUDA_ERROR_NOT_SUPPORTED;
  vn_u32 element = element_bytes(type);
  if (!element) return refuse("unknown type");
  if (rank < 1 || rank > 5) return refuse("the rank is not 1 to 5");
  if (reinterpret_cast<uintptr_t>(to) % 64) return refuse("the map is not at a multiple of 64 bytes");
  if (reinterpret_cast<uintptr_t>(base) % 16) return refuse("the tensor is not at a multiple of 16 bytes");

  vn_tmap m;
  memset(&m, 0, sizeof m);
  m.base = reinterpret_cast<vn_u64>(base);
  m.rank = rank;
  m.element = element;
  m.magic = vn::tensor_map_magic;
  vn_u64 inner = dim[0] * element; // bytes that the dimensions so far span
  for (vn_u32 i = 0; i < 5; i++) {
    m.dim[i] = m.box[i] = 1;
    if (i >= rank) continue;
    if (!dim[i] || dim[i] > 0xffffffffu) return refuse("a dimension is 0 or above 2^32-1");
    if (!box[i] || box[i] > 256) return refuse("a side of the box is not 1 to 256");
    if (element_strides[i] != 1) return refuse("element strides other than 1 are not known here");
    m.dim[i] = vn_u32(dim[i]);
    m.box[i] = box[i];
    if (i == 0) continue;
    m.stride[i] = strides[i - 1];
    if (m.stride[i] % 16 || m.stride[i] >= 1ull << 40) return refuse("a stride is no multiple of 16 bytes below 2^40");
    if (m.stride[i] < inner) return refuse("a stride is smaller than what lies within");
    inner = m.stride[i] * dim[i];
  }
  if (m.box[0] * element % 16) return refuse("the inner side of the box is no multiple of 16 bytes");
  memcpy(to, &m, sizeof m);
  return CUDA_SUCCESS;
}
