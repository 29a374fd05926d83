package blocked

import "github.com/vnlang/vn/runtime/cpu/kernel"

// matrix is a kernel.Convolver of the families product and narrow: one matrix product. It goes over the coarse grid: the
// output voxels of the convolution. The source is what is read, the target what is computed, and each is a coarse or a
// fine grid: the stride of the source is how many of its voxels lie between coarse neighbours, the spread of the target
// how many voxels belong to each coarse one. A phase is a place on z and y among those.
type matrix struct {
	batch, depth   int
	sourceChannels int
	channels       int // of the target
	source, stride [3]int
	target, spread [3]int
	kernel         [3]int
	gradient       bool
	narrow         bool
	padding        padding

	cut     cut
	threads int
	steps   []int32 // offsets of the terms of a sum from its coarse voxel

	packTask, padTask, multiplyTask func(worker, task int) // bound once, so that running allocates nothing
	run                             matrixRun
}

// matrixRun is the state of one Run.
type matrixRun struct {
	n               int // the sample that padTask copies; of a narrow convolution also the one that is multiplied
	in              kernel.Map
	voxel           int // values from one source voxel to the next
	weight          []float32
	outBlocked      bool
	sink            kernel.Sink
	packed          []float32 // weights: [z phase][y phase][pair of columns][depth][column of the pair][16]
	padded, workers []float32
}

const (
	tileFloats = 8192 // bounds what a task computes before it hands it over, so that it stays in a first-level cache
	runVoxels  = 256  // bounds the voxels of a row that are computed at once
	minVoxels  = 16   // the rows of a product that pay for reading the weights
)

// newMatrix prepares a direction of a product or a narrow convolution, forward or input gradient.
func newMatrix(c kernel.Convolution, d kernel.Direction, threads int) *matrix {
	k := &matrix{batch: c.Batch, threads: threads, spread: [3]int{1, 1, 1}, stride: [3]int{1, 1, 1}}
	switch {
	case d == kernel.DirectionForward && isProduct(c):
		c = merge(c)
		k.source, k.stride, k.target = c.Input, c.Stride, c.Output
	case d == kernel.DirectionForward:
		k.narrow, k.padding = true, newPadding(c)
		k.source, k.target = k.padding.size, c.Output
	default:
		c = merge(c)
		k.gradient = true
		k.source, k.target, k.spread = c.Output, c.Input, c.Stride
	}
	k.kernel = c.Kernel
	k.sourceChannels, k.channels, k.depth = c.In, c.Out, c.In*volume(c.Kernel)
	if k.gradient {
		k.sourceChannels, k.channels, k.depth = c.Out, c.In, c.Out
	}
	k.steps = make([]int32, k.depth)
	k.cut = newCut(c.Output, runVoxels/k.spread[2], max(min(tileFloats/kernel.Lanes/k.columns(), runVoxels), minVoxels))
	k.packTask, k.padTask, k.multiplyTask = k.pack, k.pad, k.multiply
	return k
}

// blocks is the number of blocks of target channels.
func (k *matrix) blocks() int { return ceilDiv(k.channels, kernel.Lanes) }

// columns is the number of vectors that one coarse voxel has in one phase: [block][x phase].
func (k *matrix) columns() int { return k.blocks() * k.spread[2] }

// phaseFloats is the size of the packed weights of one z phase and y phase.
func (k *matrix) phaseFloats() int { return k.columns() * k.depth * kernel.Lanes }

// tileBlock is the room of one block of the target in a tile. A row may end with fine voxels that no tap covers.
func (k *matrix) tileBlock() int {
	return k.cut.ny * (k.cut.nx + 1) * k.spread[2] * kernel.Lanes
}

// workerFloats is the scratch of one worker: a tile, [block][y][x][16], and a block of it as a plain map.
func (k *matrix) workerFloats() int { return (k.blocks() + 1) * k.tileBlock() }

// Workspace implements kernel.Convolver.
func (k *matrix) Workspace() int {
	floats := k.spread[0]*k.spread[1]*k.phaseFloats() + k.threads*k.workerFloats()
	if k.narrow {
		floats += k.padding.floats()
	}
	return floats
}

// Tasks implements kernel.Convolver.
func (k *matrix) Tasks() int { return k.batch * k.cut.pieces() }

// Run implements kernel.Convolver.
func (k *matrix) Run(p *kernel.Pool, in kernel.Map, weight []float32, outBlocked bool, scratch []float32, sink kernel.Sink) {
	r := &k.run
	*r = matrixRun{in: in, voxel: 1, weight: weight, outBlocked: outBlocked, sink: sink}
	r.packed, scratch = take(scratch, k.spread[0]*k.spread[1]*k.phaseFloats())
	if k.narrow {
		r.padded, scratch = take(scratch, k.padding.floats())
	}
	r.workers, _ = take(scratch, k.threads*k.workerFloats())
	k.fillSteps()
	p.Run(k.packTasks(), k.packTask)
	if !k.narrow {
		p.Run(k.Tasks(), k.multiplyTask)
	} else {
		for r.n = range k.batch {
			p.Run(k.padding.size[0], k.padTask)
			p.Run(k.cut.pieces(), k.multiplyTask)
		}
	}
	k.run = matrixRun{} // so that it keeps no memory alive
}

// take splits n values off the front of scratch.
func take(scratch []float32, n int) (front, rest []float32) { return scratch[:n:n], scratch[n:] }

// fillSteps sets the offsets of the terms of a sum, in the order of the packed weights, for the layout of the source.
func (k *matrix) fillSteps() {
	r := &k.run
	if r.in.Blocked {
		r.voxel = kernel.Lanes
	}
	if k.narrow {
		r.voxel = k.sourceChannels
	}
	taps := k.depth / k.sourceChannels
	for i := range k.steps {
		channel, tap := i/taps, i%taps
		z, y, x := 0, 0, 0
		if !k.gradient {
			z, y, x = tap/(k.kernel[1]*k.kernel[2]), tap/k.kernel[2]%k.kernel[1], tap%k.kernel[2]
		}
		at := (z*k.source[1]+y)*k.source[2] + x
		if k.narrow {
			k.steps[i] = int32(at*k.sourceChannels + channel)
		} else {
			k.steps[i] = int32(place(r.in.Blocked, volume(k.source), channel, at))
		}
	}
}

// pad is the task that copies one plane of a sample.
func (k *matrix) pad(_, z int) {
	r := &k.run
	k.padding.plane(r.padded, r.in.Data[r.n*r.in.Stride:], z)
}

// packTasks counts the pairs of columns of all phases.
func (k *matrix) packTasks() int { return k.spread[0] * k.spread[1] * ceilDiv(k.columns(), 2) }

// pack is the task that packs the weights of one pair of columns: [depth][column][16], zero for missing channels.
func (k *matrix) pack(_, task int) {
	pairs := ceilDiv(k.columns(), 2)
	phase, first := task/pairs, task%pairs*2
	vectors := min(2, k.columns()-first)
	packed := k.run.packed[phase*k.phaseFloats()+first*k.depth*kernel.Lanes:][:vectors*k.depth*kernel.Lanes]
	taps := volume(k.kernel)
	for v := range vectors {
		block, x := (first+v)/k.spread[2], (first+v)%k.spread[2]
		channels := min(kernel.Lanes, k.channels-block*kernel.Lanes)
		laneStep, depthStep := k.depth, 1
		start := block * kernel.Lanes * laneStep
		if k.gradient {
			laneStep, depthStep = taps, k.channels*taps
			start = block*kernel.Lanes*laneStep + phase*k.spread[2] + x
		}
		for d := range k.depth {
			to, from := packed[(d*vectors+v)*kernel.Lanes:][:kernel.Lanes], k.run.weight[start+d*depthStep:]
			for lane := range channels {
				to[lane] = from[lane*laneStep]
			}
			clear(to[channels:])
		}
	}
}
