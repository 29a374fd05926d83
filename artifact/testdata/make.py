"""Writes the files beside it with the programs that define the formats: numpy 2.4 and safetensors 0.8."""
import os

import numpy as np
import safetensors
import safetensors.numpy

os.chdir(os.path.dirname(os.path.abspath(__file__)))

a = np.arange(24, dtype="<f4").reshape(2, 3, 4) / 8 - 1
np.save("f4.npy", a)
np.save("f8_fortran.npy", np.asfortranarray(a.astype("<f8")))
np.save("i2.npy", np.array([-32768, -1, 0, 32767], "<i2"))
np.save("u1_scalar.npy", np.array(200, "u1"))
np.save("f2.npy", np.array([[0, -0.0, 1, -2, 65504, 2**-24, 2**-14, np.inf]], "<f2"))
np.save("bool.npy", np.array([True, False]))
np.save("empty.npy", np.zeros((3, 0), "<f4"))
np.save("big_endian.npy", a.astype(">f4"))
for version in (2, 3):
    with open(f"version{version}.npy", "wb") as f:
        np.lib.format.write_array(f, a, version=(version, 0))

safetensors.numpy.save_file(
    {"stage2.weight": a, "stage1.bias": np.array([0.5, -3, 1e-20], "f4"), "step": np.array(7, "f4")},
    "f32.safetensors", metadata={"format": "pt"})
tensors = {
    "f16": np.array([0, 1, -2.5, 65504, 2**-24, -np.inf], "f2"), "f64": np.array([[1 / 3], [-2]], "f8"),
    "i64": np.array([-(2**40), 3]), "u8": np.array([0, 255], "u1"), "bool": np.array([True, False]),
    "i32": np.array(-7, "i4"), "u32": np.array([2**32 - 1], "u4"), "i8": np.array([-128], "i1"),
    "u16": np.array([65535], "u2"), "i16": np.array([-32768], "i2"), "u64": np.array([2**63], "u8"),
}
# NumPy has no bfloat16: its numbers are the upper halves of 1, -2 and 3.140625 in float32.
bf16 = np.frombuffer(bytes([0x80, 0x3F, 0x00, 0xC0, 0x49, 0x40]), "<u2")


def spec(values, dtype):
    return safetensors.TensorSpec(dtype=dtype, shape=values.shape, data_ptr=values.ctypes.data, data_len=values.nbytes)


parts = {name: spec(values, values.dtype.name) for name, values in tensors.items()}
parts["bf16"] = spec(bf16, "bfloat16")
with open("mixed.safetensors", "wb") as f:
    f.write(safetensors.serialize(parts))
