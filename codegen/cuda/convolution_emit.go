package cuda

import (
	"fmt"
	"strings"

	"github.com/vnlang/vn/compiler/plan"
)

// emit appends the launches of a part of a convolution. Its sums go to the given rows.
func (c *convolution) emit(rows rowsOf, cost plan.KernelCost) {
	b := &body{layout: c.unit.layout, wide: c.unit.layout.isWide(c.kernel)}
	e := c.epilogue(b, rows, c.tile.warpsInSpace())
	t := c.tile
	var packed *packedWeight
	if c.tile.inner > 0 {
		packed = c.pack()
	}
	sums := c.splitSums()
	if t.splits > 1 {
		sums.at = c.take(sums.bytes())
	}
	shared := t.shared(c.axes, c.depth, e.sharedBytes())
	if packed != nil || len(c.kernel.Reduces) > 0 {
		b.line("VN_DYN_SMEM(shared);")
	}
	c.place(b, false)
	if packed != nil {
		c.inputs(b)
		c.copies(b, packed)
	}
	b.line("float acc[%d][%d][4];", t.stack, t.columns)
	b.line("VN_UNROLL for (int i = 0; i < %d; i++) VN_UNROLL for (int j = 0; j < %d; j++) VN_LANES(4) acc[i][j][l] = 0.f;", t.stack, t.columns)
	if packed != nil {
		c.products(b)
	}
	if t.splits > 1 {
		sums.leave(b, sums.of("split", c.splitBlock()), "threadIdx.x", "acc[i][j]")
	} else {
		c.finish(e, false)
	}
	slots, _ := t.schedule(c.axes).cost()
	c.call(b, shape{grid: c.grid(), block: t.threads(), shared: shared, minBlocks: t.blocksPerSM(shared, slots)}, c.note(), cost)
	if t.splits > 1 {
		c.addSplits(sums, rows)
	}
}

// epilogue returns the epilogue of a launch of this part, in which so many warps share channels.
func (c *convolution) epilogue(b *body, rows rowsOf, across int) *epilogue {
	e := c.newEpilogue(b, c.kernel, c.tile.width(), across, rows.perSample)
	e.row = rows
	return e
}

// products writes the loop over the chunks of channels and the stages of taps.
func (c *convolution) products(b *body) {
	t := c.tile
	along, all := t.halo(c.axes)
	pitch := [3]int{along[1] * along[2], along[2], 1}
	chunks := c.depth / t.chunk / t.splits
	stages := t.stages(c.axes)
	steps := chunks * stages
	haloBytes := t.chunk * 2 * all * unitBytes

	b.line("// Lane 16u+v loads unit u of voxel v; lane 16h+8u+c unit u of channel 8h+c.")
	var row []string
	rest := 1
	for i := 2; i >= 0; i-- {
		v := "lane % 16"
		if t.voxels[i] < fragment {
			v = parenthesised(v)
		}
		at := part(v, rest, t.voxels[i], fragment)
		rest *= t.voxels[i]
		if t.warps[i] > 1 {
			at = joined(parenthesised(at), axisNames[i]+"_warp")
		}
		if e := scaled(at, c.axes[i].stride*pitch[i]); e != "" {
			row = append(row, parenthesised(e))
		}
	}
	b.line("const vn_u32 voxel_row = (%s) * 16;", total(0, append([]string{fmt.Sprintf("lane / 16 * %d", all)}, row...)))
	b.line("const vn_u32 weight_row = (%s) * 16;", joined(fmt.Sprintf("lane / 8 %% 2 * %d", t.width()), joined(c.warpChannels(), "lane / 16 * 8 + lane % 8")))

	first := "0"
	if t.splits > 1 {
		first = fmt.Sprintf("split * %d", chunks)
	}
	several := stages == 1 && chunks > 1 // voxels go with their weights
	b.line("copy_voxels(%s, halo);", first)
	b.line("copy_weights(0);")
	b.line("vn_cp_commit();")
	if steps > 1 {
		if several {
			b.line("copy_voxels(%s, halo + %d);", joined(first, "1"), haloBytes)
		}
		b.line("copy_weights(1);")
		b.line("vn_cp_commit();")
	}
	again := !several && t.halos == 1 && chunks > 1
	if chunks > 1 {
		b.open("VN_ROLLED for (int chunk = 0; chunk < %d; chunk++)", chunks)
	}
	if again {
		b.open("if (chunk > 0)")
		b.line("__syncthreads(); // the voxels before are still read")
		b.line("copy_voxels(%s, halo);", joined(strings.TrimPrefix(first, "0"), "chunk"))
		b.line("vn_cp_commit();")
		b.close()
	}
	if stages > 1 {
		b.open("VN_ROLLED for (int stage = 0; stage < %d; stage++)", stages)
	}
	if steps > 1 {
		b.line("const int step = %s;", joined(scaled(when(chunks > 1, "chunk"), stages), when(stages > 1, "stage")))
	}
	switch {
	case steps == 1:
		b.line("vn_cp_wait<0>();")
	case again:
		b.line("if (stage == 0) vn_cp_wait<0>(); else vn_cp_wait<1>();")
	default:
		b.line("vn_cp_wait<1>();")
	}
	b.line("__syncthreads();")
	if steps > 2 {
		b.open("if (step + 2 < %d)", steps)
		if several {
			b.line("copy_voxels(%s, halo + (step + 2) %% %d * %d);", joined(strings.TrimPrefix(first, "0"), "chunk + 2"), t.halos, haloBytes)
		}
		b.line("copy_weights(step + 2);")
		b.close()
		if !several && t.halos == 2 {
			b.line("if (stage == 0 && chunk + 1 < %d) copy_voxels(%s, halo + (chunk + 1) %% 2 * %d);", chunks, joined(strings.TrimPrefix(first, "0"), "chunk + 1"), haloBytes)
		}
	}
	if steps > 1 {
		b.line("vn_cp_commit(); // of nothing at the end, so that the groups can be counted")
	}
	from := "halo"
	if t.halos > 1 {
		from = joined(from, scaled(fmt.Sprintf("chunk %% %d", t.halos), haloBytes))
	}
	b.line("const vn_u32 at = %s;", joined(joined(from, c.stageOffset(pitch)), "voxel_row"))
	b.line("const vn_u32 wt = weights + %s;", joined(when(steps > 1, scaled(fmt.Sprintf("step %% %d", buffers(steps)), t.stageBytes())), "weight_row"))
	c.stage(b)
	if stages > 1 {
		b.close()
	}
	if chunks > 1 {
		b.close()
	}
}

// stageOffset returns how far the taps of a stage lie behind the first one's, in bytes.
func (c *convolution) stageOffset(pitch [3]int) string {
	t := c.tile
	if t.stages(c.axes) == 1 {
		return ""
	}
	o := t.others()
	e := ""
	inner := c.axes[t.slide].taps * c.axes[o[1]].taps
	if t.inner == inner {
		return scaled("stage", c.axes[o[0]].step*pitch[o[0]]*unitBytes)
	}
	n := c.axes[o[1]].taps
	if c.axes[o[0]].taps > 1 {
		e = scaled(fmt.Sprintf("(stage / %d)", n), c.axes[o[0]].step*pitch[o[0]]*unitBytes)
		if n == 1 {
			return scaled("stage", c.axes[o[0]].step*pitch[o[0]]*unitBytes)
		}
	}
	within := fmt.Sprintf("stage %% %d", n)
	if c.axes[o[0]].taps == 1 {
		within = "stage"
	}
	return joined(e, scaled(within, c.axes[o[1]].step*pitch[o[1]]*unitBytes))
}

// stage writes the products of a stage out.
func (c *convolution) stage(b *body) {
	t := c.tile
	s := t.schedule(c.axes)
	var slots []string
	for i := range s.slots {
		slots = append(slots, fmt.Sprintf("v%d[4]", i))
	}
	for i := range min(2, len(s.units)) {
		slots = append(slots, fmt.Sprintf("w%d[%d]", i, 2*t.columns))
	}
	b.line("vn_u32 %s;", strings.Join(slots, ", "))
	load := func(u int) {
		b.line("vn_load_weights<%d>(w%d, wt + %d);", t.columns, u%2, u*2*t.width()*unitBytes)
		for _, l := range s.units[u].loads {
			b.line("vn_load_voxels<%s>(v%d, at + %d);", c.numbers.product(), l.slot, l.offset*unitBytes)
		}
	}
	load(0)
	for u, unit := range s.units {
		if u+1 < len(s.units) {
			load(u + 1)
		}
		for i, slot := range unit.uses {
			b.line("vn_multiply<%s>(acc[%d], v%d, w%d);", c.numbers.product(), i, slot, u%2)
		}
	}
}

// finish writes the program over the sums in acc: those of a whole stack, or, where splits are added, of its fragment i.
func (c *convolution) finish(e *epilogue, adding bool) {
	t, b := c.tile, e.body
	if len(c.kernel.Reduces) > 0 {
		if !adding {
			b.line("__syncthreads(); // the products are done, and shared memory is free")
		}
		b.line("float* const sums = (float*)shared;")
	}
	b.open("VN_UNROLL for (int j = 0; j < %d; j++)", t.columns)
	b.line("const int column = %s;", joined(c.warpChannels(), "j * 8 + lane % 4 * 2"))
	b.line("const %s c = first + column;", b.integer())
	e.column()
	row := total(c.rowBase, []string{"blockIdx.x"})
	if adding {
		b.open("VN_UNROLL for (int h = 0; h < 2; h++)")
		at, inside := c.position(b)
		e.pair(append([]string{c.sample(), "c"}, at...), inside, "acc[j][2 * h]", "acc[j][2 * h + 1]")
	} else {
		b.open("VN_UNROLL for (int i = 0; i < %d; i++) VN_UNROLL for (int h = 0; h < 2; h++)", t.stack)
		at, inside := c.position(b)
		e.pair(append([]string{c.sample(), "c"}, at...), inside, "acc[i][j][2 * h]", "acc[i][j][2 * h + 1]")
	}
	b.close()
	e.endColumn(c.warpInSpace(), "column")
	b.close()
	e.rows(t.threads(), row, "first")
}
