package cuda

import "fmt"

// firstGradient writes the gradient of the weight of a convolution over a single channel. A thread holds the sums of a
// column of taps, along y, for a block of channels of dy: what it reads of x serves all of the column, what it reads of
// dy is read by its whole warp at once. Products are in float32, other than in firstlayer_weight_mma.go, which does halves.
func (u *unit) firstGradient(g *weightGradient) bool {
	if halves, ok := u.options.Precision.halves(); ok && g.dy.walk.channel%blockWidth == 0 && u.matrixFirstGradient(g, halves) {
		return true
	}
	f := &firstGradientWriter{body: u.gradientBody(g), firstBlock: firstBlock{g.slides, gradientBox}, g: g, blocks: g.out / blockWidth}
	k := g.slides.kernel
	f.roles = k[0] * k[2] * f.blocks
	f.lanes = ceil(f.roles, warpSize) * warpSize
	f.groups = max(1, threads/f.lanes)
	if g.dy.walk.channel%blockWidth != 0 || k[1] > 7 || f.lanes > 512 || f.shared() > 48<<10 ||
		f.reach(1, gradientRows, k[1]) > 4*gradientRows {
		return false
	}
	steps := f.batch * f.tiles()[0] * f.tiles()[1] * f.tiles()[2]
	shares := min(steps, 4*multiprocessors)
	sums := u.takePartialSums(g, shares*f.groups)
	f.write(sums, shares)
	u.call(f.body, shape{grid: [3]int{shares, 1, 1}, block: f.lanes * f.groups, shared: f.shared()},
		fmt.Sprintf("one channel weight gradient %dx8", k[1]), u.cost(g.kernel))
	u.addPartialSums(g, sums)
	return true
}

// The voxels of dy that a block takes at a time.
const (
	gradientDepth   = 2
	gradientRows    = 8
	gradientColumns = 16
)

var gradientBox = [3]int{gradientDepth, gradientRows, gradientColumns}

// firstGradientWriter writes the kernel.
type firstGradientWriter struct {
	*body
	firstBlock
	g      *weightGradient
	blocks int // of channels of dy
	roles  int // threads that hold different sums
	lanes  int // and those, to whole warps
	groups int // of threads with the same roles, for different voxels
}

// plane returns the distance of the planes of x in shared memory: such that neighbouring threads, which follow the taps
// along x and then along z, meet different banks.
func (f *firstGradientWriter) plane() int {
	h := f.halo()
	n := h[1] * h[2]
	return n + (f.kernel[2]-n%32+32)%32
}

// block returns the distance of the blocks of channels of dy in shared memory, in numbers.
func (f *firstGradientWriter) block() int { return gradientDepth*gradientRows*gradientColumns*8 + 8 }

func (f *firstGradientWriter) shared() int { return 4 * (f.blocks*f.block() + f.halo()[0]*f.plane()) }

func (f *firstGradientWriter) write(sums partialSums, shares int) {
	t, k := f.tiles(), f.kernel
	perSample := t[0] * t[1] * t[2]
	steps := f.batch * perSample
	f.line("VN_DYN_SMEM(shared);")
	f.line("float* const dy = (float*)shared; // [block][z][y][x][8]")
	f.line("float* const halo = dy + %d;", f.blocks*f.block())
	f.line("const int role = vn_least(threadIdx.x %% %d, %d), group = threadIdx.x / %d;", f.lanes, f.roles-1, f.lanes)
	f.line("const int kx = role %% %d, kz = role / %d %% %d, block = role / %d;", k[2], k[2], k[0], k[2]*k[0])
	f.line("const float* const column = halo + kz * %d + kx * %d;", f.dilation[0]*f.plane(), f.dilation[2])
	f.line("float acc[%d][8] = {};", k[1])
	f.line("const int end = (int)((blockIdx.x + 1) * %dll / %d);", steps, shares)
	f.open("for (int tile = (int)(blockIdx.x * %dll / %d); tile < end; tile++)", steps, shares)
	f.line("const %s x0 = tile %% %d * %d, y0 = tile / %d %% %d * %d, z0 = tile / %d %% %d * %d, n = tile / %d;",
		f.integer(), t[2], gradientColumns, t[2], t[1], gradientRows, t[1]*t[2], t[0], gradientDepth, perSample)
	f.line("__syncthreads(); // shared memory is free")
	f.loadPlanes()
	f.line("__syncthreads();")
	f.products()
	f.close()
	f.results(sums)
}

// loadPlanes writes the loads of x, in planes, and of dy.
func (f *firstGradientWriter) loadPlanes() {
	h, block := f.halo(), f.lanes*f.groups
	f.open("for (int i = threadIdx.x; i < %d; i += %d)", h[0]*h[1]*h[2], block)
	f.line("const int z = i / %d, yx = i %% %d;", h[1]*h[2], h[1]*h[2])
	f.line("const %s zx = z + z0 * %d - %d, yy = yx / %d + y0 * %d - %d, xx = yx %% %d + x0 * %d - %d;",
		f.integer(), f.stride[0], f.low[0], h[2], f.stride[1], f.low[1], h[2], f.stride[2], f.low[2])
	f.line("const bool inside = zx >= 0 && zx < %d && yy >= 0 && yy < %d && xx >= 0 && xx < %d;", f.x[0], f.x[1], f.x[2])
	f.line("halo[z * %d + yx] = inside ? %s : 0.f;", f.plane(), f.g.x.get(f.body, f.g.x.place("n", "0", [3]string{"zx", "yy", "xx"})))
	f.close()
	voxels := gradientDepth * gradientRows * gradientColumns
	f.open("for (int i = threadIdx.x; i < %d; i += %d)", f.blocks*voxels, block)
	f.line("const %s c = i / %d, v = i %% %d, z = z0 + v / %d, y = y0 + v / %d %% %d, x = x0 + v %% %d;",
		f.integer(), voxels, voxels, gradientRows*gradientColumns, gradientColumns, gradientRows, gradientColumns)
	f.line("float d[8] = {};")
	f.line("if (z < %d && y < %d && x < %d) vn_load(d, %s + %s);", f.y[0], f.y[1], f.y[2],
		f.pointer(f.g.dy.buffer, false), f.g.dy.at(f.g.dy.place("n", "(c * 8)", [3]string{"z", "y", "x"})))
	f.line("vn_store(dy + c * %d + v * 8, d);", f.block())
	f.close()
}

// products writes the products of a tile: along y, a column of x meets a column of dy.
func (f *firstGradientWriter) products() {
	h, k := f.halo(), f.kernel
	reach := f.reach(1, gradientRows, k[1])
	f.open("_Pragma(\"unroll 1\") for (int i = group; i < %d; i += %d)", gradientDepth*gradientColumns, f.groups)
	f.line("const int z = i / %d, x = i %% %d;", gradientColumns, gradientColumns)
	f.line("float v[%d];", reach)
	f.line("VN_UNROLL for (int j = 0; j < %d; j++) v[j] = column[z * %d + x * %d + j * %d];", reach, f.stride[0]*f.plane(), f.stride[2], h[2])
	f.open("VN_UNROLL for (int y = 0; y < %d; y++)", gradientRows)
	f.line("float d[8];")
	f.line("vn_load(d, dy + block * %d + ((z * %d + y) * %d + x) * 8);", f.block(), gradientRows, gradientColumns)
	f.line("VN_UNROLL for (int ky = 0; ky < %d; ky++) VN_LANES(8) acc[ky][l] += v[y * %d + ky * %d] * d[l];", k[1], f.stride[1], f.dilation[1])
	closeAll(f.body, 2)
}

// results writes the stores of the sums: each group of threads has a share of its own.
func (f *firstGradientWriter) results(sums partialSums) {
	k := f.kernel
	part := f.scratch("float", sums.at)
	f.line("if (threadIdx.x %% %d >= %d) return;", f.lanes, f.roles)
	f.line("float* const to = %s + (blockIdx.x * %d + group) * %d + block * 8;", part, f.groups, f.taps()*f.g.out)
	f.open("VN_UNROLL for (int ky = 0; ky < %d; ky++)", k[1])
	f.line("vn_store(to + ((kz * %d + ky) * %d + kx) * %d, acc[ky]);", k[1], k[2], f.g.out)
	f.close()
}
