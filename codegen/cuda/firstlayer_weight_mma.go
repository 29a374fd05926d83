package cuda

import "fmt"

// firstGradientMatrix writes the gradient of the first layer's weight as a product of matrices on tensor cores: taps by
// voxels times voxels by channels. A fragment wants pairs of voxels that are neighbours along x in a word; so the halo in
// shared memory holds, for every place, the word of the number there and the one that a tap meets at the next voxel. The
// warps of a block have different taps, or, where those are few, different rows of voxels and shares of their own.
type firstGradientMatrix struct {
	*body
	firstBlock
	g        *weightGradient
	numbers  numbers
	blocks   int // of channels, a block of threads
	tapWarps int // warps with different taps
	each     int // fragments of 16 taps, a warp
}

// The voxels of dy that a block takes at a time, and its warps.
var firstGradientBox = [3]int{2, 8, 32}

const firstGradientWarps = 8

// matrixFirstGradient writes a first layer's gradient on tensor cores, or reports that it does not fit.
func (u *unit) matrixFirstGradient(g *weightGradient, n numbers) bool {
	f := &firstGradientMatrix{body: u.gradientBody(g), firstBlock: firstBlock{g.slides, firstGradientBox}, g: g, numbers: n, blocks: min(2, g.out/8)}
	fragments := ceil(f.taps(), 16)
	for f.tapWarps = 1; f.tapWarps < min(fragments, firstGradientWarps); f.tapWarps *= 2 {
	}
	f.each = ceil(fragments, f.tapWarps)
	if f.each > 3 || f.shared() > 48<<10 {
		return false
	}
	t := f.tiles()
	steps := f.batch * t[0] * t[1] * t[2]
	shares := min(steps, 3*multiprocessors)
	sums := u.takePartialSums(g, shares*f.groups())
	f.write(sums, shares, steps)
	u.call(f.body, shape{grid: [3]int{ceil(g.out, 8*f.blocks), shares, 1}, block: firstGradientWarps * warpSize, shared: f.shared()},
		fmt.Sprintf("mma one channel weight gradient 16x%d", 8*f.blocks), u.cost(g.kernel))
	u.addPartialSums(g, sums)
	return true
}

// groups returns how many warps have the same taps.
func (f *firstGradientMatrix) groups() int { return firstGradientWarps / f.tapWarps }

// voxelCount returns the voxels of dy that a block takes at a time.
func (f *firstGradientMatrix) voxelCount() int {
	return firstGradientBox[0] * firstGradientBox[1] * firstGradientBox[2]
}

func (f *firstGradientMatrix) shared() int {
	h := f.halo()
	return f.blocks*f.voxelCount()*16 + 4*h[0]*h[1]*f.pitch()
}

func (f *firstGradientMatrix) write(sums partialSums, shares, steps int) {
	n, box := f.tiles(), firstGradientBox
	f.line("VN_DYN_SMEM(shared);")
	f.line("const vn_u32 dy = vn_smem_u32(shared); // [block][z][y][x][8]")
	f.line("vn_u32* const halo = (vn_u32*)(shared + %d); // pairs of neighbours", f.blocks*f.voxelCount()*16)
	f.line("const int lane = threadIdx.x %% 32, warp = threadIdx.x / 32, first = blockIdx.x * %d;", f.blocks)
	f.line("const int group = %s, taps = %s;", digit("warp", f.tapWarps, 0), scaled("("+digit("warp", 1, f.tapWarps)+")", 16*f.each))
	f.where()
	f.line("float acc[%d][%d][4] = {};", f.each, f.blocks)
	f.line("const int end = (int)((blockIdx.y + 1) * %dll / %d);", steps, shares)
	f.open("for (int tile = (int)(blockIdx.y * %dll / %d); tile < end; tile++)", steps, shares)
	f.line("const %s x0 = tile %% %d * %d, y0 = tile / %d %% %d * %d, z0 = tile / %d %% %d * %d, n = tile / %d;",
		f.integer(), n[2], box[2], n[2], n[1], box[1], n[1]*n[2], n[0], box[0], n[0]*n[1]*n[2])
	f.line("__syncthreads(); // shared memory is free")
	f.loadAll()
	f.line("vn_cp_wait<0>();")
	f.line("__syncthreads();")
	f.products()
	f.close()
	f.results(sums)
}

// where writes where in the halo the taps of this lane meet the first voxels, and where its row of dy lies.
func (f *firstGradientMatrix) where() {
	k, h := f.kernel, f.halo()
	f.line("int at[%d];", 2*f.each)
	f.open("VN_UNROLL for (int i = 0; i < %d; i++)", 2*f.each)
	f.line("const int tap = vn_least(taps + i * 8 + lane / 4, %d);", f.taps()-1) // what is beyond is not stored
	f.line("at[i] = %s;", sum(0, []int{f.dilation[0] * h[1] * f.pitch(), f.dilation[1] * f.pitch(), f.dilation[2], 2 * f.stride[2]},
		[]string{digit("tap", k[1]*k[2], 0), digit("tap", k[2], k[1]), digit("tap", 1, k[2]), "lane % 4"}))
	f.close()
	f.line("const vn_u32 row = dy + lane / 16 * %d + lane %% 16 * 16;", f.voxelCount()*16)
}

// loadAll writes the loads of dy and of the halo.
func (f *firstGradientMatrix) loadAll() {
	box, dy := firstGradientBox, f.g.dy
	f.open("for (int i = threadIdx.x; i < %d; i += %d)", f.blocks*f.voxelCount(), firstGradientWarps*warpSize)
	f.line("const %s c = first + i / %d, z = z0 + i / %d %% %d, y = y0 + i / %d %% %d, x = x0 + i %% %d;",
		f.integer(), f.voxelCount(), box[1]*box[2], box[0], box[2], box[1], box[2])
	f.line("const bool inside = z < %d && y < %d && x < %d && c < %d;", f.y[0], f.y[1], f.y[2], f.g.out/8)
	at := dy.at(dy.place("n", "(c * 8)", [3]string{"z", "y", "x"}))
	f.line("vn_cp_async16(dy + i * 16, %s + (inside ? %s : 0), inside ? 16 : 0);", f.pointer(dy.buffer, false), at)
	f.close()
	f.line("vn_cp_commit();")
	f.loadPairs(f.body, f.g.x, f.stride[2], firstGradientWarps*warpSize, f.numbers)
}

// products writes the products of a tile, 16 voxels along x at a time.
func (f *firstGradientMatrix) products() {
	h, box := f.halo(), firstGradientBox
	f.open("_Pragma(\"unroll 2\") for (int i = group; i < %d; i += %d)", box[0]*box[1], f.groups())
	f.line("const vn_u32* const line = halo + %s;", sum(0, []int{f.stride[0] * h[1] * f.pitch(), f.stride[1] * f.pitch()},
		[]string{digit("i", box[1], 0), digit("i", 1, box[1])}))
	f.open("VN_UNROLL for (int s = 0; s < %d; s++)", box[2]/16)
	f.line("vn_u32 b[%d][2];", f.blocks)
	if f.blocks == 2 {
		f.line("vn_ldsm4t(b[0][0], b[0][1], b[1][0], b[1][1], row + (i * %d + s * 16) * 16);", box[2])
	} else {
		f.line("vn_ldsm2t(b[0][0], b[0][1], row + (i * %d + s * 16) * 16);", box[2])
	}
	f.open("VN_UNROLL for (int m = 0; m < %d; m++)", f.each)
	f.line("const vn_u32* const p = line + at[2 * m] + s * %d;", 16*f.stride[2])
	f.line("const vn_u32* const q = line + at[2 * m + 1] + s * %d;", 16*f.stride[2])
	f.line("VN_UNROLL for (int j = 0; j < %d; j++) %s(acc[m][j], p[0], q[0], p[%d], q[%d], b[j][0], b[j][1]);",
		f.blocks, f.numbers.mma(), 8*f.stride[2], 8*f.stride[2])
	closeAll(f.body, 3)
}

// results writes the stores of the sums.
func (f *firstGradientMatrix) results(sums partialSums) {
	part := f.scratch("float", sums.at)
	f.line("float* const to = %s + (blockIdx.y * %d + group) * %d + first * 8 + lane %% 4 * 2;", part, f.groups(), f.taps()*f.g.out)
	f.open("VN_UNROLL for (int m = 0; m < %d; m++) VN_UNROLL for (int h = 0; h < 2; h++)", f.each)
	f.line("const int tap = taps + m * 16 + h * 8 + lane / 4;")
	f.line("if (tap >= %d) break;", f.taps())
	f.open("VN_UNROLL for (int j = 0; j < %d; j++)", f.blocks)
	f.line("%s{ to[tap * %d + j * 8] = acc[m][j][2 * h]; to[tap * %d + j * 8 + 1] = acc[m][j][2 * h + 1]; }",
		when(f.g.out%(8*f.blocks) != 0, fmt.Sprintf("if (first + j < %d) ", f.g.out/8)), f.g.out, f.g.out)
	closeAll(f.body, 2)
}
