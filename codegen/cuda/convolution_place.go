package cuda

import (
	"fmt"
)

// axisNames are the names of places along the axes, in kernels.
var axisNames = [3]string{"z", "y", "x"}

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
		b.line("const %s n = %s;", b.integer(), n)
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
			within = part(within, rest, n, fragment)
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
		expressions[i] = zeroed(joined(scaled(e, c.axes[i].spread), c.shift(i)))
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
