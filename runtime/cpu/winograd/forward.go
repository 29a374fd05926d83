package winograd

import "github.com/vnlang/vn/runtime/cpu/kernel"

// Forward is a convolution, or the gradient of its input, by minimal algorithms. It is used by one goroutine at a time.
type Forward struct {
	g      geometry
	mirror bool // the weights are mirrored and transposed: the gradient of the input
	plan   plan
	source *side

	xOutput, yOutput, zOutput kernel.TransformFunc
	zWeight, yWeight, xWeight kernel.TransformFunc

	zLayout        zLayout // of Z, and in a slab of its own also of the results before the z output transform
	resultLayout   zLayout // of those results where they have a buffer of their own
	distance       int     // floats from the operands of one product to those of the next
	stripFloats    int     // floats of a row of a strip between the y and the x transforms,
	stripBlock     int     // of those of a chunk, for one block of channels,
	stripPlane     int     // and from one point of y to the next
	private        int     // scratch floats of one worker
	panel          int     // floats of U that make two blocks of output channels of one product
	productWeights int     // floats of U from one product to the next
	taps           int     // of the kernel
	workers        []worker

	// What runs at the moment, and the tasks bound to it once, so that running allocates nothing.
	in                                             kernel.Map
	u, scratch                                     []float32
	outBlocked                                     bool
	sink                                           kernel.Sink
	firstLayer, layers                             int // of the wave
	weight                                         []float32
	slabTask, inputTask, productsTask, resultsTask func(worker, task int)
	weightsTask                                    func(worker, task int)
}

// worker is what one worker keeps outside of scratch.
type worker struct {
	arms   arms
	strips []strip // of a chunk
}

// NewForward returns the contraction, which is the forward one or the gradient of the input, in output tiles of the
// given sizes along z, y, x, for pools of at most that many threads. The error is that of Supports.
func NewForward(c kernel.Convolution, d kernel.Direction, tile [3]int, threads int) (*Forward, error) {
	if err := Supports(c, d, tile); err != nil {
		return nil, err
	}
	f := &Forward{g: newGeometry(c, d, tile), mirror: d == kernel.DirectionInputGradient}
	g := &f.g
	f.source = newInputSide(g)
	transform := func(i int, matrix kernel.Side) kernel.TransformFunc {
		return kernel.Transform(g.axes[i].tile, g.axes[i].taps, matrix)
	}
	f.zOutput, f.yOutput, f.xOutput = transform(0, kernel.SideOutput), transform(1, kernel.SideOutput), transform(2, kernel.SideOutput)
	f.zWeight, f.yWeight, f.xWeight = transform(0, kernel.SideWeight), transform(1, kernel.SideWeight), transform(2, kernel.SideWeight)
	f.panel = 2 * g.inBlocks() * kernel.Lanes * kernel.Lanes
	f.productWeights = oddLines(g.inBlocks() * g.outBlocks() * kernel.Lanes * kernel.Lanes)
	f.taps = g.axes[0].taps * g.axes[1].taps * g.axes[2].taps
	f.workers = make([]worker, max(threads, 1))
	f.slabTask, f.inputTask, f.productsTask, f.resultsTask = f.slab, f.inputRow, f.chunkOfWave, f.resultRow
	f.weightsTask = f.transformWeights
	f.layOut(newPlan(g, len(f.workers)))
	return f, nil
}

// layOut sizes everything for a plan.
func (f *Forward) layOut(p plan) {
	f.plan = p
	g := &f.g
	z, y, x := g.axes[0], g.axes[1], g.axes[2]
	// A slab's results take the place of its Z, so both have the room of the larger.
	f.zLayout = newZLayout(z.points, max(g.inBlocks(), g.outBlocks()), roundUp(p.rows*y.tile+y.taps-1, y.tile), x.span())
	f.resultLayout = f.zLayout
	if p.shared {
		f.zLayout = newZLayout(z.points, g.inBlocks(), roundUp(y.span(), y.tile), x.span())
		f.resultLayout = newZLayout(z.points, g.outBlocks(), y.tiles*y.tile, x.span())
	}
	blocks := max(g.inBlocks(), g.outBlocks())
	f.distance = oddLines(blocks * p.chunk() * kernel.Lanes)
	f.stripFloats = f.source.reach(p.strip) * kernel.Lanes
	f.stripBlock = p.strips * f.stripFloats
	f.stripPlane = oddLines(blocks * f.stripBlock)
	f.private = f.operandFloats() + f.workFloats()
	if !p.shared {
		f.private += f.zLayout.size
	}
	for i := range f.workers {
		f.workers[i].strips = make([]strip, p.strips)
	}
}

// operandFloats returns the floats of V and M of one point of z and one of y, M being one slot before V.
func (f *Forward) operandFloats() int { return (f.g.axes[2].points + 1) * f.distance }

// workFloats returns the scratch of whichever transform runs: rows of a plain map, strips, or finished rows.
func (f *Forward) workFloats() int {
	return max(gatherFloats, f.g.axes[1].points*f.stripPlane, finishFloats)
}

// Workspace returns how many floats of scratch Run and TransformWeights need, for all threads together: for each a few
// rows of the input over all channels, some times over. It needs no initial contents, and is fastest when it begins on
// a cache line.
func (f *Forward) Workspace() int {
	n := len(f.workers) * f.private
	if f.plan.shared {
		n += f.plan.layers * (f.zLayout.size + f.resultLayout.size)
	}
	return max(n, len(f.workers)*weightFloats)
}

// Tasks returns the number of tasks that the sink is told: one for each sample, row of tiles along z, row of tiles along
// y and block of output channels, in that order.
func (f *Forward) Tasks() int {
	return f.g.batch * f.g.axes[0].tiles * f.g.axes[1].tiles * f.g.outBlocks()
}

// Run computes the contraction of in, [Batch][channels][z][y][x], with transformed weights (TransformWeights) and hands
// the result to sink, blocked or plain, every voxel once. A plain input, and output, may have any number of channels.
// scratch holds at least Workspace() floats. The bits do not depend on the number of threads.
func (f *Forward) Run(p *kernel.Pool, in kernel.Map, u []float32, outBlocked bool, scratch []float32, sink kernel.Sink) {
	f.in, f.u, f.outBlocked, f.scratch, f.sink = in, u, outBlocked, scratch, sink
	g := &f.g
	all := g.batch * g.axes[0].tiles
	if f.plan.shared {
		for f.firstLayer = 0; f.firstLayer < all; f.firstLayer += f.plan.layers {
			f.layers = min(f.plan.layers, all-f.firstLayer)
			rows := f.layers * g.axes[1].tiles
			p.Run(f.layers*g.axes[1].span(), f.inputTask)
			p.Run(g.axes[0].points*f.plan.chunks(g, rows)*f.plan.splits, f.productsTask)
			p.Run(rows*g.outBlocks(), f.resultsTask)
		}
	} else {
		p.Run(all*ceilDiv(g.axes[1].tiles, f.plan.taskRows), f.slabTask)
	}
	f.in, f.u, f.scratch, f.sink = kernel.Map{}, nil, nil, nil
}

// mine returns the parts of scratch that a worker has to itself: the operands of the products, the work of whichever
// transform runs, and Z if it is not shared.
func (f *Forward) mine(worker int) (v, work, z []float32) {
	own := f.scratch[worker*f.private:][:f.private]
	operands, n := f.operandFloats(), f.workFloats()
	return own[:operands], own[operands:][:n], own[operands+n:]
}
