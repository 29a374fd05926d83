"""Writes the images of this directory and expected.json, what ITK and nibabel read in them. See README.md."""

import gzip
import json
import os
import struct
import sys
import zlib

import nibabel
import numpy
import SimpleITK

os.chdir(os.path.dirname(os.path.abspath(__file__)))

SIZE = (3, 4, 2)
TYPES = {
    "uint8": ("MET_UCHAR", [0, 1, 127, 128, 255]),
    "int8": ("MET_CHAR", [-128, -1, 0, 1, 127]),
    "uint16": ("MET_USHORT", [0, 1, 255, 256, 65535]),
    "int16": ("MET_SHORT", [-32768, -1, 0, 258, 32767]),
    "uint32": ("MET_UINT", [0, 1, 65536, 16777216, 4294967295]),
    "int32": ("MET_INT", [-2147483648, -1, 0, 66051, 2147483647]),
    "uint64": ("MET_ULONG_LONG", [0, 1, 4294967296, 2**62, 2**64 - 1]),
    "int64": ("MET_LONG_LONG", [-(2**63), -1, 0, 4328719365, 2**63 - 1]),
    "float32": ("MET_FLOAT", [-1.5, 0, 1e-40, 3.14159274, 1e30]),
    "float64": ("MET_DOUBLE", [-1.5, 0, 0.1, 1e-300, 1e30]),
}
# An oblique, right-handed direction and a left-handed one; columns are the axes.
ANGLE = numpy.deg2rad([20, -35, 50])
RX = numpy.array([[1, 0, 0], [0, numpy.cos(ANGLE[0]), -numpy.sin(ANGLE[0])], [0, numpy.sin(ANGLE[0]), numpy.cos(ANGLE[0])]])
RY = numpy.array([[numpy.cos(ANGLE[1]), 0, numpy.sin(ANGLE[1])], [0, 1, 0], [-numpy.sin(ANGLE[1]), 0, numpy.cos(ANGLE[1])]])
RZ = numpy.array([[numpy.cos(ANGLE[2]), -numpy.sin(ANGLE[2]), 0], [numpy.sin(ANGLE[2]), numpy.cos(ANGLE[2]), 0], [0, 0, 1]])
OBLIQUE = RZ @ RY @ RX
LEFT = numpy.array([[0, 0, -1.0], [1, 0, 0], [0, 1, 0]]) @ numpy.diag([1, 1, -1.0])
SPACING, ORIGIN = (0.625, 0.8, 3.6), (-11.5, 22.25, -133.75)
LPS = numpy.diag([-1.0, -1, 1])

expected = {}


def voxels(kind, count=SIZE[0] * SIZE[1] * SIZE[2]):
    """Values, x fastest: the type's extremes and then a ramp."""
    ramp = list(range(count))
    ramp[: len(TYPES[kind][1])] = TYPES[kind][1]
    return numpy.array(ramp, dtype=kind)


def expect(name, by, spacing, origin, direction, data, kind):
    spacing, origin, direction = list(spacing), list(origin), numpy.array(direction).reshape(len(spacing), -1)
    expected[name] = {
        "by": by,
        "size": list(data.shape[::-1]),
        "spacing": [float(x) for x in spacing],
        "origin": [float(x) for x in origin],
        "direction": [[float(x) for x in row] for row in direction],
        "type": numpy.dtype(kind).name,
        "voxels": [x.item() for x in data.ravel()],
    }


def expect_itk(name):
    """Records what ITK reads, with two axes as one slice and axes beyond the third dropped."""
    image = SimpleITK.ReadImage(name)
    data = SimpleITK.GetArrayFromImage(image)
    n = image.GetDimension()
    direction = numpy.array(image.GetDirection()).reshape(n, n)
    spacing, origin = list(image.GetSpacing()), list(image.GetOrigin())
    if n == 2:
        spacing, origin, data = spacing + [1], origin + [0], data[None]
        direction = numpy.block([[direction, numpy.zeros((2, 1))], [numpy.zeros((1, 2)), numpy.ones((1, 1))]])
    expect(name, "ITK", spacing[:3], origin[:3], direction[:3, :3], data.reshape(data.shape[-3:]), data.dtype)


def expect_nibabel(name):
    """Records what nibabel reads, turned from RAS to LPS."""
    image = nibabel.load(name)
    data = numpy.asanyarray(image.dataobj).T
    affine = LPS @ image.affine[:3]
    spacing = numpy.linalg.norm(affine[:, :3], axis=0)
    expect(name, "nibabel", spacing, affine[:, 3], affine[:, :3] / spacing, data, data.dtype)


def meta(name, fields, data=b"", expect_with=expect_itk, newline="\n", equals=" = "):
    """Writes a MetaImage by hand: defaults, changed by fields (None removes one); ElementDataFile comes last."""
    header = {"ObjectType": "Image", "NDims": 3, "BinaryData": "True", "BinaryDataByteOrderMSB": "False",
              "DimSize": "3 4 2", "ElementType": "MET_SHORT", "ElementDataFile": "LOCAL"}
    header.update(fields)
    header["ElementDataFile"] = header.pop("ElementDataFile")
    text = "".join(f"{key}{equals}{value}{newline}" for key, value in header.items() if value is not None)
    with open(name, "wb") as file:
        file.write(text.encode() + data)
    if expect_with:
        expect_with(name)


def file(name, data):
    with open(name, "wb") as out:
        out.write(data)
    return name


def image(kind="int16", direction=OBLIQUE):
    result = SimpleITK.GetImageFromArray(voxels(kind).reshape(SIZE[::-1]))
    result.SetSpacing(SPACING)
    result.SetOrigin(ORIGIN)
    result.SetDirection(direction.ravel().tolist())
    return result


def write_itk(name, *arguments, compress=False):
    SimpleITK.WriteImage(image(*arguments), name, compress)
    expect_itk(name)


def metaimages():
    for kind, (element, _) in TYPES.items():
        meta(f"msb_{kind}.mha", {"ElementType": element, "BinaryDataByteOrderMSB": "True"},
             voxels(kind).astype(numpy.dtype(kind).newbyteorder(">")).tobytes())
        write_itk(f"itk_{kind}.mha", kind, compress=True)
    write_itk("itk_oblique.mhd")
    write_itk("itk_left_zraw.mhd", "uint8", LEFT, compress=True)

    raw = voxels("int16").tobytes()
    z = zlib.compress(raw)
    meta("geometry.mha", {"TransformMatrix": "0 1 0 0 0 1 1 0 0", "Offset": "1 2 3", "ElementSpacing": "4 5 6"}, raw)
    meta("aliases.mha", {"Orientation": "0 1 0 0 0 1 1 0 0", "Position": "1 2 3", "ElementSize": "4 5 6"}, raw)
    meta("aliases_all.mha", {"Rotation": "0 -1 0 1 0 0 0 0 1", "Orientation": "0 1 0 0 0 1 1 0 0", "Position": "1 2 3",
                             "Offset": "4 5 6", "Origin": "7 8 9", "ElementSize": "9 9 9", "ElementSpacing": "4 5 6"}, raw)
    meta("negative_spacing.mha", {"TransformMatrix": "0 1 0 0 0 1 1 0 0", "Offset": "1 2 3", "ElementSpacing": "4 -5 6"}, raw)
    meta("byte_order_alias.mha", {"BinaryDataByteOrderMSB": None, "ElementByteOrderMSB": "true"}, voxels("int16").astype(">i2").tobytes())
    meta("booleans.mha", {"BinaryData": "1", "BinaryDataByteOrderMSB": "nonsense", "CompressedData": "no"}, raw)
    meta("bare.mha", {"ObjectType": None, "BinaryData": None, "BinaryDataByteOrderMSB": None}, raw)
    meta("crlf.mha", {"ElementSpacing": "4 5 6"}, raw, newline="\r\n")
    meta("no_blanks.mha", {"ElementSpacing": "4 5 6"}, raw, equals="=")
    meta("ignored.mha", {"Comment": "a = b", "AnatomicalOrientation": "LPS", "CenterOfRotation": "1 2 3", "Unknown": "x",
                         "ElementToIntensityFunctionSlope": "2", "ElementToIntensityFunctionOffset": "3"}, raw)
    meta("long.mha", {"ElementType": "MET_LONG"}, voxels("int32").tobytes())
    meta("compressed_local.mha", {"CompressedData": "True", "CompressedDataSize": len(z)}, z)
    meta("compressed_gzip.mha", {"CompressedData": "True", "CompressedDataSize": len(gzip.compress(raw, mtime=0))}, gzip.compress(raw, mtime=0))
    file("compressed_detached.zraw", z)
    meta("compressed_detached.mhd", {"CompressedData": "True", "ElementDataFile": "compressed_detached.zraw"})
    meta("ascii.mha", {"BinaryData": "False"}, b" ".join(b"%d" % x for x in voxels("int16")) + b"\n")
    file("with header.raw", b"ten bytes!" + raw)
    meta("header_size.mhd", {"HeaderSize": 10, "ElementDataFile": "with header.raw"})
    meta("header_size_end.mhd", {"HeaderSize": -1, "ElementDataFile": "with header.raw"})
    for i in range(2):
        file(f"slice_{4 + 3 * i:03d}.raw", raw[24 * i : 24 * i + 24])
    meta("pattern.mhd", {"ElementDataFile": "slice_%03d.raw 4 7 3"})
    meta("list.mhd", {"ElementDataFile": "LIST"}, b"slice_004.raw\nslice_007.raw\n")
    meta("list_crlf.mhd", {"ElementDataFile": "LIST 2"}, b"slice_004.raw\r\nslice_007.raw\r\n")
    meta("two_axes.mha", {"NDims": 2, "DimSize": "6 4", "ElementSpacing": "2 3", "Offset": "5 6", "TransformMatrix": "0 1 -1 0"}, raw)
    meta("four_axes.mha", {"NDims": 4, "DimSize": "3 4 2 1", "ElementSpacing": "4 5 6 7", "Offset": "1 2 3 4",
                           "TransformMatrix": "0 1 0 0 0 0 1 0 1 0 0 0 0 0 0 1"}, raw)

    # ITK reads these otherwise than the format has them: it ignores units and the keys of format version 1, and fills
    # an image of compressed data without CompressedDataSize with other memory.
    def by_hand(spacing, origin, direction):
        return lambda name: expect(name, "hand", spacing, origin, direction, voxels("int16").reshape(SIZE[::-1]), "int16")
    identity = numpy.eye(3)
    meta("compressed_no_size.mha", {"CompressedData": "True"}, z, by_hand((1, 1, 1), (0, 0, 0), identity))
    meta("units_cm.mha", {"DistanceUnits": "cm", "ElementSpacing": "0.4 0.5 0.6", "Offset": "1 2 3"}, raw,
         by_hand((4, 5, 6), (10, 20, 30), identity))
    meta("version1.mha", {"FileFormatVersion": 1, "ElementOrigin": "1 2 3", "ElementDirection": "0 1 0 0 0 1 1 0 0"}, raw,
         by_hand((1, 1, 1), (1, 2, 3), [[0, 0, 1], [1, 0, 0], [0, 1, 0]]))


def ras(direction=OBLIQUE):
    """The RAS affine of the geometry above."""
    affine = numpy.eye(4)
    affine[:3, :3] = LPS @ direction @ numpy.diag(SPACING)
    affine[:3, 3] = LPS @ ORIGIN
    return affine


def nifti(name, kind="int16", sform=(None, 0), qform=(None, 0), expect_with=expect_itk, shape=SIZE, maker=nibabel.Nifti1Image, change=None):
    data = voxels(kind).reshape(shape[::-1]).T
    result = maker(data, None, dtype=kind)
    result.header.set_zooms(SPACING + (1,) * (len(shape) - 3))
    result.header.set_xyzt_units("mm")
    result.set_qform(qform[0], qform[1]) if qform[0] is not None else None
    result.set_sform(sform[0], sform[1]) if sform[0] is not None else None
    if change:
        change(result.header)
    nibabel.save(result, name)
    if expect_with:
        expect_with(name)


def niftis():
    both = {"sform": (ras(), 1), "qform": (ras(), 1)}
    for kind in TYPES:
        # nibabel reads both versions of NIfTI, ITK 5.4 the first alone.
        nifti(f"nib_{kind}.nii", kind, **both, expect_with=expect_nibabel)
        nifti(f"nib2_{kind}.nii", kind, **both, expect_with=expect_nibabel, maker=nibabel.Nifti2Image)
        data = voxels(kind).reshape(SIZE[::-1]).T
        big = nibabel.Nifti1Image(data, None, nibabel.Nifti1Header(endianness=">"), dtype=kind)
        big.set_sform(ras(), 1)
        nibabel.save(big, f"msb_{kind}.nii")
        expect_nibabel(f"msb_{kind}.nii")
    big = nibabel.Nifti2Image(voxels("float32").reshape(SIZE[::-1]).T, ras(), nibabel.Nifti2Header(endianness=">"))
    nibabel.save(big, "msb_nifti2.nii.gz")
    expect_nibabel("msb_nifti2.nii.gz")

    write_itk("itk_oblique.nii.gz")
    write_itk("itk_left.nii", "float32", LEFT)
    nifti("sform_only.nii", sform=(ras(), 2))
    nifti("qform_only.nii", qform=(ras(), 1))
    nifti("qform_left.nii", qform=(ras(LEFT), 1))
    nifti("neither.nii")
    other = ras(LEFT)
    nifti("sform_scanner_wins.nii", sform=(ras(), 1), qform=(other, 1))
    nifti("sform_aligned_loses.nii", sform=(ras(), 2), qform=(other, 1))
    nifti("sform_aligned_agrees.nii", sform=(ras(), 2), qform=(ras(), 1))
    sheared = ras()
    sheared[:3, 0] += 0.2 * sheared[:3, 1]
    nifti("sheared_with_qform.nii", sform=(sheared, 1), qform=(ras(), 1))
    nifti("sheared.nii", sform=(sheared, 1), expect_with=None)
    nifti("half_turn.nii", qform=(ras(numpy.diag([1.0, -1, -1])), 1))
    with open("qform_only.nii", "rb") as source:
        plain = source.read()
    file("qfac_zero.nii", plain[:76] + struct.pack("<f", 0) + plain[80:])
    expect_itk("qfac_zero.nii")
    nifti("micron.nii", **both, change=lambda h: h.set_xyzt_units("micron"))
    nifti("metre.nii", **both, change=lambda h: h.set_xyzt_units("meter"))
    nifti("trailing_axes.nii", **both, shape=SIZE + (1, 1))
    nifti("pair.hdr", **both, maker=nibabel.Nifti1Pair)
    nifti("pair_gz.img.gz", **both, maker=nibabel.Nifti1Pair)
    nifti("not_gzip.nii", **both, expect_with=None)
    os.rename("not_gzip.nii", "not_gzip.nii.gz")
    expected["not_gzip.nii.gz"] = dict(expected["pair.hdr"])

    def extension(header):
        header.extensions.append(nibabel.nifti1.Nifti1Extension("comment", b"voxels begin later"))
    nifti("extension.nii", **both, change=extension)

    # nibabel scales only when the fields are on disk, not when they are set in memory.
    with open("nib_int16.nii", "rb") as source:
        plain = source.read()
    def scaled(name, slope, inter, expect_with):
        file(name, plain[:112] + struct.pack("<ff", slope, inter) + plain[120:])
        expect_with(name)
        expected[name]["type"] = "int16" if slope == 0 or slope != slope else "float32"
    scaled("scaled.nii", 0.5, -3, expect_nibabel)
    scaled("scale_zero.nii", 0, 5, expect_nibabel)
    scaled("scale_nan.nii", float("nan"), float("nan"), expect_nibabel)


for old in os.listdir("."):
    if old not in ("make.py", "README.md", ".gitattributes"):
        os.remove(old)
metaimages()
niftis()
with open("expected.json", "w") as out:
    out.write("{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in sorted(expected.items())) + "\n}\n")
print(f"{len(expected)} images by SimpleITK {SimpleITK.Version_VersionString()}, nibabel {nibabel.__version__}, numpy {numpy.__version__}", file=sys.stderr)
