package volume

import (
	"compress/gzip"
	"encoding/binary"
	"io"
	"math"

	"github.com/vnlang/vn/internal/atomicfile"
)

// writeNIfTI writes one file, compressed or not: NIfTI-1, or NIfTI-2 where an axis is longer than 32767 voxels.
func writeNIfTI(path string, v *Volume, compress bool) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		if !compress {
			return writeNIfTIContent(w, v)
		}
		z := gzip.NewWriter(w)
		if err := writeNIfTIContent(z, v); err != nil {
			return err
		}
		return z.Close()
	})
}

func writeNIfTIContent(w io.Writer, v *Volume) error {
	wide := niftiFieldsOf(v)
	var header any = &wide
	if max(v.Size[0], v.Size[1], v.Size[2]) <= math.MaxInt16 {
		narrow := wide.narrow()
		header = &narrow
	}
	if err := binary.Write(w, binary.LittleEndian, header); err != nil {
		return err
	}
	if _, err := w.Write(make([]byte, 4)); err != nil { // no extensions
		return err
	}
	return v.writeVoxels(w)
}

// niftiFieldsOf returns the header of a volume. The geometry stands in both transforms, with code 1 (scanner).
func niftiFieldsOf(v *Volume) nifti2Fields {
	f := nifti2Fields{
		SizeofHdr: nifti2Size,
		Magic:     [8]byte{'n', '+', '2', 0, '\r', '\n', 0x1a, '\n'},
		Bitpix:    int16(8 * v.Type.Bytes()),
		Dim:       [8]int64{3, int64(v.Size[0]), int64(v.Size[1]), int64(v.Size[2]), 1, 1, 1, 1},
		Pixdim:    [8]float64{1, v.Spacing[0], v.Spacing[1], v.Spacing[2], 1, 1, 1, 1},
		VoxOffset: nifti2Offset,
		SclSlope:  1,
		QformCode: 1, SformCode: 1,
		XyztUnits: 2, // mm
	}
	for code, kind := range niftiTypes {
		if kind == v.Type {
			f.Datatype = code
		}
	}
	rotation := v.Direction
	for row, sign := range [3]float64{-1, -1, 1} {
		// Left and back become the right and front of NIfTI.
		for axis := range 3 {
			rotation[row][axis] *= sign
			f.Srow[row][axis] = rotation[row][axis] * v.Spacing[axis]
		}
		f.Srow[row][3] = sign * v.Origin[row]
		f.Qoffset[row] = sign * v.Origin[row]
	}
	if determinant(rotation) < 0 {
		f.Pixdim[0] = -1 // qfac: the third axis is mirrored
		for row := range 3 {
			rotation[row][2] = -rotation[row][2]
		}
	}
	f.Quatern = quaternion(rotation)
	return f
}

// quaternion returns b, c and d of the unit quaternion, with a ≥ 0, of a rotation. It starts from the largest of the
// four, so that none is divided by a number near zero.
func quaternion(r [3][3]float64) [3]float64 {
	trace := r[0][0] + r[1][1] + r[2][2]
	squares := [4]float64{1 + trace, 1 + 2*r[0][0] - trace, 1 + 2*r[1][1] - trace, 1 + 2*r[2][2] - trace} // 4a², 4b², 4c², 4d²
	largest := 0
	for i, square := range squares {
		if square > squares[largest] {
			largest = i
		}
	}
	products := [4][4]float64{ // 4aa, 4ab, … ; those of the largest's row divided by twice it are the quaternion
		{squares[0], r[2][1] - r[1][2], r[0][2] - r[2][0], r[1][0] - r[0][1]},
		{r[2][1] - r[1][2], squares[1], r[0][1] + r[1][0], r[0][2] + r[2][0]},
		{r[0][2] - r[2][0], r[0][1] + r[1][0], squares[2], r[1][2] + r[2][1]},
		{r[1][0] - r[0][1], r[0][2] + r[2][0], r[1][2] + r[2][1], squares[3]},
	}
	scale := 1 / (2 * math.Sqrt(squares[largest]))
	q := products[largest]
	if q[0] < 0 {
		scale = -scale
	}
	// Rounded directions give a quaternion a little off the unit sphere, where a could not be told from b, c and d.
	norm := math.Sqrt(q[0]*q[0]+q[1]*q[1]+q[2]*q[2]+q[3]*q[3]) * math.Abs(scale)
	return [3]float64{scale * q[1] / norm, scale * q[2] / norm, scale * q[3] / norm}
}

// narrow turns the header into one of NIfTI-1.
func (f *nifti2Fields) narrow() nifti1Fields {
	n := nifti1Fields{
		SizeofHdr: nifti1Size,
		Magic:     [4]byte{'n', '+', '1', 0},
		Regular:   'r', // as readers of the older Analyze format expect
		Datatype:  f.Datatype, Bitpix: f.Bitpix,
		VoxOffset: nifti1Offset,
		SclSlope:  float32(f.SclSlope), SclInter: float32(f.SclInter),
		XyztUnits: byte(f.XyztUnits),
		QformCode: int16(f.QformCode), SformCode: int16(f.SformCode),
	}
	for i := range 8 {
		n.Dim[i], n.Pixdim[i] = int16(f.Dim[i]), float32(f.Pixdim[i])
	}
	for i := range 3 {
		n.Quatern[i], n.Qoffset[i] = float32(f.Quatern[i]), float32(f.Qoffset[i])
		for j := range 4 {
			n.Srow[i][j] = float32(f.Srow[i][j])
		}
	}
	return n
}
