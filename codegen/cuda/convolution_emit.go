package cuda

import (
	"fmt"
	"strings"

	"github.com/vnlang/vn/compiler/plan"
)

// axisNames are the names of places along the axes, in kernels.
var axisNames = [3]string{"z", "y", "x"}

// emit appends the launches of a part of a convolution. Its sums go to the given rows.
func (c *convolution) emit(rows rowsOf, cost plan.KernelCost) {
	b := &body{layout: c.unit.layout, wide: c.unit.layout.isWide(c.kernel)}
	e := c.epilogue(b, rows, c.tile.warpsInSpace())
	t := c.tile
	var packed *packedWeight
	if c.tile.inner > 0 {
		packed = c.pack()
	}
	partial := int64(0)
	if t.splits > 1 {
		partial = c.take(c.partialBytes())
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
		c.storePartial(b, partial)
	} else {
		c.finish(e, false)
	}
	slots, _ := t.schedule(c.axes).cost()
	c.call(b, shape{grid: c.grid(), block: t.threads(), shared: shared, minBlocks: t.blocksPerSM(shared, slots)}, c.note(), cost)
	if t.splits > 1 {
		c.addSplits(partial, rows)
	}
}

// epilogue returns the epilogue of a launch of this part, in which so many warps share channels.
func (c *convolution) epilogue(b *body, rows rowsOf, across int) *epilogue {
	e := c.newEpilogue(b, c.kernel, c.tile.width(), across, rows.perSample)
	e.row = rows
	return e
}

// place writes where a block and its warps are: the sample n, the block's first channel, and z0, y0 and x0, where the warp
// begins, counted within the phase. Of a launch that adds up splits, each block has one of a stack's fragments.
func (c *convolution) place(b *body, adding bool) {
	t := c.tile
	finishes := adding || t.splits == 1
	b.line("const int lane = threadIdx.x %% 32;")
	if t.threads() > warpSize {
		b.line("const int warp = threadIdx.x / 32;")
	}
	splits := 1
	if adding {
		b.line("const int block = blockIdx.x / %d, i = blockIdx.x %% %d;", t.stack, t.stack)
	} else {
		splits = t.splits
		b.line("const int block = blockIdx.x;")
	}
	if splits > 1 {
		b.line("const int split = blockIdx.z %% %d;", splits)
	}
	if c.batch > 1 {
		n := "blockIdx.z"
		if splits > 1 {
			n = fmt.Sprintf("blockIdx.z / %d", splits)
		}
		b.line("const int n = %s;", n)
	}
	if finishes {
		b.line("const int first = blockIdx.y * %d; // channel", t.width())
	}
	sizes, names := make([]int, 6), make([]string, 6)
	for i, a := range c.axes {
		sizes[i], names[i] = a.phases, axisNames[i]+"_phase"
		sizes[3+i], names[3+i] = c.blocks(i), axisNames[i]+"_block"
	}
	wide := b.wide
	b.wide = false
	b.decode("block", sizes, names)
	b.wide = wide
	if t.across > 1 {
		b.line("const int warp_channel = warp %% %d;", t.across)
	}
	rest := t.warpsInSpace()
	for i, a := range c.axes {
		x := axisNames[i]
		rest /= t.warps[i]
		if t.warps[i] > 1 {
			within := c.warpInSpace()
			if rest > 1 {
				within = fmt.Sprintf("warp / %d", rest*t.across)
			}
			if t.warpsInSpace() > rest*t.warps[i] {
				within = fmt.Sprintf("%s %% %d", within, t.warps[i])
			}
			b.line("const int %s_warp = %s;", x, scaled(within, t.size(i)/t.warps[i]))
		}
		if e := c.warpStart(i); e != "" && finishes {
			b.line("const int %s0 = %s;", x, e)
		}
		if a.phases > 1 {
			b.line("const int %s_shift = (%s) %% %d;", x, c.firstTap(i, ((-a.pad)%a.spread+a.spread)%a.spread), a.spread)
		}
	}
}

// warpInSpace returns the number of the warp among those that share channels.
func (c *convolution) warpInSpace() string {
	switch {
	case c.tile.warpsInSpace() == 1:
		return "0"
	case c.tile.across == 1:
		return "warp"
	}
	return fmt.Sprintf("warp / %d", c.tile.across)
}

// warpChannels returns the first channel of the warp within the block, "" for 0.
func (c *convolution) warpChannels() string {
	if c.tile.across == 1 {
		return ""
	}
	return scaled("warp_channel", c.tile.columns*columnWidth)
}

// sample returns the number of the sample.
func (c *convolution) sample() string {
	if c.batch > 1 {
		return "n"
	}
	return "0"
}

// warpStart returns where a warp begins along an axis, "" for 0.
func (c *convolution) warpStart(axis int) string {
	e := c.blockStart(axis, c.tile.size(axis))
	if c.tile.warps[axis] > 1 {
		e = joined(e, axisNames[axis]+"_warp")
	}
	return e
}

// blockStart returns the number of the block along an axis, times something.
func (c *convolution) blockStart(axis, by int) string {
	if c.blocks(axis) == 1 {
		return ""
	}
	return scaled(axisNames[axis]+"_block", by)
}

// firstTap returns the weight's tap that is the first to reach the phase at hand, plus something.
func (c *convolution) firstTap(axis, more int) string {
	return total(c.axes[axis].first+more, []string{axisNames[axis] + "_phase"})
}

// shift returns the phase along an axis, "" for 0.
func (c *convolution) shift(axis int) string {
	a := c.axes[axis]
	if a.phases > 1 {
		return axisNames[axis] + "_shift"
	}
	if phase, _ := a.phase(0); phase > 0 {
		return fmt.Sprint(phase)
	}
	return ""
}

// inputs writes where the block's voxels begin in the feature map: z_in, y_in and x_in.
func (c *convolution) inputs(b *body) {
	for i, a := range c.axes {
		start := c.blockStart(i, c.tile.size(i)*a.stride)
		if a.phases > 1 {
			b.line("const int %s_in = %s;", axisNames[i], total(-(a.taps-1)*a.step, []string{start,
				fmt.Sprintf("(%s + %d - %s) / %d", c.shift(i), a.pad, parenthesised(c.firstTap(i, 0)), a.spread)}))
			continue
		}
		_, low := a.phase(0)
		b.line("const int %s_in = %s;", axisNames[i], total(-low, []string{start}))
	}
}

func orZero(e string) string {
	if e == "" {
		return "0"
	}
	return e
}

// copies writes the functions that copy voxels and weights to shared memory. The voxels lie as [unit][voxel], 16 bytes
// each, zeros outside the feature map; the weights of a stage as they are packed.
func (c *convolution) copies(b *body, packed *packedWeight) {
	t, w := c.tile, c.input.walk
	along, all := t.halo(c.axes)
	steps := c.depth / t.chunk / t.splits * t.stages(c.axes)
	b.line("const vn_u32 halo = vn_smem_u32(shared), weights = halo + %d;", t.halos*t.chunk*2*all*unitBytes)
	pointer := b.pointer(c.input.buffer, false)
	units := t.chunk * 2
	perBlock := blockWidth / c.numbers.perUnit // units of a voxel's block of channels
	channelBlocks := w.channels / blockWidth
	sample := plus(w.sample, w.alongSample, []string{c.sample(), "", "", "", ""})
	b.line("// The voxels of %d channels, %d x %d x %d of them.", units*c.numbers.perUnit, along[0], along[1], along[2])
	b.open("const auto copy_voxels = [&](int chunk, vn_u32 to)")
	cast := when(b.wide, "(long long)")
	b.line("const %s* from = %s + %s(%s) * %d;", c.numbers.dtype, pointer, cast,
		total(w.channel/blockWidth, []string{scaled(sample, channelBlocks), scaled("chunk", units/perBlock)}), w.voxels*blockWidth)
	b.open("VN_ROLLED for (int v = threadIdx.x; v < %d; v += %d)", all, t.threads())
	var inside []string
	voxel := fmt.Sprint(w.voxel)
	terms := []string{}
	rest := 1
	for i := 2; i >= 0; i-- {
		a, x := c.axes[i], axisNames[i]
		at := "0"
		if along[i] > 1 {
			at = "v"
			if rest > 1 {
				at = fmt.Sprintf("v / %d", rest)
			}
			if rest*along[i] < all {
				at = fmt.Sprintf("%s %% %d", at, along[i])
			}
			rest *= along[i]
		}
		b.line("const int %s = %s;", x, joined(x+"_in", at))
		inside = append(inside, fmt.Sprintf("%s >= 0 && %s < %d", x, x, a.in))
		if axis := i - (3 - len(c.input.axes[2:])) + 2; axis >= 2 {
			terms = append(terms, scaled(x, w.strides[axis]))
		}
	}
	voxel = total(w.voxel, terms)
	b.line("const bool inside = %s;", strings.Join(inside, " && "))
	b.line("const %s* at = from + (inside ? %s(%s) * %d : 0);", c.numbers.dtype, cast, voxel, blockWidth)
	step := fmt.Sprintf("u * %s", number64(w.voxels*blockWidth, b.wide))
	if perBlock == 2 {
		step = fmt.Sprintf("u / 2 * %s + u %% 2 * %d", number64(w.voxels*blockWidth, b.wide), c.numbers.perUnit)
	}
	b.line("VN_UNROLL for (int u = 0; u < %d; u++) vn_cp_async16(to + (u * %d + v) * 16, at + %s, inside ? 16 : 0);", units, all, step)
	b.close()
	b.close2(";")
	phase := "0"
	phases := 1
	for i, a := range c.axes {
		phases *= a.phases
		if a.phases > 1 {
			phase = joined(scaled(phase, a.phases), axisNames[i]+"_phase")
		}
	}
	stream := joined(scaled("(int)blockIdx.y", phases), when(phases > 1, phase))
	start := joined(scaled(stream, t.splits*steps), when(t.splits > 1, scaled("split", steps)))
	b.line("const unsigned char* stream = %s + (long long)(%s) * %d;", packed.pointer(b), start, t.stageBytes())
	b.open("const auto copy_weights = [&](int step)")
	b.line("const vn_u32 to = %s;", joined("weights", when(buffers(steps) > 1, scaled(fmt.Sprintf("step %% %d", buffers(steps)), t.stageBytes()))))
	b.line("for (int i = threadIdx.x * 16; i < %d; i += %d) vn_cp_async16(to + i, stream + (long long)step * %d + i, 16);",
		t.stageBytes(), t.threads()*unitBytes, t.stageBytes())
	b.close2(";")
}

// number64 returns a constant, of 64 bits where indices are.
func number64(n int, wide bool) string {
	if wide {
		return fmt.Sprintf("%dll", n)
	}
	return fmt.Sprint(n)
}

// close2 ends a block that is part of a statement.
func (b *body) close2(end string) {
	b.depth--
	b.line("}%s", end)
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
	v := "lane % 16"
	var row []string
	rest := 1
	for i := 2; i >= 0; i-- {
		within := ""
		if n := t.voxels[i]; n > 1 {
			within = v
			if n < fragment {
				within = parenthesised(v)
				if rest > 1 {
					within += fmt.Sprintf(" / %d", rest)
				}
				if rest*n < fragment {
					within = fmt.Sprintf("%s %% %d", within, n)
				}
			}
			rest *= n
		}
		at := within
		if t.warps[i] > 1 {
			at = joined(parenthesisedSome(within), axisNames[i]+"_warp")
		}
		if e := scaled(at, c.axes[i].stride*pitch[i]); e != "" {
			row = append(row, parenthesisedSome(e))
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

func when(is bool, e string) string {
	if is {
		return e
	}
	return ""
}

// parenthesisedSome returns an expression that may be joined or scaled, "" as it is.
func parenthesisedSome(e string) string {
	if e == "" {
		return ""
	}
	return parenthesised(e)
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
	b.line("vn_u32 %s, w0[%d], w1[%d];", strings.Join(slots, ", "), 2*t.columns, 2*t.columns)
	load := func(u int) {
		b.line("vn_load_weights<%d>(w%d, wt + %d);", t.columns, u%2, u*2*t.width()*unitBytes)
		for _, l := range s.units[u].loads {
			b.line("vn_load_voxels<%s>(v%d, at + %d);", c.numbers.product, l.slot, l.offset*unitBytes)
		}
	}
	load(0)
	for u, unit := range s.units {
		if u+1 < len(s.units) {
			load(u + 1)
		}
		for i, slot := range unit.uses {
			b.line("vn_multiply<%s>(acc[%d], v%d, w%d);", c.numbers.product, i, slot, u%2)
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

// position writes the place in the result of the fragment i's voxel lane/4 + 8h, and returns it, for the axes that there
// are, and the conditions under which it is inside.
func (c *convolution) position(b *body) (at, inside []string) {
	t := c.tile
	rest := 1
	var expressions [3]string
	for i := 2; i >= 0; i-- {
		within := ""
		switch n := t.voxels[i]; {
		case n == 1:
		case rest == 1 && n == 8:
			within = "lane / 4"
		case rest == 8 && n == 2:
			within = "h"
		default:
			within = "lane / 4 + 8 * h"
			if rest > 1 || rest*n < fragment {
				within = parenthesised(within)
			}
			if rest > 1 {
				within += fmt.Sprintf(" / %d", rest)
			}
			if rest*n < fragment {
				within = fmt.Sprintf("%s %% %d", within, n)
			}
		}
		rest *= t.voxels[i]
		e := ""
		if c.warpStart(i) != "" {
			e = axisNames[i] + "0"
		}
		e = joined(e, within)
		if i == t.slide && t.stack > 1 {
			e = joined(e, scaled("i", t.voxels[i]))
		}
		expressions[i] = orZero(joined(scaled(e, c.axes[i].spread), c.shift(i)))
	}
	for i := 3 - (len(c.kernel.Domain) - 2); i < 3; i++ {
		a, x := c.axes[i], axisNames[i]
		b.line("const %s %s = %s;", b.integer(), x, expressions[i])
		at = append(at, x)
		if a.places()%t.size(i) != 0 || a.out%a.spread != 0 {
			inside = append(inside, fmt.Sprintf("%s < %d", x, a.out))
		}
	}
	for i := range 3 - (len(c.kernel.Domain) - 2) {
		if t.size(i) > 1 {
			inside = append(inside, fmt.Sprintf("%s == 0", parenthesised(expressions[i])))
		}
	}
	return at, inside
}
