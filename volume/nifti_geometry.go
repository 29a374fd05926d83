package volume

import (
	"fmt"
	"math"
)

// affine maps voxel indices to millimetres, or a format's own frame and unit: point = matrix · index + offset.
type affine struct {
	matrix [3][3]float64
	offset [3]float64
}

// interpretGeometry places the grid as ITK does. Of the two transforms that a header may hold, the sform is used if it
// has no shear and either the qform is absent (its code is 0), or sform_code is 1 (scanner), or both agree; otherwise
// the qform; without either the grid stands at the origin with identity direction. nibabel differs: it takes any sform
// first, and centres a grid that has neither. xyzt_units scales spacing and origin to millimetres.
func (h *niftiHeader) interpretGeometry(f *nifti2Fields) error {
	unit := 1.0
	switch f.XyztUnits & 7 {
	case 1:
		unit = 1000 // metre
	case 3:
		unit = 1e-3 // micron
	}
	spacing, err := niftiSpacing(f)
	if err != nil {
		return err
	}
	sform, qform := affineOfSform(f), affineOfQform(f, spacing)
	chosen := qform
	switch {
	case f.SformCode <= 0 && f.QformCode <= 0:
		h.Spacing = [3]float64{unit * spacing[0], unit * spacing[1], unit * spacing[2]}
		h.Direction = [3][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}
		return h.Validate()
	case f.QformCode <= 0:
		chosen = sform
	case f.SformCode > 0 && sform.shear() <= sformTolerance && (f.SformCode == 1 || sform.agrees(qform)):
		chosen = sform
	}
	switch shear := chosen.shear(); {
	case math.IsNaN(shear):
		return fmt.Errorf("the transform %v is not finite, or has an axis without length: the header is damaged", chosen.matrix)
	case shear > maxShear:
		return fmt.Errorf("the axes of the transform %v are not perpendicular (cosine %.3g): a sheared grid has no spacing and direction; resample the image to an orthogonal grid with the program that made it", chosen.matrix, shear)
	}
	for axis := range 3 {
		// Rows of the patient's right and front become left and back.
		for row, sign := range [3]float64{-1, -1, 1} {
			h.Direction[row][axis] = sign * chosen.matrix[row][axis] / chosen.length(axis)
			h.Origin[row] = sign * unit * chosen.offset[row]
		}
		// pixdim says the spacing without the noise of a square root; the transform decides where they differ.
		h.Spacing[axis] = unit * chosen.length(axis)
		if math.Abs(spacing[axis]-chosen.length(axis)) <= 1e-3*spacing[axis] {
			h.Spacing[axis] = unit * spacing[axis]
		}
	}
	return h.Validate()
}

// sformTolerance is how far from perpendicular, as a cosine, an sform may be to be preferred to a qform, as in ITK;
// maxShear is how far any transform may be (as Geometry.Validate has it).
const (
	sformTolerance = 1e-4
	maxShear       = 0.01
)

// niftiSpacing returns pixdim's lengths of the three axes. Those of axes with one voxel are often left zero.
func niftiSpacing(f *nifti2Fields) (spacing [3]float64, err error) {
	for axis := range 3 {
		spacing[axis] = math.Abs(f.Pixdim[axis+1])
		if single := int64(axis) >= f.Dim[0] || f.Dim[axis+1] == 1; single && spacing[axis] == 0 {
			spacing[axis] = 1
		}
		if math.IsNaN(spacing[axis]) || math.IsInf(spacing[axis], 0) || spacing[axis] == 0 && f.SformCode <= 0 {
			return spacing, fmt.Errorf("pixdim[%d], the spacing along %s, is %v: it must be finite and not zero", axis+1, axisNames[axis], f.Pixdim[axis+1])
		}
	}
	return spacing, nil
}

func affineOfSform(f *nifti2Fields) (a affine) {
	for row := range 3 {
		copy(a.matrix[row][:], f.Srow[row][:3])
		a.offset[row] = f.Srow[row][3]
	}
	return a
}

// affineOfQform follows nifti1.h, method 2: a unit quaternion of which b, c and d are stored, the spacing, and
// qfac = pixdim[0], whose sign mirrors the third axis.
func affineOfQform(f *nifti2Fields, spacing [3]float64) affine {
	b, c, d := f.Quatern[0], f.Quatern[1], f.Quatern[2]
	a := 0.0
	if rest := 1 - (b*b + c*c + d*d); rest > 1e-7 {
		a = math.Sqrt(rest)
	} else {
		// A rotation by 180°, with the rounding of float32.
		norm := math.Sqrt(b*b + c*c + d*d)
		b, c, d = b/norm, c/norm, d/norm
	}
	rotation := [3][3]float64{
		{a*a + b*b - c*c - d*d, 2 * (b*c - a*d), 2 * (b*d + a*c)},
		{2 * (b*c + a*d), a*a + c*c - b*b - d*d, 2 * (c*d - a*b)},
		{2 * (b*d - a*c), 2 * (c*d + a*b), a*a + d*d - b*b - c*c},
	}
	if f.Pixdim[0] < 0 {
		spacing[2] = -spacing[2]
	}
	for row := range 3 {
		for axis := range 3 {
			rotation[row][axis] *= spacing[axis]
		}
	}
	return affine{matrix: rotation, offset: f.Qoffset}
}

// length returns the length of an axis's column.
func (a affine) length(axis int) float64 {
	return math.Sqrt(a.matrix[0][axis]*a.matrix[0][axis] + a.matrix[1][axis]*a.matrix[1][axis] + a.matrix[2][axis]*a.matrix[2][axis])
}

// shear returns the largest cosine between two axes, NaN if one has no length or is not finite.
func (a affine) shear() float64 {
	largest := 0.0
	for i := range 3 {
		j := (i + 1) % 3
		dot := 0.0
		for row := range 3 {
			dot += a.matrix[row][i] * a.matrix[row][j]
		}
		largest = max(largest, math.Abs(dot/(a.length(i)*a.length(j))))
	}
	return largest
}

// agrees reports whether two transforms are the same but for the noise of float32.
func (a affine) agrees(b affine) bool {
	for row := range 3 {
		for axis := range 3 {
			if !(math.Abs(a.matrix[row][axis]-b.matrix[row][axis]) <= 1e-4*b.length(axis)) {
				return false
			}
		}
		if !(math.Abs(a.offset[row]-b.offset[row]) <= 1e-4) {
			return false
		}
	}
	return true
}
