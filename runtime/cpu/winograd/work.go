package winograd

// Work says what a contraction costs, for a choice between algorithms.
type Work struct {
	Multiplies float64 // FLOPs of the matrix products
	Transforms float64 // vectors of 16 channels that the transforms of a run read and write
	Weights    float64 // bytes of U, which a run reads from memory
	Traffic    float64 // bytes that a run moves past the second-level cache: U again, and Z where it does not fit
}

// Work returns the work of one Run.
func (f *Forward) Work() Work {
	g := &f.g
	z, y, x := g.axes[0], g.axes[1], g.axes[2]
	in, out := float64(g.inBlocks()), float64(g.outBlocks())
	layers, rows := float64(g.batch*z.tiles), float64(y.tiles)
	width := float64(x.span())

	// Columns, each of as many vectors as its transform reads and writes.
	zIn := in * layers * float64(y.span()) * width * float64(2*z.points)
	yIn := in * layers * float64(z.points) * rows * width * float64(2*y.points)
	xIn := in * layers * float64(z.points) * rows * float64(y.points*x.tiles*2*x.points)
	xOut := out * layers * float64(z.points) * rows * float64(y.points*x.tiles*(x.points+x.tile))
	yOut := out * layers * float64(z.points) * rows * float64(x.tiles*x.tile*(y.points+y.tile))
	zOut := out * layers * rows * float64(y.tile*x.result*(z.points+z.tile))

	weights, planes := f.plan.traffic(g)
	return Work{
		Multiplies: g.productFLOPs(),
		Transforms: zIn + yIn + xIn + xOut + yOut + zOut,
		Weights:    g.weightBytes(),
		Traffic:    weights + planes,
	}
}
