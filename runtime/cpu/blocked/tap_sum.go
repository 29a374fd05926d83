package blocked

import "github.com/vnlang/vn/runtime/cpu/kernel"

// tapSum is the kernel.Convolver of the family taps: each voxel of the target is a sum over the taps that reach it and the
// channels of the source.
//
// A task computes a run of voxels of one plane of the target, for a part of its channels, in a tile that stays in the
// second-level cache. The terms of a sum are [kz][block][ky][kx][channel]: a chunk of them passes over all voxels of the
// tile while its weights are in the first-level cache.
type tapSum struct {
	batch, threads           int
	sourceChannels, channels int // channels of the target
	source, target, kernel   [3]int
	gradient                 bool

	planes     []residue // on z
	phases     []tapPhase
	covered    bool // every phase has taps
	planeDepth int  // terms of a sum that belong to one kz: those of all phases
	cut        cut
	partPairs  int // pairs of blocks of target channels of a part
	parts      int
	copyRoom   int // floats

	packTask, multiplyTask func(worker, task int) // bound once, so that running allocates nothing
	run                    tapRun
}

// tapPhase is a phase with the terms of its sums.
type tapPhase struct {
	phase
	start         int     // its first term in those of a plane
	group         int     // blocks that are copied at once
	inPlace, copy []int32 // offsets of the terms of one kz from the first tap of a voxel; in a copy, from its block
}

// tapRun is the state of one Run.
type tapRun struct {
	in         kernel.Map
	weight     []float32
	outBlocked bool
	sink       kernel.Sink
	packed     []float32 // weights: [pair of target blocks][kz][phase][block][ky][kx][channel][block of the pair][16]
	workers    []float32
}

const (
	sumVoxels  = 256     // target voxels of a task for each phase: the work that pays for reading the weights
	sumFloats  = 1 << 16 // bounds a tile
	copyFloats = 1 << 16 // bounds a copy, where one block of one row is not more
	partFloats = 1 << 18 // weights of a part, so that they stay in the second-level cache from task to task
	chunkTerms = 192
)

// newTapSum prepares a direction of a convolution, forward or input gradient.
func newTapSum(c kernel.Convolution, d kernel.Direction, threads int) *tapSum {
	c.Dilation = dilation(c)
	k := &tapSum{batch: c.Batch, threads: threads, sourceChannels: c.In, channels: c.Out, source: c.Input, target: c.Output, kernel: c.Kernel}
	if d == kernel.DirectionInputGradient {
		k.gradient = true
		k.sourceChannels, k.channels, k.source, k.target = c.Out, c.In, c.Output, c.Input
	}
	ys, xs := residues(c, d, 1), residues(c, d, 2)
	k.planes = residues(c, d, 0)
	pairs := ceilDiv(k.blocks(), 2)
	k.partPairs = max(1, pairs/max(1, pairs*k.pairFloats()/partFloats))
	voxels := min(sumVoxels*len(ys)*len(xs), max(sumFloats/(2*k.partPairs*kernel.Lanes), kernel.Lanes))
	for k.cutVoxels(ys, xs, voxels); k.copyRoom > copyFloats && voxels > 1; k.cutVoxels(ys, xs, voxels) {
		voxels /= 2
	}
	for k.parts = ceilDiv(pairs, k.partPairs); k.partPairs > 1 && k.Tasks() < wantTasks; k.parts = ceilDiv(pairs, k.partPairs) {
		k.partPairs = ceilDiv(k.partPairs, 2)
	}
	k.fillSteps()
	k.packTask, k.multiplyTask = k.pack, k.multiply
	return k
}

// cutVoxels cuts the target into pieces of about voxels voxels, and sets the phases for them.
func (k *tapSum) cutVoxels(ys, xs []residue, voxels int) {
	k.cut = newCut(k.target, sumVoxels*len(xs), voxels)
	k.phases, k.covered, k.planeDepth, k.copyRoom = k.phases[:0], true, 0, 0
	for _, y := range ys {
		for _, x := range xs {
			if y.taps == 0 || x.taps == 0 {
				k.covered = false
				continue
			}
			h := tapPhase{phase: newPhase(y, x, ceilDiv(k.cut.ny, y.spread), ceilDiv(k.cut.nx, x.spread)), start: k.planeDepth}
			h.group = max(1, min(k.sourceBlocks(), copyFloats/h.copyFloats()))
			k.copyRoom = max(k.copyRoom, h.group*h.copyFloats())
			k.planeDepth += k.sourceChannels * h.taps()
			k.phases = append(k.phases, h)
		}
	}
}

// fillSteps sets the offsets of the terms of every phase. Those in place are right, and used, only where a sample has room
// for all taps.
func (k *tapSum) fillSteps() {
	size := volume(k.source)
	for i := range k.phases {
		h := &k.phases[i]
		h.inPlace = make([]int32, 0, k.sourceChannels*h.taps())
		h.copy = make([]int32, 0, k.sourceChannels*h.taps())
		for block := range k.sourceBlocks() {
			for tap := range h.taps() {
				y, x := tap/h.x.taps, tap%h.x.taps
				inPlace := (block*size + y*h.y.gap*k.source[2] + x*h.x.gap) * kernel.Lanes
				copied := block%h.group*h.copyFloats() + (y*h.rows.tap*h.columns.cells+x*h.columns.tap)*kernel.Lanes
				for lane := range min(kernel.Lanes, k.sourceChannels-block*kernel.Lanes) {
					h.inPlace = append(h.inPlace, int32(inPlace+lane))
					h.copy = append(h.copy, int32(copied+lane))
				}
			}
		}
	}
}

func (k *tapSum) sourceBlocks() int { return ceilDiv(k.sourceChannels, kernel.Lanes) }

// blocks is the number of blocks of target channels.
func (k *tapSum) blocks() int { return ceilDiv(k.channels, kernel.Lanes) }

// blockFloats is the size of the packed weights of one block of target channels, and pairFloats of two.
func (k *tapSum) blockFloats() int { return k.sourceChannels * volume(k.kernel) * kernel.Lanes }

func (k *tapSum) pairFloats() int { return 2 * k.blockFloats() }

// tileBlock is the room of one block of the target in a tile.
func (k *tapSum) tileBlock() int { return k.cut.voxels() * kernel.Lanes }

// workerFloats is the scratch of one worker: a tile, a block of it as a plain map, and a copy of the source. The taps of
// a weight take the same room.
func (k *tapSum) workerFloats() int {
	return max((2*k.partPairs+1)*k.tileBlock()+k.copyRoom, volume(k.kernel)*kernel.Lanes)
}

// Workspace implements kernel.Convolver.
func (k *tapSum) Workspace() int { return k.blocks()*k.blockFloats() + k.threads*k.workerFloats() }

// Tasks implements kernel.Convolver.
func (k *tapSum) Tasks() int { return k.parts * k.batch * k.cut.pieces() }

// Run implements kernel.Convolver.
func (k *tapSum) Run(p *kernel.Pool, in kernel.Map, weight []float32, outBlocked bool, scratch []float32, sink kernel.Sink) {
	r := &k.run
	*r = tapRun{in: in, weight: weight, outBlocked: outBlocked, sink: sink}
	r.packed, scratch = take(scratch, k.blocks()*k.blockFloats())
	r.workers, _ = take(scratch, k.threads*k.workerFloats())
	p.Run(k.blocks()*k.sourceBlocks(), k.packTask)
	p.Run(k.Tasks(), k.multiplyTask)
	k.run = tapRun{} // so that it keeps no memory alive
}

// pack is the task that packs the weights of one block of target channels and one of the source's.
func (k *tapSum) pack(worker, task int) {
	r, taps := &k.run, volume(k.kernel)
	block, from := task/k.sourceBlocks(), task%k.sourceBlocks()*kernel.Lanes
	lanes := min(kernel.Lanes, k.channels-block*kernel.Lanes)
	vectors := min(2, k.blocks()-block&^1)
	packed := r.packed[block/2*k.pairFloats()+block%2*kernel.Lanes:]
	lines := r.workers[worker*k.workerFloats():][:taps*kernel.Lanes]
	count := min(kernel.Lanes, k.sourceChannels-from)
	for channel := range count {
		if k.gradient {
			kernel.Interleave(lines, r.weight[((from+channel)*k.channels+block*kernel.Lanes)*taps:], taps, lanes, taps)
		} else {
			kernel.Interleave(lines, r.weight[(block*kernel.Lanes*k.sourceChannels+from+channel)*taps:], k.sourceChannels*taps, lanes, taps)
		}
		for z := range k.kernel[0] {
			for i := range k.phases {
				h := &k.phases[i]
				term := z*k.planeDepth + h.start + from*h.taps() + channel
				for y := range h.y.taps {
					line := (z*k.kernel[1]+h.y.tap+y*h.y.tapStep)*k.kernel[2] + h.x.tap
					for range h.x.taps {
						copyVoxel(packed[term*vectors*kernel.Lanes:], lines[line*kernel.Lanes:])
						line += h.x.tapStep
						term += count
					}
				}
			}
		}
	}
}

// copyVoxel copies the 16 values of a voxel of a block.
func copyVoxel(to, from []float32) { *(*[kernel.Lanes]float32)(to) = *(*[kernel.Lanes]float32)(from) }
