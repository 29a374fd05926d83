package cuda

import "fmt"

// pointGradient writes the gradient of a 1x1x1 convolution to a few channels, as the last one of a network is: dy is not
// blocked, and tensor cores would multiply mostly nothing. The feature maps pass by once, so what counts is that they are
// read as they lie: a thread takes a block of channels of a voxel at a time, against all channels of dy.
func (u *unit) pointGradient(g *weightGradient) bool {
	s := g.slides
	if s.taps() != 1 || s.stride != [3]int{1, 1, 1} || s.low != [3]int{} || s.x != s.y || g.out > 8 ||
		g.in%blockWidth != 0 || g.x.walk.channel%blockWidth != 0 {
		return false
	}
	blocks, voxels := g.in/blockWidth, s.batch*s.y[0]*s.y[1]*s.y[2]
	shares := min(ceil(voxels, 8*threads), 4*multiprocessors)
	sums := u.takePartialSums(g, shares)
	b := u.gradientBody(g)
	part := b.scratch("float", sums.at)
	b.line("VN_SHARED(float, warps, %d);", 8*threads/warpSize)
	b.line("const %s block = blockIdx.x %% %d, share = blockIdx.x / %d;", b.integer(), blocks, blocks)
	b.line("float acc[%d][8] = {};", g.out)
	each := ceil(voxels, shares)
	b.line("const %s end = vn_least((share + 1) * %d, %s);", b.integer(), each, number64(voxels, b.wide))
	b.open("for (%s v = share * %d + threadIdx.x; v < end; v += %d)", b.integer(), each, threads)
	b.decodeVoxel(s)
	at := g.x.place("n", "(block * 8)", [3]string{"z", "y", "x"})
	b.line("float f[8];")
	b.line("vn_load(f, %s + %s);", b.pointer(g.x.buffer, false), g.x.at(at))
	b.open("VN_UNROLL for (int o = 0; o < %d; o++)", g.out)
	b.line("const float d = %s;", g.dy.get(b, g.dy.place("n", "o", [3]string{"z", "y", "x"})))
	b.line("VN_LANES(8) acc[o][l] += d * f[l];")
	closeAll(b, 2)
	b.open("VN_UNROLL for (int o = 0; o < %d; o++)", g.out)
	b.line("vn_block_combine<vn_addition, %d>(acc[o], warps);", threads)
	b.line("if (threadIdx.x == 0) VN_LANES(8) %s[share * %d + o * %d + block * 8 + l] = acc[o][l];", part, g.in*g.out, g.in)
	b.close()
	u.call(b, shape{grid: [3]int{blocks * shares, 1, 1}, block: threads}, fmt.Sprintf("point weight gradient %dx%d", g.out, g.in), u.cost(g.kernel))
	u.addPartialSums(g, sums)
	return true
}

// decodeVoxel writes the sample and the place of the voxel v, counted through all samples.
func (b *body) decodeVoxel(s slides) {
	x, y, z := s.y[2], s.y[1], s.y[0]
	b.line("const %s x = v %% %d, y = v / %d %% %d, z = v / %d %% %d, n = v / %d;", b.integer(), x, x, y, x*y, z, x*y*z)
}
