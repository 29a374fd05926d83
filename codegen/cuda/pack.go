package cuda

import (
	"fmt"
	"strings"

	"github.com/vnlang/vn/compiler/plan"
)

// packedWeight is a weight as tensor cores read it: [block of channels][phase][K-step][tap][unit][channel][16 bytes], in
// the type that they multiply, zeros in place of channels that there are not. Taps follow each other as a convolution goes
// through them. So what a block needs is one stream.
type packedWeight struct {
	section section
	at      int64
}

// pointer returns the name of the parameter that points to the weight.
func (p *packedWeight) pointer(b *body) string {
	return b.parameter(param{dtype: "unsigned char", place: Place{Offset: p.at}, section: p.section})
}

// packWords is the number of weights that a block of the packing kernel holds: 48 KiB, all that it can have unasked.
const packWords = 12288

// packShared returns the weights that such a block holds for each channel of the result.
func packShared(n numbers, weight operand) int {
	words := n.depth()
	for _, x := range weight.axes[2:] {
		words *= x.Size
	}
	return words
}

// pack appends the launch that packs the weight: before the step, where the plan only reads the weight and it stays from
// step to step, else right here.
func (c *convolution) pack() *packedWeight {
	phases := 1
	for _, a := range c.axes {
		phases *= a.phases
	}
	width, blocks := c.tile.width(), c.grid()[1]
	slots := phases * taps(c.axes) // taps of all phases
	bytes := int64(blocks*width*c.depth*slots) * 2 * unitBytes
	p := &packedWeight{section: inScratch}
	constant := c.readOnly(c.weight.buffer)
	if constant {
		p.section, p.at = inKept, c.keep(bytes)
	} else {
		p.at = c.take(bytes)
	}

	b := &body{layout: c.unit.layout}
	words := packShared(c.numbers, c.weight)
	group := columnWidth // channels of the result in a block
	for group > 1 && group*words > packWords {
		group /= 2
	}
	all := words / c.numbers.depth() // taps of the weight
	depth := c.numbers.depth()
	to := b.parameter(param{dtype: c.numbers.dtype, written: true, place: Place{Offset: p.at}, section: p.section})
	b.line("VN_SHARED(float, part, %d);", group*words)
	b.line("const int first = blockIdx.x * %d, step = blockIdx.y;", group)
	b.line("// In the order of memory.")
	b.open("for (int i = threadIdx.x; i < %d; i += %d)", group*words, threads)
	if all > 1 {
		b.line("const int tap = i %% %d;", all)
	}
	if c.kinds.sum == 1 {
		b.line("const int k = i / %d %% %d, n = i / %d;", all, depth, all*depth)
	} else {
		b.line("const int n = i / %d %% %d, k = i / %d;", all, group, all*group)
	}
	strides, offset := c.weight.strides, c.weight.offset
	at := total(offset, append([]string{
		scaled("first + n", strides[c.kinds.result]), scaled(fmt.Sprintf("step * %d + k", depth), strides[c.kinds.sum]),
	}, c.tapAddress(all)...))
	value := fmt.Sprintf("%s[%s]", b.pointer(c.weight.buffer, false), at)
	if c.channels%group != 0 || c.channels < blocks*width {
		value = fmt.Sprintf("first + n < %d ? %s : 0.f", c.channels, value)
	}
	b.line("part[%s] = %s;", joined(fmt.Sprintf("(k * %d + n) * %d", group, all), when(all > 1, "tap")), value)
	b.close()
	b.line("__syncthreads();")
	b.line("// In the order of packed weights.")
	b.open("for (int i = threadIdx.x; i < %d; i += %d)", slots*2*group, threads)
	b.line("const int n = i %% %d, u = i / %d %% 2;", group, group)
	tap := c.packedTap(b, fmt.Sprintf("i / %d", 2*group), slots)
	b.line("float w[%d];", c.numbers.perUnit)
	b.line("VN_LANES(%d) w[l] = part[((u * %d + l) * %d + n) * %d + %s];", c.numbers.perUnit, c.numbers.perUnit, group, all, tap)
	b.line("const long long block = (first + n) / %d * %d + phase;", width, phases)
	b.line("vn_pack_unit(%s + ((((block * %d + step) * %d + slot) * 2 + u) * %d + (first + n) %% %d) * %d, w);",
		to, c.depth, taps(c.axes), width, width, c.numbers.perUnit)
	b.close()

	s := shape{grid: [3]int{blocks * width / group, c.depth, 1}, block: threads}
	l := c.launch(b, s, "pack", plan.KernelCost{Bytes: bytes + int64(c.channels*c.depth*words)*4})
	if constant {
		c.unit.prepare = append(c.unit.prepare, l)
	} else {
		c.launches = append(c.launches, l)
	}
	return p
}

// tapAddress returns the terms of a weight's address for the tap in the variable tap, counted in the order of memory.
func (c *convolution) tapAddress(all int) []string {
	dense, size := true, 1
	var terms []string
	for i := len(c.weight.axes) - 1; i >= 2; i-- {
		n, stride := c.weight.axes[i].Size, c.weight.strides[i]
		dense = dense && (n == 1 || stride == size)
		terms = append(terms, scaled(part("tap", size, n, all), stride))
		size *= n
	}
	if dense {
		return []string{when(all > 1, "tap")}
	}
	return terms
}

// packedTap writes the variables phase and slot, the place among the phase's taps, of the packed tap with a number, and
// returns the number of the weight's tap that belongs there.
func (c *convolution) packedTap(b *body, number string, slots int) string {
	n := taps(c.axes)
	if slots == n {
		b.line("const int phase = 0, slot = %s;", number)
	} else {
		b.line("const int slot = %s %% %d, phase = (%s) / %d;", number, n, number, n)
	}
	pitch := [3]int{c.axes[1].kernel * c.axes[2].kernel, c.axes[2].kernel, 1}
	o := c.tile.others()
	var terms []string
	start, size, phases := 0, 1, 1
	for _, i := range []int{c.tile.slide, o[1], o[0]} {
		a := c.axes[i]
		e := part("slot", size, a.taps, n)
		size *= a.taps
		if !a.transposed {
			terms = append(terms, scaled(e, pitch[i]))
			continue
		}
		start += a.spread * (a.taps - 1) * pitch[i]
		if e != "" {
			terms = append(terms, "-"+scaled(e, a.spread*pitch[i]))
		}
	}
	for i := 2; i >= 0; i-- {
		a := c.axes[i]
		start += a.first * pitch[i]
		terms = append(terms, scaled(part("phase", phases, a.phases, slots/n), pitch[i]))
		phases *= a.phases
	}
	return strings.ReplaceAll(total(start, terms), "+ -", "- ")
}

// readOnly reports whether a buffer is a variable that no kernel of the plan writes.
func (u *unit) readOnly(buffer int) bool {
	if u.plan.Buffers[buffer].Class != plan.Variable {
		return false
	}
	for _, k := range u.plan.Kernels {
		for _, s := range k.Stores {
			if s.Buffer == buffer {
				return false
			}
		}
		for _, r := range k.Reduces {
			if r.Buffer == buffer {
				return false
			}
		}
	}
	return true
}
