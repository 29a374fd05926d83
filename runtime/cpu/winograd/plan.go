package winograd

// plan says how the work of a contraction is cut. None of it changes a bit of the result.
type plan struct {
	strip, strips int // tiles along x that are transformed together, and how many such strips make a chunk

	// A slab in the memory of one worker:
	rows     int // rows of tiles whose Z is kept at a time
	taskRows int // rows of tiles of a task, a multiple of rows

	// Or waves whose phases all workers share:
	shared bool
	layers int // rows of tiles along z of a wave, over all samples
	splits int // parts of the output channels of a chunk
}

// chunk is the number of tiles of a chunk.
func (p *plan) chunk() int { return p.strip * p.strips }

// The machine that plans are made for. The rates are those of one core, of a few years' processors with AVX-512; only
// their ratio matters, and that roughly.
const (
	secondLevel = 1.5 * (1 << 20) // bytes of a core's own cache that are ours
	lastLevel   = 32 << 20        // bytes of a cache that the cores share
	farRate     = 35e9            // bytes per second from there
	memoryRate  = 15e9            // and from memory
	productRate = 170e9           // FLOPs per second of the products
	waveBytes   = 64 << 20        // that a wave's Z and results may take
)

// newPlan returns the plan that a small model finds fastest.
//
// What decides is what has to pass the second-level cache. U is read once for every slab, or, where its part for one
// point of z does not stay in the cache beside the operands, for every chunk. Reading it overlaps with the products, so
// it costs nothing until chunks are small: then each value of U serves too few tiles. Z and the results are written and
// read again; they stay in the cache if a slab is of few rows, but the fewer rows, the more slabs. In a wave they
// always pass, from one core to another, but a chunk can gather tiles of all layers and U is read least. So large
// images with few channels run in slabs of one row of tiles, and the deepest layers in waves. Of V-Net's layers with
// tiles of 4, the plans that other layers get take up to a quarter longer.
func newPlan(g *geometry, threads int) plan {
	var best plan
	least := 0.0
	consider := func(p plan) { // smaller chunks and slabs first: the larger must be worth it
		if cost := p.cost(g, threads); least == 0 || cost < 0.97*least {
			best, least = p, cost
		}
	}
	x, y := g.axes[2], g.axes[1]
	layers := g.batch * g.axes[0].tiles
	for _, tiles := range []int{16, 32, 64} {
		strip := ceilDiv(x.tiles, ceilDiv(x.tiles, tiles)) // of equal length in a row
		perRow, strips := ceilDiv(x.tiles, strip), max(tiles/strip, 1)
		for rows := 1; rows < 2*y.tiles; rows *= 2 {
			p := plan{strip: strip, rows: min(rows, y.tiles)}
			p.strips = min(strips, p.rows*perRow)
			// Several tasks for each worker; but at the start of each, rows are transformed that another has too.
			runs := ceilDiv(8*threads, layers)
			p.taskRows = min(roundUp(max(y.tiles/runs, 4), p.rows), roundUp(y.tiles, p.rows))
			consider(p)
		}
		p := plan{shared: true, strip: strip, layers: min(layers, max(int(waveBytes/g.layerBytes()), 1))}
		p.strips = min(strips, p.layers*y.tiles*perRow)
		p.splits = p.evenSplits(g, threads)
		consider(p)
	}
	return best
}

// evenSplits returns in how many parts the output channels of a wave's chunks are computed, so that every worker has a
// part: each costs its own y and x transforms.
func (p *plan) evenSplits(g *geometry, threads int) int {
	tasks := g.axes[0].points * p.chunks(g, p.layers*g.axes[1].tiles)
	return min(ceilDiv(threads, tasks), ceilDiv(g.outBlocks(), 2))
}

// chunks returns how many chunks a number of rows of tiles makes.
func (p *plan) chunks(g *geometry, rows int) int {
	return ceilDiv(rows*ceilDiv(g.axes[2].tiles, p.strip), p.strips)
}

// layerBytes returns the size of Z and of the results of one row of tiles along z.
func (g *geometry) layerBytes() float64 {
	return 64 * float64(g.inBlocks()+g.outBlocks()) * float64(g.axes[0].points*g.axes[1].span()*g.axes[2].span())
}

// weightBytes returns the size of U.
func (g *geometry) weightBytes() float64 {
	return 4 * float64(g.points()*g.inBlocks()*g.outBlocks()) * 16 * 16
}

// productFLOPs counts the operations of all products.
func (g *geometry) productFLOPs() float64 {
	return 2 * float64(g.points()*g.inBlocks()*g.outBlocks()) * 16 * 16 * float64(g.batch*g.tiles())
}

// traffic returns the bytes of U and of Z and the results that pass the second-level cache, all workers together.
func (p *plan) traffic(g *geometry) (weights, planes float64) {
	y, x := g.axes[1], g.axes[2]
	layers := g.batch * g.axes[0].tiles
	widest := float64(max(g.inBlocks(), g.outBlocks()))
	// The strips of a chunk after the y transform, and the operands of one point of y.
	strips := 64 * widest * float64(y.points*p.strips*((p.strip-1)*x.tile+x.points))
	operands := 64 * widest * float64((x.points+1)*p.chunk())
	slice := g.weightBytes() / float64(g.axes[0].points)

	slabs, rows := ceilDiv(layers, max(p.layers, 1)), p.layers*y.tiles
	window := 0.0
	if !p.shared {
		slabs, rows = layers*ceilDiv(y.tiles, p.rows), p.rows
		window = 64 * widest * float64(g.axes[0].points*(p.rows*y.tile+y.taps-1)*x.span())
	}
	weights = g.weightBytes() * float64(slabs)
	if strips+operands+slice > secondLevel {
		weights *= float64(p.chunks(g, rows))
		slice = 0
	}
	planes = 2 * float64(layers) * g.layerBytes()
	if !p.shared {
		held := window + strips + operands + slice
		planes *= max(1-secondLevel/held, 0)
	}
	return weights, planes
}

// cost estimates the seconds that a run takes of all workers together, leaving out what all plans share.
func (p *plan) cost(g *geometry, threads int) float64 {
	y := g.axes[1]
	layers := g.batch * g.axes[0].tiles
	weights, planes := p.traffic(g)
	products := g.productFLOPs() / productRate
	// The transforms of the input take about as long as the products of 16 channels.
	transforms := products / float64(g.inBlocks())
	var tasks int
	if p.shared {
		tasks = g.axes[0].points * p.chunks(g, p.layers*y.tiles) * p.splits
		transforms *= float64(p.splits)
		planes *= 2 // between cores
	} else {
		tasks = layers * ceilDiv(y.tiles, p.taskRows)
		span := p.taskRows * y.tile
		transforms *= float64(span+y.taps-1) / float64(span)
		planes /= 2 // mostly while other things are done
	}
	reading := weights / farRate
	if g.weightBytes() > lastLevel {
		reading = weights / memoryRate
	}
	seconds := max(products, reading) + reading/16 + planes/farRate + transforms
	idle := float64(roundUp(tasks, threads)) / float64(tasks)
	return seconds * idle
}
