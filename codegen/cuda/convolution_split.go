package cuda

import (
	"fmt"

	"github.com/vnlang/vn/compiler/plan"
)

// A layer of few voxels and many channels has too few blocks to fill a device. Then several share the channels of one
// result: each leaves its sums in memory as its threads have them, and a second launch adds them up, in the order of the
// channels, and does what the kernel does with results. It has a block for each fragment of a stack.

// partialBytes returns what the sums of all splits take.
func (c *convolution) partialBytes() int64 {
	g := c.grid()
	return int64(g[0]*g[1]*g[2]) * int64(c.tile.threads()*c.tile.stack*c.tile.columns) * 16
}

// partialAt returns where the sums of fragment i and column j are, in units of four floats.
func (c *convolution) partialAt(split string) string {
	t, g := c.tile, c.grid()
	sample := joined(scaled(split, c.batch), c.sample())
	return fmt.Sprintf("(((((long long)%s * %d + blockIdx.y) * %d + block) * %d + i) * %d + j) * %d + threadIdx.x",
		parenthesised(sample), g[1], g[0], t.stack, t.columns, t.threads())
}

// storePartial writes how a split leaves its sums.
func (c *convolution) storePartial(b *body, at int64) {
	t := c.tile
	to := b.scratch("float4", at)
	b.line("VN_UNROLL for (int i = 0; i < %d; i++) VN_UNROLL for (int j = 0; j < %d; j++)", t.stack, t.columns)
	b.line("  %s[%s] = make_float4(acc[i][j][0], acc[i][j][1], acc[i][j][2], acc[i][j][3]);", to, c.partialAt("split"))
}

// addSplits appends the launch that adds up the splits.
func (c *convolution) addSplits(at int64, rows rowsOf) {
	t, g := c.tile, c.grid()
	b := &body{layout: c.unit.layout, wide: c.unit.layout.isWide(c.kernel)}
	e := c.epilogue(b, rows, t.warpsInSpace())
	if len(c.kernel.Reduces) > 0 {
		b.line("VN_DYN_SMEM(shared);")
	}
	c.place(b, true)
	from := b.scratch("float4", at)
	b.line("float acc[%d][4];", t.columns)
	b.line("VN_UNROLL for (int j = 0; j < %d; j++) VN_LANES(4) acc[j][l] = 0.f;", t.columns)
	b.open("for (int split = 0; split < %d; split++) VN_UNROLL for (int j = 0; j < %d; j++)", t.splits, t.columns)
	b.line("const float4 v = %s[%s];", from, c.partialAt("split"))
	b.line("acc[j][0] += v.x; acc[j][1] += v.y; acc[j][2] += v.z; acc[j][3] += v.w;")
	b.close()
	c.finish(e, true)
	grid := [3]int{g[0] * t.stack, g[1], c.batch}
	c.call(b, shape{grid: grid, block: t.threads(), shared: e.sharedBytes()}, "add splits", plan.KernelCost{Bytes: c.partialBytes()})
}
