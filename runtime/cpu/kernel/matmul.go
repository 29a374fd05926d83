package kernel

// matMulSweep prepares a matrix product as a contraction with one tap: the rows of b are the packed channels, and a
// row of c is one row of voxels.
func matMulSweep(m, n, k int, transposeA, transposeB bool) sweep {
	one := [3]int{1, 1, 1}
	s := sweep{
		first:  packing{channels: k, source: [3]int{1, 1, n}, step: one, phases: one, extent: [3]int{1, 1, n}},
		groups: 1, rows: m, depth: k, aRow: k, aDepth: 1,
		kernel: one, dilation: one, stride: one,
		out: [3]int{1, 1, n}, spread: one, extent: [3]int{1, 1, n},
		phaseTaps: 1,
	}
	if transposeA {
		s.aRow, s.aDepth = 1, m
	}
	if transposeB {
		s.first.transposed = true
	}
	s.first.layout(1)
	s.cut()
	return s
}

// MatMulWorkspace returns how many float32 values of scratch MatMul needs for these sizes.
func MatMulWorkspace(m, n, k int) int {
	s := matMulSweep(m, n, k, false, false)
	return s.tableFloats() + s.first.size()
}

// MatMul computes c = a b for each of batch pairs of matrices that lie one after another: c is [batch][m][n], a is
// [batch][m][k] or, with transposeA, [batch][k][m], and b is [batch][k][n] or, with transposeB, [batch][n][k]. All
// sizes are at least 1. scratch holds at least MatMulWorkspace(m, n, k) values.
func MatMul(p *Pool, batch, m, n, k int, a, b, c []float32, transposeA, transposeB bool, scratch []float32) {
	p.sweep = matMulSweep(m, n, k, transposeA, transposeB)
	p.contract(batch, k*n, m*n, View{c, m * n}, View{b, k * n}, a[:batch*m*k], m*k, scratch, nil)
}
