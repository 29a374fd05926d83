package cuda

// numbers is what tensor cores multiply in a precision.
type numbers struct {
	name    string // in the prelude
	dtype   string // of feature maps and packed weights, in C++
	perUnit int    // numbers in 16 bytes
}

// tensorCores returns what a precision multiplies, or false where it does without tensor cores.
func (p Precision) tensorCores() (numbers, bool) {
	switch p {
	case BF16:
		return numbers{"bf16", "vn_bf16", 8}, true
	case FP16:
		return numbers{"f16", "vn_f16", 8}, true
	case TF32:
		return numbers{"tf32", "float", 4}, true
	}
	return numbers{}, false
}

// halves returns the numbers of a precision whose feature maps are of 16 bits, or false where they are not.
func (p Precision) halves() (numbers, bool) {
	n, ok := p.tensorCores()
	return n, ok && n.half()
}

// half reports whether numbers are of 16 bits.
func (n numbers) half() bool { return n.perUnit == blockWidth }

// depth returns the channels of one product.
func (n numbers) depth() int { return 2 * n.perUnit }

// voxelBytes returns the bytes of a voxel's block of channels.
func (n numbers) voxelBytes() int { return blockWidth / n.perUnit * unitBytes }

// product returns the functor of the prelude by which a convolution multiplies.
func (n numbers) product() string { return "vn_" + n.name + "_product" }

// mma returns the function of the prelude that multiplies fragments.
func (n numbers) mma() string { return "vn_mma_" + n.name }

// wgmma returns the function of the prelude that multiplies by so many columns, for a warpgroup.
func (n numbers) wgmma() string { return "vn_wgmma_rs_" + n.name + "_n" }

// pack returns the function of the prelude that makes a word of two halves.
func (n numbers) pack() string { return "vn_pack_" + n.name }
