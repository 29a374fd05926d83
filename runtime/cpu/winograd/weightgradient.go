package winograd

import (
	"fmt"

	"github.com/vnlang/vn/runtime/cpu/kernel"
)

// WeightGradient computes the gradient of the weights of a convolution in the transform domain,
//
//	dW = G^T [ sum over tiles of (B^T in) * (A dOut) ]
//
// with the matrices of F(m, r) along each axis: the exact transpose of the forward algorithm (Lavin and Gray, arXiv
// 1509.09308, section 4). For each point of the transforms the sum over tiles is a product of matrices, dU[In][Out] +=
// V[tile][In]^T Y[tile][Out].
//
// Where there are many tiles, dU is kept and the tiles pass by in slabs: the rows of a slab are transformed along z,
// then each point of z is a task that transforms a chunk of tiles along y and x within its second-level cache and adds
// the chunk's products to its part of dU. Where there are few tiles and many channels (the deep layers), dU is far
// larger than the transformed tiles: then those of the whole batch are kept, and each task forms the products of a
// block of channels and transforms them back at once, so that dU never exists as a whole.
//
// The products of a chunk are summed from zero and then added, which keeps the rounding errors of long sums small. Each
// sum belongs to one task, cut by the shape alone, so that the bits do not depend on the number of threads. A
// WeightGradient runs once at a time.
type WeightGradient struct {
	geometry
	cut     cut
	sides   [2]*side // of the input, and of the gradient of the output
	layouts [2]zLayout
	inverse [3]kernel.TransformFunc // G^T

	// Of the run in progress.
	maps        [2]kernel.Map
	dWeight     []float32
	slab        int
	rows        [2][]float32 // a slab of Z for each side: [band], then as the layout says
	transformed [2][]float32 // if all are kept, V and Y: [point of z][block][point of y, x][tile][16]
	sums        []float32    // if it is kept, dU: [part][point], then as sumOffset says
	workers     []gradientWorker

	rowTask, stripTask, chunkTask, inverseTask, blockTask func(worker, task int)
}

// gradientWorker is the memory of one worker.
type gradientWorker struct {
	arms    arms
	scratch []float32
}

// NewWeightGradient prepares the weight gradient of c in tiles of these sizes along z, y, x, for pools of at most
// threads workers. The error says what Supports finds wrong with it.
func NewWeightGradient(c kernel.Convolution, tile [3]int, threads int) (*WeightGradient, error) {
	return newWeightGradient(c, tile, threads, 0, chunkFloats)
}

// newWeightGradient is NewWeightGradient with sizes of a slab, if it is not 0, and of a chunk to aim at.
func newWeightGradient(c kernel.Convolution, tile [3]int, threads, slab, chunk int) (*WeightGradient, error) {
	if err := Supports(c, kernel.DirectionWeightGradient, tile); err != nil {
		return nil, fmt.Errorf("weight gradient: %w", err)
	}
	g := &WeightGradient{
		geometry: newGeometry(c, kernel.DirectionWeightGradient, tile),
		workers:  make([]gradientWorker, max(threads, 1)),
	}
	g.sides = [2]*side{newInputSide(&g.geometry), newGradientSide(&g.geometry)}
	for i, a := range g.axes {
		g.inverse[i] = kernel.Transform(a.tile, a.taps, kernel.SideWeightGradient)
	}
	g.divide(slab, chunk)
	g.rowTask, g.stripTask, g.chunkTask = g.transformRows, g.transformStrip, g.accumulateChunks
	g.inverseTask, g.blockTask = g.invertSums, g.contractBlock
	return g, nil
}

// Workspace returns how many float32 values of scratch Run needs, all in all.
func (g *WeightGradient) Workspace() int {
	total := g.sumFloats() + len(g.workers)*g.workerFloats()
	for i := range g.sides {
		total += g.cut.bands*g.layouts[i].size + g.transformedFloats(i)
	}
	return total
}

// Run sets dWeight, [Out][In][kz][ky][kx], to the gradient of the weights, summed over the batch, from the input of the
// convolution, in, and the gradient of its output, dOut. Samples of in are [In][Input], of dOut [Out][Output], plain or
// blocked. scratch holds at least Workspace() values of any content; Run is fastest when it begins on a cache line. Run
// allocates nothing.
func (g *WeightGradient) Run(p *kernel.Pool, in, dOut kernel.Map, dWeight, scratch []float32) {
	take := func(n int) []float32 {
		part := scratch[:n:n]
		scratch = scratch[n:]
		return part
	}
	g.maps = [2]kernel.Map{in, dOut}
	g.dWeight = dWeight
	for i := range g.sides {
		g.rows[i] = take(g.cut.bands * g.layouts[i].size)
		g.transformed[i] = take(g.transformedFloats(i))
	}
	g.sums = take(g.sumFloats())
	for i := range g.workers {
		g.workers[i].scratch = take(g.workerFloats())
	}
	pointsZ := g.axes[0].points
	for g.slab = range g.cut.slabs {
		p.Run(g.rowTasks(), g.rowTask)
		if g.cut.keepTiles {
			p.Run(pointsZ*g.strips(), g.stripTask)
		} else {
			p.Run(pointsZ*g.cut.parts, g.chunkTask)
		}
	}
	if g.cut.keepTiles {
		p.Run(g.vectorPairs()*ceilDiv(g.rowGroups(), g.cut.blockGroups), g.blockTask)
	} else {
		p.Run(g.vectorPairs()*g.rowGroups(), g.inverseTask)
	}
}
