package cuda

import "fmt"

// firstMatrix writes the first layer as a product of matrices on tensor cores: voxels by taps times taps by channels. A
// fragment wants pairs of neighbouring taps in a word; so the halo in shared memory holds, for every place along x, the
// word of the number there and the one a tap further. A row of taps is filled up to whole pairs with weights of zero.
type firstMatrix struct {
	firstWriter
	numbers numbers
}

// mostFirstSteps bounds the products along the taps, whose weights a thread holds in registers.
const mostFirstSteps = 14

// pairs returns the pairs of taps along x, steps how many products go over all taps.
func (f *firstMatrix) pairs() int { return ceil(f.slides.kernel[2], 2) }
func (f *firstMatrix) steps() int {
	return ceil(f.slides.kernel[0]*f.slides.kernel[1]*f.pairs(), 8)
}

func (f *firstMatrix) shared() int {
	h := f.halo()
	return 4 * (f.taps()*f.width + h[0]*h[1]*f.pitch())
}

// fits reports whether the layer can be computed so, and chooses the block.
func (f *firstMatrix) fits() bool {
	f.take(firstHalves)
	return f.steps() <= mostFirstSteps && f.shared() <= 48<<10
}

func (f *firstMatrix) write(u *unit) {
	e := f.begin(u)
	f.loadWeights()
	f.line("vn_u32* const halo = (vn_u32*)(weights + %d); // pairs of neighbours", f.taps()*f.width)
	f.loadPairs(f.body, f.input, f.dilation[2], f.box.threads(), f.numbers)
	f.line("__syncthreads();")
	f.fragments()
	f.products()
	f.finish(e, "h")
	f.call(u, e, f.shared(), fmt.Sprintf("mma one channel 16x%d", f.width))
}

// fragments writes what a thread holds of the weights: for every product two pairs of taps, and where in the halo they
// meet the first voxel.
func (f *firstMatrix) fragments() {
	k, h, pairs := f.slides.kernel, f.halo(), f.pairs()
	f.line("int at[%d];", 2*f.steps())
	f.line("vn_u32 w[%d][%d];", 2*f.steps(), f.width/8)
	f.open("VN_UNROLL for (int q = 0; q < %d; q++)", 2*f.steps())
	f.line("const int pair = q * 4 + lane %% 4, row = vn_least(%s, %d), kx = %s * 2;", digit("pair", pairs, 0), k[0]*k[1]-1, digit("pair", 1, pairs))
	f.line("at[q] = %s;", sum(0, []int{f.dilation[0] * h[1] * f.pitch(), f.dilation[1] * f.pitch(), f.dilation[2]},
		[]string{digit("row", k[1], 0), digit("row", 1, k[1]), "kx"}))
	f.open("VN_UNROLL for (int b = 0; b < %d; b++)", f.width/8)
	f.line("const float* const tap = weights + (row * %d + kx) * %d + b * 8 + lane / 4;", k[2], f.width)
	f.line("const float lo = pair < %d ? tap[0] : 0.f, hi = pair < %d && kx + 1 < %d ? tap[%d] : 0.f;",
		k[0]*k[1]*pairs, k[0]*k[1]*pairs, k[2], f.width)
	f.line("w[q][b] = %s(lo, hi);", f.numbers.pack())
	closeAll(f.body, 2)
}

// products writes the products, 16 voxels along x at a time.
func (f *firstMatrix) products() {
	h := f.halo()
	f.line("float acc[%d][%d][4] = {};", f.box.rows, f.width/8)
	f.line("const vn_u32* const mine = halo + %s;", sum(0, []int{f.stride[0] * h[1] * f.pitch(), f.box.columns * f.stride[2], f.stride[2]},
		[]string{fmt.Sprintf("warp / %d", f.box.wide), fmt.Sprintf("warp %% %d", f.box.wide), "lane / 4"}))
	f.open("VN_UNROLL for (int j = 0; j < %d; j++)", f.box.rows)
	f.open("VN_UNROLL for (int s = 0; s < %d; s++)", f.steps())
	f.line("const vn_u32* const p = mine + j * %d + at[2 * s];", f.stride[1]*f.pitch())
	f.line("const vn_u32* const q = mine + j * %d + at[2 * s + 1];", f.stride[1]*f.pitch())
	f.line("VN_UNROLL for (int b = 0; b < %d; b++) %s(acc[j][b], p[0], p[%d], q[0], q[%d], w[2 * s][b], w[2 * s + 1][b]);",
		f.width/8, f.numbers.mma(), 8*f.stride[2], 8*f.stride[2])
	closeAll(f.body, 2)
}
