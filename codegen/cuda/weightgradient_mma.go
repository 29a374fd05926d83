package cuda

import "fmt"

// matrixGradient writes a weight's gradient as a matrix product on tensor cores, where both feature maps are blocked.
func (u *unit) matrixGradient(g *weightGradient, n numbers) bool {
	s := gradientShape{slides: g.slides, in: g.in, out: g.out, voxels: n.depth(), voxel: n.voxelBytes()}
	if g.x.walk.channel%blockWidth != 0 || g.dy.walk.channel%blockWidth != 0 ||
		g.in%blockWidth != 0 || g.out%blockWidth != 0 || s.taps() > mostTaps || max(g.x.walk.voxels, g.dy.walk.voxels) >= manyVoxels {
		return false
	}
	t, ok := s.tile()
	if !ok {
		return false
	}
	sums := u.takePartialSums(g, t.shares)
	m := &gradientWriter{body: u.gradientBody(g), gradientShape: s, g: g, tile: t, numbers: n}
	m.write(sums)
	in, out, units := s.groups(t)
	grid := [3]int{in * out * units, t.shares, 1}
	note := fmt.Sprintf("mma weight gradient %dx%dx%d", 16, 8*t.blocks, s.kernel[2]*t.units)
	u.call(m.body, shape{grid: grid, block: t.warps * warpSize, shared: s.shared(t), minBlocks: t.perSM}, note, u.cost(g.kernel))
	u.addPartialSums(g, sums)
	return true
}

// gradientWriter writes the kernel.
type gradientWriter struct {
	*body
	gradientShape
	g       *weightGradient
	tile    gradientTile
	numbers numbers
}

func (w *gradientWriter) write(sums partialSums) {
	t := w.tile
	in, out, _ := w.groups(t)
	x, dy, part := w.pointer(w.g.x.buffer, false), w.pointer(w.g.dy.buffer, false), w.scratch("float", sums.at)
	w.line("VN_DYN_SMEM(smem);")
	w.line("const vn_u32 planes = vn_smem_u32(smem), stages = planes + %d;", w.ring(t)*w.planeBytes(t))
	w.line("const int lane = threadIdx.x %% 32, warp = threadIdx.x / 32;")
	w.line("// The channels and units of the block, and of the warp in it.")
	w.line("const int out = %s, in = %s, first = %s;", digit("blockIdx.x", 1, out), digit("blockIdx.x", out, in), scaled(digit("blockIdx.x", in*out, 0), t.p*t.units))
	w.line("const int wo = %s, wi = %s, unit = %s;", digit("warp", 1, t.n), digit("warp", t.n, t.m), joined("first", scaled(digit("warp", t.n*t.m, t.p), t.units)))
	w.line("const int kz = %s;", digit("first", w.kernel[1], 0))
	w.units()
	w.line("float acc[%d][%d][%d][4] = {};", t.units, w.kernel[2], t.blocks)
	w.columnsLoop(x, dy)
	w.results(part)
}

// units writes where the rows of taps of the warp lie in the ring of planes: which plane counted from the first, and how
// far into it.
func (w *gradientWriter) units() {
	t := w.tile
	for j := range t.units {
		// A unit behind the last one is computed as the last one, and not stored.
		u := fmt.Sprintf("u%d", j)
		w.line("const int %s = vn_least(%s, %d);", u, total(j, []string{"unit"}), w.unitCount()-1)
		w.line("const int plane%d = %s, row%d = %s;", j, scaled(digit(u, w.kernel[1], 0)+" - kz", w.dilation[0]),
			j, zeroed(scaled(digit(u, 1, w.kernel[1]), w.dilation[1]*w.columns(t)*w.voxel)))
	}
	if w.numbers.half() {
		w.line("// The row of a matrix of ldmatrix that this lane gives the address of: a voxel's block of channels.")
		w.line("const int block = lane / 8 %% 2, half = lane / 16;")
		at := scaled("half * 8 + lane % 8", w.stride[2])
		if t.x == 8 {
			at = sum(0, []int{w.stride[1] * w.columns(t), w.stride[2]}, []string{"half", "lane % 8"})
		}
		w.line("const vn_u32 atX = ((wi * 2 + block) * %d + %s) * 16;", w.rows(t)*w.columns(t), at)
		w.line("const vn_u32 atY = (%s) * %d + (block * 8 + lane %% 8) * 16;", joined(scaled("wo", t.blocks), "half"), t.y*t.x*16)
		return
	}
	w.line("const vn_u32 atX = (wi * %d + %s) * 32 + lane / 4 * 4;", 2*w.rows(t)*w.columns(t), scaled("lane % 4", w.stride[2]))
	w.line("const vn_u32 atY = wo * %d + lane %% 4 * 32 + lane / 4 * 4;", t.blocks*t.y*t.x*32)
}

// columnsLoop writes the loops over the columns and the planes of a share.
func (w *gradientWriter) columnsLoop(x, dy string) {
	t := w.tile
	z, steps := w.y[0], w.steps(t)
	ny, nx := ceil(w.y[1], t.y), ceil(w.y[2], t.x)
	w.line("const int end = (int)((blockIdx.y + 1) * %dll / %d);", steps, t.shares)
	w.open("for (int at = (int)(blockIdx.y * %dll / %d); at < end;)", steps, t.shares)
	w.line("// A column of planes, or the part of it that belongs to this share.")
	w.line("const int column = %s, z0 = %s, z1 = vn_least(%d, z0 + end - at);", digit("at", z, 0), digit("at", 1, z), z)
	w.line("const int left = %s, top = %s, n = %s;", zeroed(scaled(digit("column", 1, nx), t.x)),
		zeroed(scaled(digit("column", nx, ny), t.y)), digit("column", nx*ny, w.batch))
	w.loadX(x, "0", w.planes(t))
	w.loadY(dy, "z0", "0")
	w.line("vn_cp_commit();")
	w.open("for (int z = z0; z < z1; z++)")
	w.line("const int step = z - z0;")
	w.line("vn_cp_wait<0>();")
	w.line("__syncthreads();")
	w.open("if (z + 1 < z1)")
	fresh := w.fresh(t)
	w.loadX(x, total(w.planes(t), []string{scaled("step", fresh)}), fresh)
	w.loadY(dy, "(z + 1)", "(step + 1) % 2")
	w.line("vn_cp_commit();")
	w.close()
	w.fragments()
	w.close()
	w.line("at += z1 - z0;")
	w.line("__syncthreads();")
	w.close()
}

// loadX writes the copies of planes of x into the ring. The planes of a column are numbered as they are loaded.
func (w *gradientWriter) loadX(x, from string, count int) {
	t, parts := w.tile, w.voxel/16
	rows, columns := w.rows(t), w.columns(t)
	copies := 2 * t.m * rows * columns * parts
	op := w.g.x
	w.open("for (int p = %s, last = p + %d; p < last; p++)", from, count)
	// Planes that no unit meets are not loaded: where the stride is greater than what a step needs.
	zx := []string{scaled("z0", w.stride[0]), "p"}
	if need := w.planes(t); need < w.stride[0] {
		zx = []string{scaled(joined("z0", digit("p", need, 0)), w.stride[0]), digit("p", 1, need)}
	}
	w.line("const int zx = %s;", total(-w.low[0], append(zx, scaled("kz", w.dilation[0]))))
	w.line("const vn_u32 to = planes + p %% %d * %d;", w.ring(t), w.planeBytes(t))
	w.open("for (int i = threadIdx.x; i < %d; i += %d)", copies, t.warps*warpSize)
	voxel := "i"
	if parts > 1 {
		voxel = fmt.Sprintf("i / %d", parts)
	}
	w.line("const int v = %s, c = in * %d + v / %d;", voxel, 2*t.m, rows*columns)
	w.line("const int yx = %s, xx = %s;", total(-w.low[1], []string{digit("v", columns, rows), scaled("top", w.stride[1])}),
		total(-w.low[2], []string{digit("v", 1, columns), scaled("left", w.stride[2])}))
	inside := fmt.Sprintf("zx >= 0 && zx < %d && yx >= 0 && yx < %d && xx >= 0 && xx < %d", w.x[0], w.x[1], w.x[2])
	if w.in%(16*t.m) != 0 {
		inside += fmt.Sprintf(" && c < %d", w.in/blockWidth)
	}
	w.copy16("to + i * 16", x, op, inside, "c", [3]string{"zx", "yx", "xx"})
	w.close()
	w.close()
}

// loadY writes the copies of a plane of dy.
func (w *gradientWriter) loadY(dy, z, stage string) {
	t, parts := w.tile, w.voxel/16
	w.open("for (int i = threadIdx.x; i < %d; i += %d)", t.n*t.blocks*t.y*t.x*parts, t.warps*warpSize)
	voxel := "i"
	if parts > 1 {
		voxel = fmt.Sprintf("i / %d", parts)
	}
	w.line("const int v = %s, c = %s, yy = %s, xy = left + v %% %d;", voxel, joined(scaled("out", t.n*t.blocks), digit("v", t.y*t.x, t.n*t.blocks)),
		joined("top", digit("v", t.x, t.y)), t.x)
	inside := ""
	and := func(partial bool, format string, args ...any) {
		if partial && inside != "" {
			inside += " && "
		}
		if partial {
			inside += fmt.Sprintf(format, args...)
		}
	}
	and(w.y[1]%t.y != 0, "yy < %d", w.y[1])
	and(w.y[2]%t.x != 0, "xy < %d", w.y[2])
	and(w.out%(8*t.blocks*t.n) != 0, "c < %d", w.out/blockWidth)
	to := joined(joined("stages", scaled(stage, w.stageBytes(t))), "i * 16")
	w.copy16(to, dy, w.g.dy, inside, "c", [3]string{z, "yy", "xy"})
	w.close()
}

// copy16 writes the copy of 16 bytes of a block of channels of a voxel, or of zeros where it lies outside.
func (w *gradientWriter) copy16(to, pointer string, from operand, inside, block string, zyx [3]string) {
	k := from.walk
	blocks := k.channels / blockWidth
	step := from.spatial()
	sample := fmt.Sprint(k.sample)
	if k.alongSample >= 0 {
		sample = total(k.sample, []string{"n"})
	}
	at := joined(scaled(sample, blocks), total(k.channel/blockWidth, []string{block}))
	voxel := sum(k.voxel, step[:], zyx[:])
	w.line("const %s source = %s;", w.integer(), joined(parenthesised(at)+" * "+number64(k.voxels, w.wide), voxel))
	within := ""
	if !w.numbers.half() {
		within = " + i % 2 * 4"
	}
	if inside == "" {
		w.line("vn_cp_async16(%s, %s + source * 8%s, 16);", to, pointer, within)
		return
	}
	w.line("const bool inside = %s;", inside)
	w.line("vn_cp_async16(%s, %s + (inside ? source * 8%s : 0), inside ? 16 : 0);", to, pointer, within)
}

// fragments writes the products of a plane.
func (w *gradientWriter) fragments() {
	t := w.tile
	columns := w.columns(t)
	rowsOf := max(1, w.voxels/t.x) // rows of voxels in a fragment
	for j := range t.units {
		w.line("const vn_u32 x%d = planes + (%s) %% %d * %d + row%d + atX;", j, joined(scaled("step", w.fresh(t)), fmt.Sprintf("plane%d", j)), w.ring(t), w.planeBytes(t), j)
	}
	w.line("const vn_u32 y = stages + step %% 2 * %d + atY;", w.stageBytes(t))
	// A loop of its own length keeps the text of the kernel, and the time that it takes to compile, small.
	w.open("_Pragma(\"unroll 1\") for (int r = 0; r < %d; r++)", t.y/rowsOf)
	segments := max(1, t.x/w.voxels)
	if segments > 1 {
		w.open("VN_UNROLL for (int s = 0; s < %d; s++)", segments)
	}
	segment := func(r, s int) string {
		at := fmt.Sprintf("r * %d", r)
		if segments > 1 {
			at += fmt.Sprintf(" + s * %d", s)
		}
		return at
	}
	w.loadB(segment(max(t.x, w.voxels)*w.voxel, w.voxels*w.voxel))
	for j := range t.units {
		w.open("VN_UNROLL for (int k = 0; k < %d; k++)", w.kernel[2])
		w.loadA(fmt.Sprintf("x%d + %s + k * %d", j, segment(rowsOf*w.stride[1]*columns*w.voxel, w.voxels*w.stride[2]*w.voxel), w.dilation[2]*w.voxel))
		w.line("VN_UNROLL for (int j = 0; j < %d; j++) %s(acc[%d][k][j], a[0], a[1], a[2], a[3], b[j][0], b[j][1]);", t.blocks, w.numbers.mma(), j)
		w.close()
	}
	if segments > 1 {
		w.close()
	}
	w.close()
}

// loadB writes the loads of the fragments of dy.
func (w *gradientWriter) loadB(at string) {
	t := w.tile
	w.line("vn_u32 b[%d][2];", t.blocks)
	block := t.y * t.x * w.voxel
	if w.numbers.half() {
		if t.blocks > 1 {
			w.line("VN_UNROLL for (int j = 0; j < %d; j += 2) vn_ldsm4t(b[j][0], b[j][1], b[j + 1][0], b[j + 1][1], y + %s + j * %d);", t.blocks/2*2, at, block)
		}
		if t.blocks%2 == 1 {
			w.line("vn_ldsm2t(b[%d][0], b[%d][1], y + %s + %d);", t.blocks-1, t.blocks-1, at, (t.blocks-1)*block)
		}
		return
	}
	w.open("VN_UNROLL for (int j = 0; j < %d; j++)", t.blocks)
	w.line("b[j][0] = vn_bits(vn_to_tf32(vn_float(vn_lds32(y + %s + j * %d))));", at, block)
	w.line("b[j][1] = vn_bits(vn_to_tf32(vn_float(vn_lds32(y + %s + j * %d + 128))));", at, block)
	w.close()
}

// loadA writes the loads of a fragment of x.
func (w *gradientWriter) loadA(at string) {
	w.line("vn_u32 a[4];")
	if w.numbers.half() {
		w.line("vn_ldsm4t(a[0], a[1], a[2], a[3], %s);", at)
		return
	}
	plane, four := w.rows(w.tile)*w.columns(w.tile)*32, 4*w.stride[2]*32
	for i, shift := range []int{0, plane, four, plane + four} {
		w.line("a[%d] = vn_bits(vn_to_tf32(vn_float(vn_lds32(%s + %d))));", i, at, shift)
	}
}

// results writes the stores of the sums into the block's share.
func (w *gradientWriter) results(part string) {
	t := w.tile
	taps, pairs := w.taps(), w.in*w.out
	w.line("const int o = (%s) * %d + lane %% 4 * 2, i = (%s) * 16 + lane / 4;", joined(scaled("out", t.n), "wo"), 8*t.blocks, joined(scaled("in", t.m), "wi"))
	w.line("float* to = %s + (long long)blockIdx.y * %d + o * %d + i;", part, taps*pairs, w.in)
	w.open("VN_UNROLL for (int u = 0; u < %d; u++)", t.units)
	w.line("if (unit + u >= %d) break;", w.unitCount())
	w.open("VN_UNROLL for (int k = 0; k < %d; k++)", w.kernel[2])
	w.open("VN_UNROLL for (int j = 0; j < %d; j++)", t.blocks)
	w.line("float* tap = to + ((unit + u) * %d + k) * %d + j * %d;", w.kernel[2], pairs, 8*w.in)
	partialOut, partialIn := w.out%(8*t.blocks*t.n) != 0, w.in%(16*t.m) != 0
	if partialOut {
		w.line("if (o + j * 8 >= %d) break;", w.out)
	}
	for h := range 2 {
		guard := ""
		if partialIn {
			guard = fmt.Sprintf("if (i + %d < %d) ", 8*h, w.in)
		}
		w.line("%s{ tap[%d] = acc[u][k][j][%d]; tap[%d] = acc[u][k][j][%d]; }", guard, 8*h, 2*h, 8*h+w.in, 2*h+1)
	}
	w.close()
	w.close()
	w.close()
}
