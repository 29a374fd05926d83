package volume

import (
	"fmt"
	"math"
	"runtime"
	"sync"
)

// Interpolation is how a value between voxels is found.
type Interpolation uint8

// The interpolations.
const (
	Linear  Interpolation = iota // trilinear
	Nearest                      // the nearest voxel; of two equally near, the one of higher index
)

// Resample returns the volume's values at the voxel centres of another grid, wherever that stands in space, by the
// conventions of ITK's ResampleImageFilter: a voxel of the result lies inside the volume when -0.5 <= index <
// Size-0.5 along each of the volume's axes, takes the value outside otherwise, and within half a voxel of the border
// the outermost voxels go on. There is no smoothing before a coarser grid. Linear yields a volume of Type Float32,
// Nearest one of v's type.
//
// Continuous indices are rounded to 2^-24 of a voxel, so that the noise of computing them does not decide on which
// side of a border they fall, and a volume resampled onto its own grid is unchanged. The result is the same bits on
// any number of processors. An error says which of the two grids is not valid.
func Resample(v *Volume, to Geometry, interpolation Interpolation, outside float32) (*Volume, error) {
	if err := v.check(); err != nil {
		return nil, fmt.Errorf("resample a volume: %w", err)
	}
	if err := to.Validate(); err != nil {
		return nil, fmt.Errorf("resample onto a grid: %w", err)
	}
	out := New(to, v.Type)
	if interpolation == Linear {
		out.Type = Float32
	}
	s := sampler{v: v, interpolation: interpolation, outside: outside}
	m := mapIndices(to, v.Geometry)
	rows := m.generalRows
	if from, ok := m.separable(to.Size); ok {
		tables := s.tabulate(m, from, to.Size)
		rows = tables.rows
	}
	parallelSlices(out, func(z int) { rows(&s, out, z) })
	return out, nil
}

// check reports whether the volume has a valid geometry and as many voxels as that says.
func (v *Volume) check() error {
	if err := v.Validate(); err != nil {
		return err
	}
	if len(v.Data) != v.Voxels() {
		return fmt.Errorf("the volume holds %d values, and its grid has %s voxels", len(v.Data), formatSize(v.Size))
	}
	return nil
}

// parallelSlices calls fill for every z of the volume, on several processors where the volume is large.
func parallelSlices(v *Volume, fill func(z int)) {
	workers := min(runtime.NumCPU(), v.Size[2])
	if v.Voxels() < 1<<16 {
		workers = 1
	}
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for z := w; z < v.Size[2]; z += workers {
				fill(z)
			}
		})
	}
	wg.Wait()
}

// indexMap takes an index of one grid to the continuous index of the same point in another: matrix·index + offset.
type indexMap struct {
	matrix [3][3]float64
	offset [3]float64
}

func mapIndices(from, to Geometry) (m indexMap) {
	m.offset = to.Index(from.Origin)
	inverse := invert(to.Direction)
	for row := range 3 {
		for axis := range 3 {
			for k := range 3 {
				m.matrix[row][axis] += inverse[row][k] * from.Direction[k][axis]
			}
			m.matrix[row][axis] *= from.Spacing[axis] / to.Spacing[row]
		}
	}
	return m
}

// separable reports whether each axis of the volume follows one axis of a grid of the given size, and which: what the
// other axes contribute stays below a millionth of a voxel over the whole grid.
func (m indexMap) separable(size [3]int) (from [3]int, ok bool) {
	used := [3]bool{}
	for row := range 3 {
		for axis := range 3 {
			if math.Abs(m.matrix[row][axis]) > math.Abs(m.matrix[row][from[row]]) {
				from[row] = axis
			}
		}
		for axis := range 3 {
			if axis != from[row] && math.Abs(m.matrix[row][axis])*float64(size[axis]) > 1e-6 {
				return from, false
			}
		}
		used[from[row]] = true
	}
	return from, used == [3]bool{true, true, true}
}

// roundIndex removes the noise of floating point from a continuous index.
func roundIndex(ci float64) float64 { return math.Round(ci*(1<<24)) / (1 << 24) }

// tap is where one continuous index falls along one axis: offsets in the volume's data of the voxels below and above,
// and the weight of the one above.
type tap struct {
	low, high int
	weight    float64
	inside    bool
}

type sampler struct {
	v             *Volume
	interpolation Interpolation
	outside       float32
}

// at places a continuous index along an axis of the volume.
func (s *sampler) at(axis int, ci float64) tap {
	n := s.v.Size[axis]
	stride := 1
	for a := range axis {
		stride *= s.v.Size[a]
	}
	ci = roundIndex(ci)
	if !(ci >= -0.5 && ci < float64(n)-0.5) {
		return tap{}
	}
	if s.interpolation == Nearest {
		i := int(math.Floor(ci + 0.5))
		return tap{low: i * stride, high: i * stride, inside: true}
	}
	floor := math.Floor(ci)
	i := int(floor)
	return tap{low: max(i, 0) * stride, high: min(i+1, n-1) * stride, weight: ci - floor, inside: true}
}

// value interpolates between the eight voxels that three taps name.
func (s *sampler) value(x, y, z tap) float32 {
	if !x.inside || !y.inside || !z.inside {
		return s.outside
	}
	data := s.v.Data
	if s.interpolation == Nearest {
		return data[x.low+y.low+z.low]
	}
	line := func(base int) float64 {
		low, high := float64(data[base+x.low]), float64(data[base+x.high])
		return low + x.weight*(high-low)
	}
	a, b := line(y.low+z.low), line(y.high+z.low)
	c, d := line(y.low+z.high), line(y.high+z.high)
	a += y.weight * (b - a)
	c += y.weight * (d - c)
	return float32(a + z.weight*(c-a))
}

// generalRows fills slice z of out, computing every voxel's index in full.
func (m indexMap) generalRows(s *sampler, out *Volume, z int) {
	row := out.Data[z*out.Size[0]*out.Size[1]:]
	for y := range out.Size[1] {
		for x := range out.Size[0] {
			var taps [3]tap
			for a := range 3 {
				ci := m.offset[a] + m.matrix[a][0]*float64(x) + m.matrix[a][1]*float64(y) + m.matrix[a][2]*float64(z)
				taps[a] = s.at(a, ci)
			}
			row[y*out.Size[0]+x] = s.value(taps[0], taps[1], taps[2])
		}
	}
}

// tapTables holds the taps of grids whose axes are parallel: axis a of the volume has one tap for each index along
// axis from[a] of the result.
type tapTables struct {
	from [3]int
	taps [3][]tap
}

func (s *sampler) tabulate(m indexMap, from [3]int, size [3]int) tapTables {
	t := tapTables{from: from}
	for a := range 3 {
		t.taps[a] = make([]tap, size[from[a]])
		for i := range t.taps[a] {
			t.taps[a][i] = s.at(a, m.offset[a]+m.matrix[a][from[a]]*float64(i))
		}
	}
	return t
}

// rows fills slice z of out from the tables.
func (t tapTables) rows(s *sampler, out *Volume, z int) {
	slice := out.Data[z*out.Size[0]*out.Size[1]:]
	for y := range out.Size[1] {
		for x := range out.Size[0] {
			index := [3]int{x, y, z}
			slice[y*out.Size[0]+x] = s.value(t.taps[0][index[t.from[0]]], t.taps[1][index[t.from[1]]], t.taps[2][index[t.from[2]]])
		}
	}
}
