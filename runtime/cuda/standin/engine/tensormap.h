// How a tensor map is known to be one.
#pragma once

namespace vn {
constexpr unsigned tensor_map_magic = 0x564e544d;
}
