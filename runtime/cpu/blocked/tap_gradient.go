package blocked

import "github.com/vnlang/vn/runtime/cpu/kernel"

// tapGradient is the kernel.Correlator of the family taps.
//
// The gradient of one tap, between a block of input channels and a pair of output blocks, is a matrix product over voxels:
// its rows are the input channels, its columns the output's gradient, packed for the voxels of a piece, and the steps of
// its terms (kernel.MultiplySteps) go from voxel to voxel of the input, whatever the stride. A unit is the taps of one kz
// and one input block. A strip is a fixed share of the pieces of all samples, a part a fixed share of the units and of the
// pairs; strips times parts are the tasks. A piece is summed from zero, then added to its strip, and the strips in order.
type tapGradient struct {
	c                    kernel.Convolution
	threads              int
	plane                residue // on z
	phase                phase
	cut                  cut
	strips               int
	unitParts, pairParts int

	sumTask, reduceTask func(worker, task int) // bound once, so that running allocates nothing
	steps               [][]int32              // of each worker: room for the terms of a piece
	run                 tapGradientRun
}

// tapGradientRun is the state of one Run.
type tapGradientRun struct {
	in, dOut kernel.Map
	dWeight  []float32
	sums     []float32 // of each strip: [pair][input block][kz][ky][kx][input channel][block of the pair][16]
	workers  []float32
}

const (
	termVoxels    = 128     // terms of one sum: their columns stay in the first-level cache for all taps
	tapStripFloat = 1 << 20 // bounds the sums of all strips
)

// newTapGradient prepares the gradient of the weights.
func newTapGradient(c kernel.Convolution, threads int) *tapGradient {
	c.Dilation = dilation(c)
	g := &tapGradient{c: c, threads: threads, plane: residues(c, kernel.DirectionForward, 0)[0]}
	y, x := residues(c, kernel.DirectionForward, 1)[0], residues(c, kernel.DirectionForward, 2)[0]
	voxels := termVoxels
	for g.cutVoxels(y, x, voxels); g.phase.copyFloats() > copyFloats && voxels > 1; g.cutVoxels(y, x, voxels) {
		voxels /= 2
	}
	g.strips = max(1, min(maxStrips, c.Batch*g.cut.pieces(), tapStripFloat/g.sumFloats()))
	g.pairParts = min(g.pairs(), ceilDiv(wantTasks, g.strips))
	g.unitParts = min(g.units(), ceilDiv(wantTasks, g.strips*g.pairParts))
	g.steps = make([][]int32, threads)
	for i := range g.steps {
		g.steps[i] = make([]int32, 0, g.cut.voxels())
	}
	g.sumTask, g.reduceTask = g.sum, g.reduce
	return g
}

// cutVoxels cuts the output into pieces of about voxels voxels, and sets the phase for them.
func (g *tapGradient) cutVoxels(y, x residue, voxels int) {
	g.cut = newCut(g.c.Output, voxels, voxels)
	g.phase = newPhase(y, x, g.cut.ny, g.cut.nx)
}

func (g *tapGradient) inBlocks() int { return ceilDiv(g.c.In, kernel.Lanes) }

func (g *tapGradient) outBlocks() int { return ceilDiv(g.c.Out, kernel.Lanes) }

func (g *tapGradient) pairs() int { return ceilDiv(g.outBlocks(), 2) }

func (g *tapGradient) units() int { return g.inBlocks() * g.c.Kernel[0] }

// unitFloats is the size of the sums of one unit and one output block.
func (g *tapGradient) unitFloats() int { return g.phase.taps() * kernel.Lanes * kernel.Lanes }

// sumFloats is the size of the sums of one strip.
func (g *tapGradient) sumFloats() int { return g.units() * g.outBlocks() * g.unitFloats() }

// panelFloats is the room for a piece of one block of the output's gradient.
func (g *tapGradient) panelFloats() int { return g.cut.voxels() * kernel.Lanes }

// workerFloats is the scratch of one worker: for a piece of the sum, or for a block of finished weights.
func (g *tapGradient) workerFloats() int {
	return max((g.outBlocks()+1)*g.panelFloats()+g.phase.copyFloats(), volume(g.c.Kernel)*kernel.Lanes*kernel.Lanes)
}

// Workspace implements kernel.Correlator.
func (g *tapGradient) Workspace() int { return g.strips*g.sumFloats() + g.threads*g.workerFloats() }

// Run implements kernel.Correlator.
func (g *tapGradient) Run(p *kernel.Pool, in, dOut kernel.Map, dWeight, scratch []float32) {
	r := &g.run
	*r = tapGradientRun{in: in, dOut: dOut, dWeight: dWeight}
	r.sums, scratch = take(scratch, g.strips*g.sumFloats())
	r.workers, _ = take(scratch, g.threads*g.workerFloats())
	p.Run(g.strips*g.unitParts*g.pairParts, g.sumTask)
	p.Run(g.inBlocks()*g.pairs(), g.reduceTask)
	g.run = tapGradientRun{} // so that it keeps no memory alive
}

// tapShare is the share of one task, and its scratch.
type tapShare struct {
	worker                    int
	unit0, unit1              int
	pair0, pair1              int
	sums, panel, packed, copy []float32
}

// sum is the task that forms the sums of one strip for one part.
func (g *tapGradient) sum(worker, task int) {
	r := &g.run
	strip, part := task%g.strips, task/g.strips
	unitPart, pairPart := part%g.unitParts, part/g.unitParts
	t := tapShare{
		worker: worker,
		unit0:  unitPart * g.units() / g.unitParts, unit1: (unitPart + 1) * g.units() / g.unitParts,
		pair0: pairPart * g.pairs() / g.pairParts, pair1: (pairPart + 1) * g.pairs() / g.pairParts,
		sums: r.sums[strip*g.sumFloats():][:g.sumFloats()],
	}
	rest := r.workers[worker*g.workerFloats():][:g.workerFloats()]
	t.panel, rest = take(rest, g.panelFloats())
	t.packed, t.copy = take(rest, g.outBlocks()*g.panelFloats())
	for pair := t.pair0; pair < t.pair1; pair++ {
		first, end := g.sumAt(pair, t.unit0), g.sumAt(pair, t.unit1)
		clear(t.sums[first:end])
	}
	pieces := g.cut.pieces()
	items := g.c.Batch * pieces
	for i := strip * items / g.strips; i < (strip+1)*items/g.strips; i++ {
		g.addPiece(&t, i/pieces, g.cut.piece(i%pieces))
	}
}

// vectors returns the number of blocks of a pair.
func (g *tapGradient) vectors(pair int) int { return min(2, g.outBlocks()-2*pair) }

// sumAt returns where the sums of a pair and a unit begin in those of a strip.
func (g *tapGradient) sumAt(pair, unit int) int {
	return (2*pair*g.units() + unit*g.vectors(pair)) * g.unitFloats()
}

// addPiece adds the voxels of one piece to the sums of a task.
func (g *tapGradient) addPiece(t *tapShare, n int, b piece) {
	r, c := &g.run, &g.c
	g.outputPanel(t, n, b)
	in := source{values: r.in.Data[n*r.in.Stride:], size: c.Input, channels: c.In, isBlocked: r.in.Blocked}
	area := box{y0: b.y, y1: b.y + b.ny, x0: b.x, x1: b.x + b.nx, copied: true}
	steps := g.terms(t.worker, &area)
	first, end := g.plane.reached(b.z)
	for unit := t.unit0; unit < t.unit1; unit++ {
		kz, block := unit%c.Kernel[0], unit/c.Kernel[0]
		if kz >= first && kz < end {
			in.copy(t.copy, &g.phase, &area, g.plane.stride*b.z+g.plane.offset+kz*g.plane.gap, block)
			g.addUnit(t, unit, steps)
		}
	}
}

// outputPanel packs the output's gradient at the voxels of a piece: [pair][voxel][block of the pair][16].
func (g *tapGradient) outputPanel(t *tapShare, n int, b piece) {
	dOut, size, voxels := &g.run.dOut, volume(g.c.Output), b.ny*b.nx
	start := (b.z*g.c.Output[1]+b.y)*g.c.Output[2] + b.x
	sample := dOut.Data[n*dOut.Stride:]
	for block := 2 * t.pair0; block < min(2*t.pair1, g.outBlocks()); block++ {
		var from []float32
		if dOut.Blocked {
			from = sample[(block*size+start)*kernel.Lanes:]
		} else {
			from = t.panel
			channels := min(kernel.Lanes, g.c.Out-block*kernel.Lanes)
			kernel.Interleave(from, sample[block*kernel.Lanes*size+start:], size, channels, voxels)
		}
		vectors := g.vectors(block / 2)
		to := t.packed[block/2*2*g.panelFloats()+block%2*kernel.Lanes:]
		for voxel := range voxels {
			copyVoxel(to[voxel*vectors*kernel.Lanes:], from[voxel*kernel.Lanes:])
		}
	}
}

// terms returns the steps from the first voxel of a piece to each in a copy of the input.
func (g *tapGradient) terms(worker int, area *box) []int32 {
	steps, rows, columns := g.steps[worker][:0], &g.phase.rows, &g.phase.columns
	for y := range area.ny() {
		for x := range area.nx() {
			steps = append(steps, int32((y*rows.voxel*columns.cells+x*columns.voxel)*kernel.Lanes))
		}
	}
	return steps
}

// addUnit adds the voxels of a piece to the sums of a unit, from the copy of its input. Where taps along x are neighbours
// there, their channels are the rows of one product.
func (g *tapGradient) addUnit(t *tapShare, unit int, steps []int32) {
	rows, columns := &g.phase.rows, &g.phase.columns
	width := 1
	if columns.tap == 1 {
		width = g.phase.x.taps
	}
	for pair := t.pair0; pair < t.pair1; pair++ {
		vectors := g.vectors(pair)
		packed := t.packed[2*pair*g.panelFloats():]
		sums := t.sums[g.sumAt(pair, unit):]
		for y := range g.phase.y.taps {
			for x := 0; x < g.phase.x.taps; x += width {
				from := t.copy[(y*rows.tap*columns.cells+x*columns.tap)*kernel.Lanes:]
				kernel.MultiplySteps(width*kernel.Lanes, vectors, steps, from, 1, packed, sums, vectors*kernel.Lanes, kernel.Lanes, true)
				sums = sums[width*kernel.Lanes*vectors*kernel.Lanes:]
			}
		}
	}
}

// reduce is the task that adds up the strips of one input block and one pair of output blocks, and stores the weights.
func (g *tapGradient) reduce(worker, task int) {
	r, c, taps := &g.run, &g.c, volume(g.c.Kernel)
	in, pair := task/g.pairs(), task%g.pairs()
	vectors := g.vectors(pair)
	start := g.sumAt(pair, in*c.Kernel[0])
	total := r.sums[start:][:c.Kernel[0]*vectors*g.unitFloats()]
	for strip := 1; strip < g.strips; strip++ {
		kernel.Add(total, total, r.sums[strip*g.sumFloats()+start:][:len(total)])
	}
	lines := r.workers[worker*g.workerFloats():]
	channels := min(kernel.Lanes, c.In-in*kernel.Lanes)
	for v := range vectors {
		for i := range channels {
			for tap := range taps {
				copyVoxel(lines[(i*taps+tap)*kernel.Lanes:], total[((tap*kernel.Lanes+i)*vectors+v)*kernel.Lanes:])
			}
		}
		o := (2*pair + v) * kernel.Lanes
		kernel.Deinterleave(r.dWeight[(o*c.In+in*kernel.Lanes)*taps:], c.In*taps, lines, min(kernel.Lanes, c.Out-o), channels*taps)
	}
}
