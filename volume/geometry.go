package volume

import (
	"fmt"
	"math"
)

// gridTolerance is how far two grids may differ, relative to their own numbers, and still be the same: formats that
// keep float32 turn a spacing of 3.6 into 3.5999999.
const gridTolerance = 1e-4

// Point returns the LPS position in mm of a continuous index; whole numbers are the centres of voxels.
func (g Geometry) Point(index [3]float64) [3]float64 {
	point := g.Origin
	for row := range 3 {
		for axis := range 3 {
			point[row] += g.Direction[row][axis] * g.Spacing[axis] * index[axis]
		}
	}
	return point
}

// Index returns the continuous index of an LPS position in mm, the inverse of Point. It may lie outside the grid.
// The geometry must be valid.
func (g Geometry) Index(point [3]float64) [3]float64 {
	inverse := invert(g.Direction)
	var index [3]float64
	for axis := range 3 {
		for row := range 3 {
			index[axis] += inverse[axis][row] * (point[row] - g.Origin[row])
		}
		index[axis] /= g.Spacing[axis]
	}
	return index
}

// invert returns the inverse of a matrix, by its adjugate.
func invert(m [3][3]float64) (inverse [3][3]float64) {
	det := determinant(m)
	for i := range 3 {
		for j := range 3 {
			a, b := (j+1)%3, (j+2)%3
			c, d := (i+1)%3, (i+2)%3
			inverse[i][j] = (m[a][c]*m[b][d] - m[a][d]*m[b][c]) / det
		}
	}
	return inverse
}

func determinant(m [3][3]float64) float64 {
	return m[0][0]*(m[1][1]*m[2][2]-m[1][2]*m[2][1]) -
		m[0][1]*(m[1][0]*m[2][2]-m[1][2]*m[2][0]) +
		m[0][2]*(m[1][0]*m[2][1]-m[1][1]*m[2][0])
}

// Validate reports what keeps the geometry from placing a grid in space: an axis without voxels, more voxels than can
// be counted, a spacing that is not positive, a number that is not finite, or a direction whose columns are not three
// perpendicular unit vectors to within 0.01. Mirrored (left-handed) directions are valid.
func (g Geometry) Validate() error {
	voxels := 1
	for axis, n := range g.Size {
		if n < 1 {
			return fmt.Errorf("the grid has %d voxels along %s: every axis needs at least one", n, axisNames[axis])
		}
		if n > math.MaxInt/voxels {
			return fmt.Errorf("a grid of %s voxels is too large to count", formatSize(g.Size))
		}
		voxels *= n
	}
	for axis, mm := range g.Spacing {
		if !(mm > 0) || math.IsInf(mm, 0) {
			return fmt.Errorf("the spacing along %s is %v mm: it must be positive and finite", axisNames[axis], mm)
		}
	}
	for row, mm := range g.Origin {
		if math.IsNaN(mm) || math.IsInf(mm, 0) {
			return fmt.Errorf("the origin's %s is %v mm: it must be finite", axisNames[row], mm)
		}
	}
	for a := range 3 {
		for b := a; b < 3; b++ {
			var dot, want float64
			for row := range 3 {
				dot += g.Direction[row][a] * g.Direction[row][b]
			}
			if a == b {
				want = 1
			}
			if !(math.Abs(dot-want) <= 0.01) {
				return fmt.Errorf("the direction %v is not orthonormal: its columns must be perpendicular unit vectors (a sheared grid has to be resampled by the program that made it)", g.Direction)
			}
		}
	}
	return nil
}

var axisNames = [3]string{"x", "y", "z"}

func formatSize(size [3]int) string { return fmt.Sprintf("%d×%d×%d", size[0], size[1], size[2]) }

// SameGrid reports how two grids differ, or nil where they are the same up to the noise of file formats: sizes are
// equal, spacings and origins agree to 1e-4 of themselves (an origin near 0: to 1e-4 of the spacing), and entries of
// the direction to 1e-4. The error names the first of size, spacing, origin and direction that differs, and both its
// values.
func SameGrid(a, b Geometry) error {
	if a.Size != b.Size {
		return fmt.Errorf("the grids differ in size: %s and %s voxels", formatSize(a.Size), formatSize(b.Size))
	}
	for axis := range 3 {
		if !near(a.Spacing[axis], b.Spacing[axis], 0) {
			return fmt.Errorf("the grids differ in spacing: %v and %v mm", a.Spacing, b.Spacing)
		}
	}
	for row := range 3 {
		if !near(a.Origin[row], b.Origin[row], max(a.Spacing[0], a.Spacing[1], a.Spacing[2])) {
			return fmt.Errorf("the grids differ in origin: %v and %v mm", a.Origin, b.Origin)
		}
	}
	for row := range 3 {
		for axis := range 3 {
			if !near(a.Direction[row][axis], b.Direction[row][axis], 1) {
				return fmt.Errorf("the grids differ in direction: %v and %v", a.Direction, b.Direction)
			}
		}
	}
	return nil
}

// near reports whether a and b agree to gridTolerance of the largest of |a|, |b| and scale.
func near(a, b, scale float64) bool {
	return math.Abs(a-b) <= gridTolerance*max(math.Abs(a), math.Abs(b), scale)
}

// Canonical returns the same voxels counted in the patient's order: the axes permuted and reversed so that x runs to
// the left, y to the back and z to the head as nearly as the grid allows. An axial, a coronal and a sagittal
// acquisition of one patient become alike, and a volume stored from head to foot is turned over; an oblique grid
// stays oblique. Resampling a volume onto its canonical grid moves voxels and changes none.
func (g Geometry) Canonical() Geometry {
	c := g
	for row, axis := range g.nearestAxes() {
		sign := 1.0
		if g.Direction[row][axis] < 0 {
			sign = -1
			for r := range 3 {
				c.Origin[r] += g.Direction[r][axis] * g.Spacing[axis] * float64(g.Size[axis]-1)
			}
		}
		c.Size[row], c.Spacing[row] = g.Size[axis], g.Spacing[axis]
		for r := range 3 {
			c.Direction[r][row] = sign * g.Direction[r][axis]
		}
	}
	return c
}

// nearestAxes returns, for each LPS direction, the grid axis that follows it: the assignment of axes to directions
// with the largest sum of cosines.
func (g Geometry) nearestAxes() [3]int {
	best, bestSum := [3]int{}, -1.0
	for _, axes := range [...][3]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		sum := 0.0
		for row, axis := range axes {
			sum += math.Abs(g.Direction[row][axis])
		}
		if sum > bestSum+1e-9 {
			best, bestSum = axes, sum
		}
	}
	return best
}
