package blocked

import "github.com/vnlang/vn/runtime/cpu/kernel"

// outerGradient is the kernel.Correlator of the families product and narrow.
//
// A unit is what the taps of one kz and ky read of one block of input channels: span consecutive values for each output
// voxel, [kx][channel]. Its gradient is the sum over voxels of the outer product of those values with the output's
// gradient, a vector of 16 channels at a time. A strip is a fixed share of the voxels of every sample, a part a fixed
// share of the units; strips times parts are the tasks.
type outerGradient struct {
	c       kernel.Convolution
	narrow  bool
	padding padding
	span    int // a multiple of outerRows; rows behind the last tap are computed and left out
	lanes   int // input channels of a unit that lie side by side

	cut           cut
	strips, parts int
	threads       int

	padTask, sumTask, reduceTask func(worker, task int) // bound once, so that running allocates nothing
	run                          outerRun
}

// outerRun is the state of one Run.
type outerRun struct {
	n               int // the sample that is summed
	in, dOut        kernel.Map
	dWeight         []float32
	sums            []float32 // of each strip: [input block][pair of output blocks][kz][ky][span][block of the pair][16]
	padded, workers []float32
}

// outerRows is the number of rows of kernel.Outer.
const outerRows = 8

const (
	maxStrips    = 64      // which also bounds the terms that are added up at the end
	stripFloats  = 1 << 18 // bounds the sums of all strips, so that adding them up stays cheap
	wantTasks    = 32
	gradientRow  = 256 // bounds the terms of one sum along x
	gradientRows = 128 // the terms of one sum where rows are short
)

// newOuterGradient prepares the gradient of the weights of a product or a narrow convolution.
func newOuterGradient(c kernel.Convolution, threads int) *outerGradient {
	g := &outerGradient{threads: threads}
	if isProduct(c) {
		g.c, g.lanes = merge(c), kernel.Lanes
		g.cut = newCut(g.c.Output, gradientRow, max(gradientRows, min(g.c.Output[2], gradientRow)))
	} else {
		g.c, g.lanes, g.narrow, g.padding = c, c.In, true, newPadding(c)
		g.cut = newCut(c.Output, gradientRow, gradientRow)
	}
	g.span = roundUp(g.c.Kernel[2]*g.lanes, outerRows)
	g.strips = max(1, min(maxStrips, g.cut.pieces(), stripFloats/g.sumFloats()))
	g.parts = min(g.units(), ceilDiv(wantTasks, g.strips))
	g.padTask, g.sumTask, g.reduceTask = g.pad, g.sum, g.reduce
	return g
}

func (g *outerGradient) inBlocks() int { return ceilDiv(g.c.In, g.lanes) }

func (g *outerGradient) outBlocks() int { return ceilDiv(g.c.Out, kernel.Lanes) }

// planes counts the taps on z and y.
func (g *outerGradient) planes() int { return g.c.Kernel[0] * g.c.Kernel[1] }

func (g *outerGradient) units() int { return g.inBlocks() * g.planes() }

// blockFloats is the size of the sums of one input block.
func (g *outerGradient) blockFloats() int {
	return g.planes() * g.span * g.outBlocks() * kernel.Lanes
}

// sumFloats is the size of the sums of one strip.
func (g *outerGradient) sumFloats() int { return g.inBlocks() * g.blockFloats() }

// panelFloats is the room for one unit of a piece, and outFloats that for the output's gradient.
func (g *outerGradient) panelFloats() int {
	if g.narrow {
		return 0
	}
	return g.cut.voxels() * g.span
}

func (g *outerGradient) outFloats() int { return g.outBlocks() * g.cut.voxels() * kernel.Lanes }

// workerFloats is the scratch of one worker: for a piece of the sum, or for a block of finished weights.
func (g *outerGradient) workerFloats() int {
	return max(g.panelFloats()+g.outFloats(), g.lanes*volume(g.c.Kernel)*kernel.Lanes)
}

// Workspace implements kernel.Correlator.
func (g *outerGradient) Workspace() int {
	floats := g.strips*g.sumFloats() + g.threads*g.workerFloats()
	if g.narrow {
		floats += g.padding.floats()
	}
	return floats
}

// Run implements kernel.Correlator.
func (g *outerGradient) Run(p *kernel.Pool, in, dOut kernel.Map, dWeight, scratch []float32) {
	r := &g.run
	*r = outerRun{in: in, dOut: dOut, dWeight: dWeight}
	r.sums, scratch = take(scratch, g.strips*g.sumFloats())
	if g.narrow {
		r.padded, scratch = take(scratch, g.padding.floats())
	}
	r.workers, _ = take(scratch, g.threads*g.workerFloats())
	for r.n = range g.c.Batch {
		if g.narrow {
			p.Run(g.padding.size[0], g.padTask)
		}
		p.Run(g.strips*g.parts, g.sumTask)
	}
	p.Run(g.inBlocks()*ceilDiv(g.outBlocks(), 2), g.reduceTask)
	g.run = outerRun{} // so that it keeps no memory alive
}

// pad is the task that copies one plane of a sample.
func (g *outerGradient) pad(_, z int) {
	r := &g.run
	g.padding.plane(r.padded, r.in.Data[r.n*r.in.Stride:], z)
}

// sum is the task that adds the voxels of one strip to the sums of one part.
func (g *outerGradient) sum(worker, task int) {
	r := &g.run
	strip, part := task%g.strips, task/g.strips
	sums := r.sums[strip*g.sumFloats():][:g.sumFloats()]
	units, pieces := g.units(), g.cut.pieces()
	from, to := part*units/g.parts, (part+1)*units/g.parts
	local := r.workers[worker*g.workerFloats():][:g.workerFloats()]
	panel, values := local[:g.panelFloats()], local[g.panelFloats():]
	first := r.n == 0
	for i := strip * pieces / g.strips; i < (strip+1)*pieces/g.strips; i++ {
		b := g.cut.piece(i)
		y, step := g.outputPanel(b, values)
		for unit := from; unit < to; unit++ {
			if g.narrow {
				g.addRows(sums, unit, b, y, step, first)
			} else {
				x, row := g.inputPanel(b, unit, panel)
				g.addOuter(sums, unit, b.ny*b.nx, x, row, y, step, first)
			}
		}
		first = false
	}
}

// outputPanel returns the output's gradient at the voxels of a piece, [block][voxel][16], and the distance of blocks.
func (g *outerGradient) outputPanel(b piece, values []float32) (panel []float32, block int) {
	r := &g.run
	size, voxels := volume(g.c.Output), b.ny*b.nx
	start := (b.z*g.c.Output[1]+b.y)*g.c.Output[2] + b.x
	sample := r.dOut.Data[r.n*r.dOut.Stride:]
	if r.dOut.Blocked {
		return sample[start*kernel.Lanes:], size * kernel.Lanes
	}
	for o := range g.outBlocks() {
		channels := min(kernel.Lanes, g.c.Out-o*kernel.Lanes)
		kernel.Interleave(values[o*voxels*kernel.Lanes:], sample[o*kernel.Lanes*size+start:], size, channels, voxels)
	}
	return values, voxels * kernel.Lanes
}

// inputPanel returns what a unit reads for the voxels of a piece, and the distance of voxels. Several rows, and plain
// maps, are copied to panel.
func (g *outerGradient) inputPanel(b piece, unit int, panel []float32) (values []float32, step int) {
	r, c := &g.run, &g.c
	block, plane := unit/g.planes(), unit%g.planes()
	kz, ky := plane/c.Kernel[1], plane%c.Kernel[1]
	sample := r.in.Data[r.n*r.in.Stride:]
	row := func(y int) int {
		return ((b.z*c.Stride[0]+kz)*c.Input[1]+(b.y+y)*c.Stride[1]+ky)*c.Input[2] + b.x*c.Stride[2]
	}
	size, voxels := volume(c.Input), b.nx*c.Stride[2]
	if r.in.Blocked && b.ny == 1 {
		return sample[(block*size+row(0))*kernel.Lanes:], g.span
	}
	channels := min(kernel.Lanes, c.In-block*kernel.Lanes)
	for y := range b.ny {
		to := panel[y*voxels*kernel.Lanes:][:voxels*kernel.Lanes]
		if r.in.Blocked {
			copy(to, sample[(block*size+row(y))*kernel.Lanes:])
		} else {
			kernel.Interleave(to, sample[block*kernel.Lanes*size+row(y):], size, channels, voxels)
		}
	}
	return panel, g.span
}

// addRows adds the outer products of a unit of a narrow convolution, row by row.
func (g *outerGradient) addRows(sums []float32, unit int, b piece, y []float32, block int, first bool) {
	size := &g.padding.size
	kz, ky := unit/g.c.Kernel[1], unit%g.c.Kernel[1]
	for row := range b.ny {
		start := ((b.z+kz)*size[1]+b.y+row+ky)*size[2] + b.x
		g.addOuter(sums, unit, b.nx, g.run.padded[start*g.c.In:], g.c.In, y[row*b.nx*kernel.Lanes:], block, first && row == 0)
	}
}

// addOuter adds the outer products of voxels of a unit, x, which are step apart, with those of every output block.
func (g *outerGradient) addOuter(sums []float32, unit, voxels int, x []float32, step int, y []float32, block int, first bool) {
	in, plane := unit/g.planes(), unit%g.planes()
	sums = sums[in*g.blockFloats():][:g.blockFloats()]
	for o := 0; o < g.outBlocks(); o += 2 {
		vectors := min(2, g.outBlocks()-o)
		width := vectors * kernel.Lanes
		to := sums[(o*g.planes()+plane*vectors)*g.span*kernel.Lanes:]
		for row := 0; row < g.span; row += outerRows {
			kernel.Outer(vectors, voxels, x[row:], step, y[o*block:], kernel.Lanes, block, to[row*width:], width, kernel.Lanes, !first)
		}
	}
}

// reduce is the task that adds up the strips of one input block and one pair of output blocks, and stores the weights.
func (g *outerGradient) reduce(worker, task int) {
	r, taps := &g.run, volume(g.c.Kernel)
	pairs := ceilDiv(g.outBlocks(), 2)
	in, out := task/pairs, task%pairs*2
	vectors := min(2, g.outBlocks()-out)
	start := in*g.blockFloats() + out*g.planes()*g.span*kernel.Lanes
	total := r.sums[start:][:g.planes()*g.span*vectors*kernel.Lanes]
	for strip := 1; strip < g.strips; strip++ {
		kernel.Add(total, total, r.sums[strip*g.sumFloats()+start:][:len(total)])
	}
	lines := r.workers[worker*g.workerFloats():]
	channels := min(g.lanes, g.c.In-in*g.lanes)
	for v := range vectors {
		for i := range channels {
			for tap := range taps {
				plane, kx := tap/g.c.Kernel[2], tap%g.c.Kernel[2]
				line := ((plane*g.span+kx*g.lanes+i)*vectors + v) * kernel.Lanes
				copy(lines[(i*taps+tap)*kernel.Lanes:][:kernel.Lanes], total[line:])
			}
		}
		o := (out + v) * kernel.Lanes
		kernel.Deinterleave(r.dWeight[(o*g.c.In+in*g.lanes)*taps:], g.c.In*taps, lines, min(kernel.Lanes, g.c.Out-o), channels*taps)
	}
}
