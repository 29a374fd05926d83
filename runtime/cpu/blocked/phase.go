package blocked

import "github.com/vnlang/vn/runtime/cpu/kernel"

// phase is a residue on y and one on x: target voxels whose sums have the same terms. The source is read by blocks of
// channels: in place where all taps are inside it, elsewhere as a padded copy, [block][y][x][16].
type phase struct {
	y, x          residue
	rows, columns fold // of a copy
}

// newPhase returns the phase of two residues, for boxes of at most ny by nx voxels.
func newPhase(y, x residue, ny, nx int) phase {
	return phase{y: y, x: x, rows: y.fold(ny), columns: x.fold(nx)}
}

// taps counts the taps of a plane of the kernel.
func (h *phase) taps() int { return h.y.taps * h.x.taps }

// copyFloats is the size of one block of a copy.
func (h *phase) copyFloats() int { return h.rows.cells * h.columns.cells * kernel.Lanes }

// box is a rectangle of the voxels of a phase, and how its source is read.
type box struct {
	y0, y1, x0, x1 int
	copied         bool
}

func (b *box) ny() int { return b.y1 - b.y0 }

func (b *box) nx() int { return b.x1 - b.x0 }

// frameUnit is a multiple of the rows of a matrix product that are computed together.
const frameUnit = 8

// frame splits a box into one that is read in place and those around it that are not; some may be empty. On x the first is
// whole units from the ends, where it ends before them.
func (h *phase) frame(whole box) [5]box {
	y0, y1 := h.y.inside(whole.y0, whole.y1)
	x0, x1 := h.x.inside(whole.x0, whole.x1)
	x0 = whole.x0 + roundUp(x0-whole.x0, frameUnit)
	if x1 != whole.x1 {
		x1 = x0 + max(x1-x0, 0)/frameUnit*frameUnit
	}
	if y0 >= y1 || x0 >= x1 {
		whole.copied = true
		return [5]box{whole}
	}
	return [5]box{
		{y0, y1, x0, x1, false},
		{whole.y0, y0, whole.x0, whole.x1, true},
		{y1, whole.y1, whole.x0, whole.x1, true},
		{y0, y1, whole.x0, x0, true},
		{y0, y1, x1, whole.x1, true},
	}
}

// source is a sample of what the taps read.
type source struct {
	values    []float32
	size      [3]int
	channels  int
	isBlocked bool
}

// start returns where the first tap of the first voxel of a box reads a block of plane z; it must be inside.
func (s *source) start(h *phase, b *box, z, block int) int {
	y, x := h.y.stride*b.y0+h.y.offset, h.x.stride*b.x0+h.x.offset
	return ((block*s.size[0]+z)*s.size[1]*s.size[2] + y*s.size[2] + x) * kernel.Lanes
}

// copy makes the copy of a block of plane z that the voxels of a box read, with zeros outside the source.
func (s *source) copy(to []float32, h *phase, b *box, z, block int) {
	width := h.columns.used(&h.x, b.nx()) * kernel.Lanes
	for cell := range h.rows.used(&h.y, b.ny()) {
		row := to[cell*h.columns.cells*kernel.Lanes:][:width]
		y := h.rows.at(&h.y, b.y0, cell)
		if y < 0 || y >= s.size[1] {
			clear(row)
			continue
		}
		s.copyRow(row, h, b.x0, z*s.size[1]+y, block)
	}
}

// copyRow copies the cells of one row.
func (s *source) copyRow(row []float32, h *phase, first, line, block int) {
	cells := len(row) / kernel.Lanes
	if h.columns.dense {
		x := h.columns.at(&h.x, first, 0)
		from := min(max(-x, 0), cells)
		to := max(from, min(cells, s.size[2]-x))
		clear(row[:from*kernel.Lanes])
		s.load(row[from*kernel.Lanes:to*kernel.Lanes], line*s.size[2]+x+from, block)
		clear(row[to*kernel.Lanes:])
		return
	}
	for cell := range cells {
		voxel := row[cell*kernel.Lanes:][:kernel.Lanes]
		if x := h.columns.at(&h.x, first, cell); x < 0 || x >= s.size[2] {
			clear(voxel)
		} else {
			s.load(voxel, line*s.size[2]+x, block)
		}
	}
}

// load copies voxels of a block, from voxel start on, and zeros for the channels that it lacks.
func (s *source) load(to []float32, start, block int) {
	size := volume(s.size)
	if s.isBlocked {
		copy(to, s.values[(block*size+start)*kernel.Lanes:])
		return
	}
	if len(to) > 0 {
		channels := min(kernel.Lanes, s.channels-block*kernel.Lanes)
		kernel.Interleave(to, s.values[block*kernel.Lanes*size+start:], size, channels, len(to)/kernel.Lanes)
	}
}
