package kernel

import "unsafe"

const (
	// blockDepth is about how many products a tile sums before the next tile takes its turn: the weights of one
	// row tile and the packed voxels under one tile then share a first-level cache.
	blockDepth = 512
	// blockVoxels is about how many voxels a task computes for each of its rows.
	blockVoxels = 2048
	// callDepth bounds one call of a tile, which the scheduler cannot interrupt.
	callDepth = 4096
	// tablePairs bounds the table of offsets where a stride has very many residues.
	tablePairs = 1 << 20
	// manyTasks is how many tasks a contraction is cut into where its size allows.
	manyTasks = 32
)

// sweep is a contraction in progress. The forward convolution and the input gradient are both
//
//	out[row][v] = sum over d, tap of A[row][d][tap] * packed[d][v + offset(tap)]
//
// over output voxels v enumerated in the pitch of the packed sample, so that every tap is a constant offset. For the
// input gradient the sum runs over the output's channels, the taps are mirrored, and with a stride it is one such
// contraction for every residue of the input coordinate, over the taps that reach that residue.
type sweep struct {
	first, second            packing // second: the output's gradient in WeightGradient
	groups, rows, depth      int     // rows: outputs per group; depth: summed channels per group
	aGroup, aRow, aDepth     int     // distances in A, in values
	kernel, dilation, stride [3]int
	mirrored                 bool
	reach                    [3]int // greatest shift of a tap, in packed voxels

	// Output coordinate i = spread*(q+origin) + residue - low for packed voxel q in [0, extent).
	out, spread, extent, origin, low [3]int

	phaseTaps int // the most taps of one output residue
	block     int // summed channels per pass over a task's voxels
	size      [3]int
	count     [3]int // of blocks
	segment   int    // voxels of one plane of a block, rounded up to whole vectors
	rowChunk  int    // rows of a task

	// Weight gradient.
	columns, columnChunk  int // columns of the gradient: depth*taps
	planesPerCall, length int

	// Operands of the sample at hand.
	sample             int
	table              []int32
	packed, packed2    []float32
	source, source2, a []float32
	target             []float32
	epilogue           Epilogue
}

// greatestDivisor returns the greatest common divisor of a and b.
func greatestDivisor(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// forwardPacking describes the padded copy of the convolution's input that Forward and WeightGradient read.
func forwardPacking(c Convolution) packing {
	k := packing{channels: c.In, source: c.Input, step: c.Stride, low: c.PadLow}
	for axis := range 3 {
		// Tap t reads residue t*dilation mod stride, which repeats with this period.
		period := c.Stride[axis] / greatestDivisor(c.Dilation[axis], c.Stride[axis])
		k.phases[axis] = min(c.Kernel[axis], period)
		k.residue[axis] = c.Dilation[axis] % c.Stride[axis]
		k.extent[axis] = c.Output[axis] + (c.Kernel[axis]-1)*c.Dilation[axis]/c.Stride[axis]
	}
	k.layout(1)
	return k
}

func forwardSweep(c Convolution) sweep {
	taps := volume(c.Kernel)
	s := sweep{
		first: forwardPacking(c), groups: c.Groups, rows: c.Out / c.Groups, depth: c.In / c.Groups,
		kernel: c.Kernel, dilation: c.Dilation, stride: c.Stride,
		out: c.Output, spread: [3]int{1, 1, 1}, extent: c.Output,
		phaseTaps: taps,
	}
	s.aDepth, s.aRow, s.aGroup = taps, s.depth*taps, s.rows*s.depth*taps
	for axis := range 3 {
		s.reach[axis] = (c.Kernel[axis] - 1) * c.Dilation[axis] / c.Stride[axis]
	}
	s.cut()
	return s
}

func inputGradientSweep(c Convolution) sweep {
	taps := volume(c.Kernel)
	s := sweep{
		first:  packing{channels: c.Out, source: c.Output, step: [3]int{1, 1, 1}, phases: [3]int{1, 1, 1}},
		groups: c.Groups, rows: c.In / c.Groups, depth: c.Out / c.Groups,
		kernel: c.Kernel, dilation: c.Dilation, stride: c.Stride, mirrored: true,
		out: c.Input, spread: c.Stride, low: c.PadLow,
		phaseTaps: 1,
	}
	s.aRow, s.aDepth, s.aGroup = taps, s.rows*taps, s.rows*s.depth*taps
	for axis := range 3 {
		stride := c.Stride[axis]
		s.reach[axis] = (c.Kernel[axis] - 1) * c.Dilation[axis] / stride
		s.origin[axis] = c.PadLow[axis] / stride
		s.extent[axis] = (c.PadLow[axis]+c.Input[axis]-1)/stride - s.origin[axis] + 1
		s.first.low[axis] = s.reach[axis] - s.origin[axis]
		s.first.extent[axis] = s.extent[axis] + s.reach[axis]
		s.phaseTaps *= ceilDiv(c.Kernel[axis], stride/greatestDivisor(c.Dilation[axis], stride))
	}
	s.first.layout(1)
	s.cut()
	return s
}

// tap returns where tap t of an axis reads the packed sample for output residue r: the phase and the shift; ok is
// false where the tap does not reach that residue.
func (s *sweep) tap(axis, t, r int) (phase, shift int, ok bool) {
	distance := t * s.dilation[axis]
	if !s.mirrored {
		return t % s.first.phases[axis], distance / s.stride[axis], true
	}
	return 0, s.reach[axis] - distance/s.stride[axis], distance%s.stride[axis] == r
}

// cut chooses the blocks of voxels and rows that make a task. It looks at the shape alone, so that the number of
// threads changes nothing.
func (s *sweep) cut() {
	s.block = min(max(1, min(blockDepth, tablePairs/volume(s.spread))/s.phaseTaps), s.depth)
	pitch, spread := s.first.extent[2], s.spread[2]
	s.size = [3]int{1, 1, min(s.extent[2], max(line, blockVoxels/2/spread))}
	if s.size[2] == s.extent[2] {
		s.size[1] = even(s.extent[1], blockVoxels/spread/pitch)
	}
	s.segment = roundUp((s.size[1]-1)*pitch+s.size[2], line)
	if s.size[1] == s.extent[1] {
		s.size[0] = even(s.extent[0], blockVoxels/spread/s.segment)
	}
	for axis := range 3 {
		s.count[axis] = ceilDiv(s.extent[axis], s.size[axis])
	}
	room := (localFloats - s.rowBuffer()) / (s.size[0] * s.segment * spread)
	s.rowChunk = min(s.rows, 64, room)
	if s.rowChunk > 8 {
		s.rowChunk = s.rowChunk / 8 * 8
	}
	for s.rowChunk > 8 && s.tileTasks() < manyTasks {
		s.rowChunk = roundUp(s.rowChunk/2, 8)
	}
}

// even returns the size of the parts when n is cut into equal parts of at most about size.
func even(n, size int) int { return ceilDiv(n, ceilDiv(n, max(1, min(n, size)))) }

// rowBuffer is the room for one output row of a block.
func (s *sweep) rowBuffer() int { return roundUp(s.size[2]*s.spread[2], line) }

func (s *sweep) tileTasks() int {
	return s.groups * ceilDiv(s.rows, s.rowChunk) * volume(s.count) * s.spread[0] * s.spread[1]
}

// phaseEntries is the room in the table for one output residue, in pairs of offsets.
func (s *sweep) phaseEntries() int { return s.phaseTaps * s.block }

// tableFloats is the scratch that the table of offsets takes.
func (s *sweep) tableFloats() int {
	if s.columns > 0 {
		return roundUp(s.columns+line, line)
	}
	return roundUp(2*s.phaseEntries()*volume(s.spread), line)
}

// takeTable cuts the table of offsets off the front of scratch.
func (s *sweep) takeTable(scratch []float32) (rest []float32) {
	n := s.tableFloats()
	s.table = unsafe.Slice((*int32)(unsafe.Pointer(&scratch[:n][0])), n)
	return scratch[n:]
}

// fillTable writes, for every output residue, the pairs (offset in the packed sample, offset in A) of its products,
// channel by channel.
func (s *sweep) fillTable() {
	phase := 0
	for rz := range s.spread[0] {
		for ry := range s.spread[1] {
			for rx := range s.spread[2] {
				s.fillPhase(s.table[2*s.phaseEntries()*phase:], [3]int{rz, ry, rx})
				phase++
			}
		}
	}
}

func (s *sweep) fillPhase(table []int32, residue [3]int) {
	n := 0
	for channel := range s.block {
		s.eachTap(residue, func(tap, offset int) {
			table[n] = int32(channel*s.first.channelStride + offset)
			table[n+1] = int32(channel*s.aDepth + tap)
			n += 2
		})
	}
}

// eachTap calls f with every tap of an output residue, in order, and its offset in a packed channel.
func (s *sweep) eachTap(residue [3]int, f func(tap, offset int)) {
	k := &s.first
	for tz := range s.kernel[0] {
		pz, dz, ok := s.tap(0, tz, residue[0])
		if !ok {
			continue
		}
		for ty := range s.kernel[1] {
			py, dy, ok := s.tap(1, ty, residue[1])
			if !ok {
				continue
			}
			for tx := range s.kernel[2] {
				if px, dx, ok := s.tap(2, tx, residue[2]); ok {
					phase := (pz*k.phases[1]+py)*k.phases[2] + px
					f((tz*s.kernel[1]+ty)*s.kernel[2]+tx, phase*k.phaseStride+dz*k.plane+dy*k.extent[2]+dx)
				}
			}
		}
	}
}

// taps counts the taps of an output residue.
func (s *sweep) taps(residue [3]int) int {
	n := 1
	for axis := range 3 {
		reached := 0
		for t := range s.kernel[axis] {
			if _, _, ok := s.tap(axis, t, residue[axis]); ok {
				reached++
			}
		}
		n *= reached
	}
	return n
}
