package cuda

import (
	"fmt"
	"slices"

	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/compiler/plan"
)

// firstLayer writes a convolution over a single channel, as the first one of a network is, or reports that it is none.
// There is nothing to sum over but the taps, so blocks of channels do not help. In halves, tensor cores multiply pairs of
// taps (firstlayer_mma.go). In float32, TF32 among it, a thread holds the voxels along y that a tap's column of the halo
// serves, for two channels of each block as tensor cores would leave them. The epilogue of the other convolutions takes it
// from there.
func (u *unit) firstLayer(k *plan.Kernel) bool {
	o, ok := k.Anchor.Op.(op.Convolve)
	if !ok || o.Groups != 1 || slices.ContainsFunc(k.Reduces, func(r plan.Reduce) bool { return !u.ridesOnConvolution(k, r) }) {
		return false
	}
	args := u.layout.operands(k.Anchor)
	x, w := args[0], args[1]
	if x.axes[1].Size != 1 || x.form.blocked || w.form.blocked || !isFeatureMap(k.Anchor.Type) ||
		k.Anchor.Type.Axes[1].Size%blockWidth != 0 || !slices.Equal(k.Domain, k.Anchor.Type.Axes) {
		return false
	}
	s, ok := newSlides(x.axes, k.Domain, sizes(w.axes[2:]), o.Stride, o.PadLow, o.Dilation)
	if !ok {
		return false
	}
	f := firstWriter{body: &body{layout: u.layout, wide: u.layout.isWide(k)}, firstBlock: firstBlock{slides: s}, kernel: k, input: x, weight: w, channels: k.Domain[1].Size}
	f.width = 8 * min(2, f.channels/8)
	if halves, ok := u.options.Precision.halves(); ok {
		if m := (&firstMatrix{firstWriter: f, numbers: halves}); m.fits() {
			m.write(u)
			return true
		}
	}
	if f.take(firstFloats); f.reach(1, f.box.rows, s.kernel[1]) > 4*f.box.rows || f.shared() > 48<<10 {
		return false
	}
	f.write(u)
	return true
}

// firstBox is a block of the first layer: warps along x and z, each with some columns of voxels along x and rows along y.
type firstBox struct{ wide, deep, columns, rows int }

var (
	firstFloats = firstBox{wide: 4, deep: 2, columns: 8, rows: 8}
	firstHalves = firstBox{wide: 2, deep: 4, columns: 16, rows: 4}
)

// sizes returns the voxels of the block along z, y and x.
func (b firstBox) sizes() [3]int { return [3]int{b.deep, b.rows, b.wide * b.columns} }

func (b firstBox) threads() int { return b.wide * b.deep * warpSize }

// firstWriter writes the kernel.
type firstWriter struct {
	*body
	firstBlock
	kernel        *plan.Kernel
	input, weight operand
	channels      int // of the result
	width         int // channels of a block
	box           firstBox
}

// take chooses the block.
func (f *firstWriter) take(b firstBox) { f.box, f.voxels = b, b.sizes() }

// shared returns the bytes of shared memory of a block, its sums left out: they come when the halo is done with.
func (f *firstWriter) shared() int {
	h := f.halo()
	return 4 * (f.taps()*f.width + h[0]*h[1]*h[2])
}

func (f *firstWriter) write(u *unit) {
	e := f.begin(u)
	f.loadWeights()
	f.line("float* const halo = weights + %d;", f.taps()*f.width)
	f.load(f.body, f.input, f.box.threads())
	f.line("__syncthreads();")
	f.products()
	f.finish(e, "")
	f.call(u, e, f.shared(), fmt.Sprintf("one channel %dx%d", f.box.rows, f.width))
}

// begin writes where the block is, and returns its epilogue.
func (f *firstWriter) begin(u *unit) *epilogue {
	n, size := f.tiles(), f.voxels
	e := u.newEpilogue(f.body, f.kernel, f.width, f.box.wide*f.box.deep, n[0]*n[1]*n[2])
	e.reserve(u)
	f.line("VN_DYN_SMEM(shared);")
	f.line("float* const weights = (float*)shared; // [tap][channel]")
	f.line("const int lane = threadIdx.x %% 32, warp = threadIdx.x / 32, first = blockIdx.y * %d;", f.width)
	f.line("const %s n = blockIdx.z;", f.integer())
	f.line("const int x0 = blockIdx.x %% %d * %d, y0 = blockIdx.x / %d %% %d * %d, z0 = blockIdx.x / %d * %d;",
		n[2], size[2], n[2], n[1], size[1], n[1]*n[2], size[0])
	return e
}

// call appends the launches.
func (f *firstWriter) call(u *unit, e *epilogue, shared int, note string) {
	n := f.tiles()
	grid := [3]int{n[0] * n[1] * n[2], ceil(f.channels, f.width), f.batch}
	u.call(f.body, shape{grid: grid, block: f.box.threads(), shared: max(shared, e.sharedBytes()), minBlocks: 2}, note, u.cost(f.kernel))
	u.sumRows(e)
}

// loadWeights writes the loads of the weights.
func (f *firstWriter) loadWeights() {
	k := f.slides.kernel
	f.open("for (int i = threadIdx.x; i < %d; i += %d)", f.taps()*f.width, f.box.threads())
	f.line("const int tap = i / %d, c = first + i %% %d;", f.width, f.width)
	tap := [3]string{fmt.Sprintf("(tap / %d)", k[1]*k[2]), fmt.Sprintf("(tap / %d %% %d)", k[2], k[1]), fmt.Sprintf("(tap %% %d)", k[2])}
	value := f.weight.get(f.body, f.weight.place("c", "0", tap))
	if f.channels%f.width != 0 {
		value = fmt.Sprintf("c < %d ? %s : 0.f", f.channels, value)
	}
	f.line("weights[i] = %s;", value)
	f.close()
}

// products writes the products: of a column of the halo with the taps that it meets.
func (f *firstWriter) products() {
	h, k := f.halo(), f.slides.kernel
	reach := f.reach(1, f.box.rows, k[1])
	f.line("float acc[%d][%d][2] = {};", f.box.rows, f.width/8)
	f.line("const float* const mine = halo + warp / %d * %d + (warp %% %d * %d + lane / 4) * %d;",
		f.box.wide, f.stride[0]*h[1]*h[2], f.box.wide, f.box.columns, f.stride[2])
	f.open("_Pragma(\"unroll 1\") for (int kz = 0; kz < %d; kz++)", k[0])
	f.open("_Pragma(\"unroll 1\") for (int kx = 0; kx < %d; kx++)", k[2])
	f.line("float column[%d];", reach)
	f.line("VN_UNROLL for (int j = 0; j < %d; j++) column[j] = mine[kz * %d + j * %d + kx * %d];", reach, f.dilation[0]*h[1]*h[2], h[2], f.dilation[2])
	f.open("VN_UNROLL for (int ky = 0; ky < %d; ky++)", k[1])
	f.line("const float* const tap = weights + ((kz * %d + ky) * %d + kx) * %d + lane %% 4 * 2;", k[1], k[2], f.width)
	f.open("VN_UNROLL for (int b = 0; b < %d; b++)", f.width/8)
	f.line("const float2 w = *(const float2*)(tap + b * 8);")
	f.open("VN_UNROLL for (int j = 0; j < %d; j++)", f.box.rows)
	f.line("acc[j][b][0] += column[j * %d + ky * %d] * w.x;", f.stride[1], f.dilation[1])
	f.line("acc[j][b][1] += column[j * %d + ky * %d] * w.y;", f.stride[1], f.dilation[1])
	closeAll(f.body, 5)
}

// finish writes the program over the sums. half says which of the voxels of a warp, eight at a time, is meant.
func (f *firstWriter) finish(e *epilogue, half string) {
	if len(f.kernel.Reduces) > 0 {
		f.line("__syncthreads(); // the products are done, and shared memory is free")
		f.line("float* const sums = (float*)shared;")
	}
	f.open("VN_UNROLL for (int b = 0; b < %d; b++)", f.width/8)
	f.line("const int column = b * 8 + lane %% 4 * 2;")
	f.line("const %s c = first + column;", f.integer())
	e.column()
	lo, hi := "acc[j][b][0]", "acc[j][b][1]"
	if half == "" {
		f.open("VN_UNROLL for (int j = 0; j < %d; j++)", f.box.rows)
	} else {
		f.open("VN_UNROLL for (int j = 0; j < %d; j++) VN_UNROLL for (int %s = 0; %s < %d; %s++)", f.box.rows, half, half, f.box.columns/8, half)
		lo, hi = fmt.Sprintf("acc[j][b][2 * %s]", half), fmt.Sprintf("acc[j][b][2 * %s + 1]", half)
	}
	f.line("const %s z = z0 + warp / %d, y = y0 + j, x = %s;", f.integer(), f.box.wide,
		sum(0, []int{1, f.box.columns, 8, 1}, []string{"x0", fmt.Sprintf("warp %% %d", f.box.wide), half, "lane / 4"}))
	at := f.input.place("n", "c", [3]string{"z", "y", "x"})
	var inside []string
	for i, step := range f.voxels {
		if f.y[i]%step != 0 {
			inside = append(inside, fmt.Sprintf("%s < %d", [3]string{"z", "y", "x"}[i], f.y[i]))
		}
	}
	e.pair(at, inside, lo, hi)
	f.close()
	e.endColumn("warp", "column")
	f.close()
	e.rows(f.box.threads(), "blockIdx.x", "first")
}
