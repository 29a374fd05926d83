package cuda

import "github.com/vnlang/vn/compiler/plan"

// splitSums returns what the splits leave, with a row for each fragment of a stack.
func (c *convolution) splitSums() splitSums {
	t, g := c.tile, c.grid()
	return splitSums{splits: t.splits, blocks: g[0] * g[1] * c.batch, rows: t.stack, columns: t.columns, threads: t.threads()}
}

// splitBlock returns the number of the block within its split.
func (c *convolution) splitBlock() string {
	g := c.grid()
	return joined(scaled(joined(scaled(c.sample(), g[1]), "blockIdx.y"), g[0]), "block")
}

// addSplits appends the launch that adds up the splits: a block for each fragment of a stack.
func (c *convolution) addSplits(s splitSums, rows rowsOf) {
	t, g := c.tile, c.grid()
	b := &body{layout: c.unit.layout, wide: c.unit.layout.isWide(c.kernel)}
	e := c.epilogue(b, rows, t.warpsInSpace())
	if len(c.kernel.Reduces) > 0 {
		b.line("VN_DYN_SMEM(shared);")
	}
	c.place(b, true)
	s.add(b, c.splitBlock(), "i", "", t.columns)
	c.finish(e, true)
	grid := [3]int{g[0] * t.stack, g[1], c.batch}
	c.call(b, shape{grid: grid, block: t.threads(), shared: e.sharedBytes()}, "add splits", plan.KernelCost{Bytes: s.bytes()})
}
