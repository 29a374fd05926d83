package cuda

// firstBlock is the voxels of the result that a block takes at a time where the argument has a single channel. The part of
// the argument that they meet, its halo, is in shared memory.
type firstBlock struct {
	slides
	voxels [3]int // along z, y and x
}

// tiles returns the number of blocks along z, y and x.
func (f firstBlock) tiles() (n [3]int) {
	for i, size := range f.voxels {
		n[i] = ceil(f.y[i], size)
	}
	return n
}

// halo returns the size of the halo.
func (f firstBlock) halo() (h [3]int) {
	for i, n := range f.voxels {
		h[i] = f.reach(i, n, f.kernel[i])
	}
	return h
}

// pitch returns the words of a row of a halo of pairs: such that the rows of neighbouring taps lie in different halves of
// the banks.
func (f firstBlock) pitch() int { return (f.halo()[2]+15)/32*32 + 16 }

// place writes the place in the argument, zx, yx and xx, of the element i of the halo, whose rows are so wide.
func (f firstBlock) place(b *body, wide int) {
	h := f.halo()
	b.line("const %s zx = %s, yx = %s, xx = %s;", b.integer(), total(-f.low[0], []string{digit("i", h[1]*wide, 0), scaled("z0", f.stride[0])}),
		total(-f.low[1], []string{digit("i", wide, h[1]), scaled("y0", f.stride[1])}),
		total(-f.low[2], []string{digit("i", 1, wide), scaled("x0", f.stride[2])}))
}

// load writes the loads of the halo, as numbers.
func (f firstBlock) load(b *body, x operand, threads int) {
	h := f.halo()
	b.open("for (int i = threadIdx.x; i < %d; i += %d)", h[0]*h[1]*h[2], threads)
	f.place(b, h[2])
	b.line("const bool inside = zx >= 0 && zx < %d && yx >= 0 && yx < %d && xx >= 0 && xx < %d;", f.x[0], f.x[1], f.x[2])
	b.line("halo[i] = inside ? %s : 0.f;", x.get(b, x.place("n", "0", [3]string{"zx", "yx", "xx"})))
	b.close()
}

// loadPairs writes the loads of the halo as words of two numbers, the second so far behind the first along x.
func (f firstBlock) loadPairs(b *body, x operand, apart, threads int, n numbers) {
	h, wide := f.halo(), f.pitch()
	value := func(at string) string { return x.get(b, x.place("n", "0", [3]string{"zx", "yx", at})) }
	b.open("for (int i = threadIdx.x; i < %d; i += %d)", h[0]*h[1]*wide, threads)
	f.place(b, wide)
	next := total(apart, []string{"xx"})
	b.line("const bool inside = zx >= 0 && zx < %d && yx >= 0 && yx < %d;", f.x[0], f.x[1])
	b.line("const float lo = inside && xx >= 0 && xx < %d ? %s : 0.f;", f.x[2], value("xx"))
	b.line("const float hi = inside && %s >= 0 && %s < %d ? %s : 0.f;", next, next, f.x[2], value("("+next+")"))
	b.line("halo[i] = %s(lo, hi);", n.pack())
	b.close()
}
