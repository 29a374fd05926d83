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

func newPlan(g *geometry, threads int) plan {
	y, x := g.axes[1], g.axes[2]
	const (
		stripBytes = 24 << 10
		chunkBytes = 512 << 10
	)
	widest := max((stripBytes/64/y.points-x.taps+1)/x.tile, 1)
	p := plan{layers: 1, splits: 1}
	p.strip = ceilDiv(x.tiles, ceilDiv(x.tiles, widest))
	tile := y.points * x.points * max(g.inBlocks(), g.outBlocks()) * 64
	layers := g.batch * g.axes[0].tiles
	p.strips = min(max(chunkBytes/tile/p.strip, 1), layers*y.tiles*ceilDiv(x.tiles, p.strip))
	p.rows = 1
	p.taskRows = min(8, y.tiles)
	if layers*ceilDiv(y.tiles, p.taskRows) < 4*threads {
		p.shared = true
		p.layers = layers
	} else {
		p.strips = min(p.strips, ceilDiv(x.tiles, p.strip)*p.rows)
	}
	return p
}
