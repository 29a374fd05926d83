package cuda

import (
	"fmt"

	"github.com/vnlang/vn/compiler/plan"
)

// partialSums are the sums that the blocks of a weight's gradient leave in scratch memory: [share][tap][out][in].
type partialSums struct {
	at     int64
	shares int
}

// takePartialSums takes scratch memory for partial sums.
func (u *unit) takePartialSums(g *weightGradient, shares int) partialSums {
	return partialSums{u.take(int64(shares*g.slides.taps()*g.in*g.out) * 4), shares}
}

// mostTaps is how many taps the kernel that turns partial sums round can hold in shared memory.
const mostTaps = 1 << 10

// manyShares is from when on the shares of a sum are added by several warps.
const manyShares = 8

// addPartialSums appends the launch that adds the shares, in a fixed order, and stores the gradient.
func (u *unit) addPartialSums(g *weightGradient, p partialSums) {
	b := &body{layout: u.layout}
	s, note := b.turnSums(g, p), "turn sums"
	if p.shares >= manyShares {
		b = &body{layout: u.layout}
		s, note = b.addShares(g, p), "add shares"
	}
	bytes := int64(p.shares+1) * int64(g.slides.taps()*g.in*g.out) * 4
	u.call(b, s, note, plan.KernelCost{Bytes: bytes})
}

// addShares writes a kernel for many shares: a lane for each sum, and warps that take every so manieth share each.
func (b *body) addShares(g *weightGradient, p partialSums) shape {
	pairs, sums := g.in*g.out, g.slides.taps()*g.in*g.out
	warps := min(16, p.shares/4)
	from, to := b.scratch("float", p.at), b.pointer(g.to.Buffer, true)
	b.line("VN_SHARED(float, part, %d);", warps*warpSize)
	b.line("const int lane = threadIdx.x %% 32, i = blockIdx.x * 32 + lane;")
	b.line("float sum = 0.f;")
	within := ""
	if sums%warpSize != 0 {
		within = fmt.Sprintf("if (i < %d) ", sums)
	}
	b.open("%s_Pragma(\"unroll 8\") for (int s = threadIdx.x / 32; s < %d; s += %d)", within, p.shares, warps)
	b.line("sum += %s[(long long)s * %d + i];", from, sums)
	b.close()
	b.line("part[threadIdx.x] = sum;")
	b.line("__syncthreads();")
	b.line("if (threadIdx.x >= 32%s) return;", when(sums%warpSize != 0, fmt.Sprintf(" || i >= %d", sums)))
	b.line("for (int w = 1; w < %d; w++) sum += part[w * 32 + lane];", warps)
	b.line("const int tap = i / %d, pair = i %% %d;", pairs, pairs)
	b.line("%s[%s] = sum;", to, g.target("pair", "tap"))
	return shape{grid: [3]int{ceil(sums, warpSize), 1, 1}, block: warps * warpSize}
}

// turnSums writes a kernel for few shares of many sums. Threads read along the channels and write along the taps: the two
// ways in which the memory on either side runs.
func (b *body) turnSums(g *weightGradient, p partialSums) shape {
	taps, pairs := g.slides.taps(), g.in*g.out
	width := warpSize // pairs of channels a block
	for width*taps > 8<<10 {
		width /= 2
	}
	block := min(threads, ceil(width*taps, warpSize)*warpSize)
	from, to := b.scratch("float", p.at), b.pointer(g.to.Buffer, true)
	row := taps | 1 // odd, so that the lanes of a warp meet all banks
	within := ""
	if pairs%width != 0 {
		within = fmt.Sprintf("if (first + pair < %d) ", pairs)
	}
	b.line("VN_SHARED(float, turned, %d);", width*row)
	b.line("const int first = blockIdx.x * %d;", width)
	b.open("for (int i = threadIdx.x; i < %d; i += %d)", width*taps, block)
	b.line("const int pair = i %% %d, tap = i / %d;", width, width)
	b.line("float sum = 0.f;")
	b.line("%sVN_UNROLL for (int s = 0; s < %d; s++) sum += %s[(s * %d + tap) * %d + first + pair];", within, p.shares, from, taps, pairs)
	b.line("turned[pair * %d + tap] = sum;", row)
	b.close()
	b.line("__syncthreads();")
	b.open("for (int i = threadIdx.x; i < %d; i += %d)", width*taps, block)
	b.line("const int pair = i / %d, tap = i %% %d;", taps, taps)
	b.line("%s%s[%s] = turned[pair * %d + tap];", within, to, g.target("(first + pair)", "tap"), row)
	b.close()
	return shape{grid: [3]int{ceil(pairs, width), 1, 1}, block: block}
}

// target returns where the gradient of a tap of a pair of channels is stored.
func (g *weightGradient) target(pair, tap string) string {
	axes := g.kernel.Anchor.Type.Axes
	dense := plan.Strides(axes)
	simple := true
	for i, x := range axes {
		simple = simple && (x.Size == 1 || g.to.Strides[i] == dense[i])
	}
	if simple {
		return joined(total(g.to.Offset, []string{scaled(pair, g.slides.taps())}), tap)
	}
	at := make([]string, len(axes))
	at[0], at[1] = fmt.Sprintf("(%s / %d)", pair, g.in), fmt.Sprintf("(%s %% %d)", pair, g.in)
	for i := 2; i < len(axes); i++ {
		at[i] = fmt.Sprintf("(%s / %d %% %d)", tap, dense[i], axes[i].Size)
	}
	return sum(g.to.Offset, g.to.Strides, at)
}
