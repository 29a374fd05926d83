package kernel

// The products of the transformed and of the blocked convolutions. a holds scalars and b vectors of 16 lanes; one or
// two vectors of b are multiplied at once. Every sum is formed from zero in the order of its terms, whatever the number
// of rows, and then stored or added to c.

// The implementations are each for one number of vectors.
type (
	multiplyFunc      func(rows, depth int, a []float32, aRow, aBlock int, b, c []float32, cRow, cVector int, add bool)
	multiplyStepsFunc func(rows int, steps []int32, a []float32, aRow int, b, c []float32, cRow, cVector int, add bool)
	outerFunc         func(depth int, a []float32, aStep int, b []float32, bStep, bVector int, c []float32, cRow, cVector int, add bool)
)

// outerRows is the number of rows of Outer.
const outerRows = 8

// Multiply sets, or with add increases,
//
//	c[i*cRow+v*cVector ..+16] by the sum over d < depth of a[i*aRow+(d/16)*aBlock+d%16] * b[(d*vectors+v)*16 ..+16]
//
// for i < rows and v < vectors. depth is a positive multiple of 16, vectors 1 or 2. It panics, before it touches
// anything, if a row does not lie in its slice.
func Multiply(rows, vectors, depth int, a []float32, aRow, aBlock int, b, c []float32, cRow, cVector int, add bool) {
	if rows <= 0 {
		return
	}
	if depth <= 0 || depth%Lanes != 0 || vectors != 1 && vectors != 2 {
		panic("kernel: Multiply needs a multiple of 16 as its depth and one or two vectors")
	}
	check(a, rows, aRow, depth/Lanes, aBlock, 1, 0)
	check(c, rows, cRow, vectors, cVector, 1, 0)
	_ = b[depth*vectors*Lanes-1]
	multiply, group := active.multiply[vectors-1], callRows(depth*vectors)
	for ; rows > group; rows -= group {
		multiply(group, depth, a, aRow, aBlock, b, c, cRow, cVector, add)
		a, c = a[group*aRow:], c[group*cRow:]
	}
	multiply(rows, depth, a, aRow, aBlock, b, c, cRow, cVector, add)
}

// MultiplySteps is Multiply with one offset into a for each of len(steps) terms, of any positive number: it sets, or
// with add increases,
//
//	c[i*cRow+v*cVector ..+16] by the sum over d < len(steps) of a[i*aRow+steps[d]] * b[(d*vectors+v)*16 ..+16].
//
// The caller answers for the steps: a[(rows-1)*aRow+step] must exist for each.
func MultiplySteps(rows, vectors int, steps []int32, a []float32, aRow int, b, c []float32, cRow, cVector int, add bool) {
	if rows <= 0 {
		return
	}
	if len(steps) == 0 || aRow < 0 || vectors != 1 && vectors != 2 {
		panic("kernel: MultiplySteps needs steps and one or two vectors")
	}
	_ = a[(rows-1)*aRow]
	check(c, rows, cRow, vectors, cVector, 1, 0)
	_ = b[len(steps)*vectors*Lanes-1]
	multiply, group := active.multiplySteps[vectors-1], callRows(len(steps)*vectors)
	for ; rows > group; rows -= group {
		multiply(group, steps, a, aRow, b, c, cRow, cVector, add)
		a, c = a[group*aRow:], c[group*cRow:]
	}
	multiply(rows, steps, a, aRow, b, c, cRow, cVector, add)
}

// Outer sets, or with add increases,
//
//	c[i*cRow+v*cVector ..+16] by the sum over k < depth of a[k*aStep+i] * b[k*bStep+v*bVector ..+16]
//
// for i < 8 and v < vectors, which is 1 or 2. depth is positive. It panics, before it touches anything, if a row does
// not lie in its slice.
func Outer(vectors, depth int, a []float32, aStep int, b []float32, bStep, bVector int, c []float32, cRow, cVector int, add bool) {
	if depth <= 0 || aStep < 0 || vectors != 1 && vectors != 2 {
		panic("kernel: Outer needs a positive depth and one or two vectors")
	}
	_ = a[(depth-1)*aStep+outerRows-1]
	check(b, depth, bStep, vectors, bVector, 1, 0)
	check(c, outerRows, cRow, vectors, cVector, 1, 0)
	active.outer[vectors-1](depth, a, aStep, b, bStep, bVector, c, cRow, cVector, add)
}

// callRows returns how many rows one call of the assembly, which the scheduler cannot interrupt, takes of a product
// with this many vectors per row: a multiple of every group of rows.
func callRows(vectors int) int {
	const callProducts, groups = 1 << 17, 24
	return max(callProducts/vectors/groups, 1) * groups
}

func portableMultiply(vectors int) multiplyFunc {
	return func(rows, depth int, a []float32, aRow, aBlock int, b, c []float32, cRow, cVector int, add bool) {
		for i := range rows {
			for v := range vectors {
				var sum [Lanes]float32
				for d := range depth {
					accumulate(&sum, a[i*aRow+d/Lanes*aBlock+d%Lanes], b[(d*vectors+v)*Lanes:])
				}
				put(c[i*cRow+v*cVector:], &sum, add)
			}
		}
	}
}

func portableMultiplySteps(vectors int) multiplyStepsFunc {
	return func(rows int, steps []int32, a []float32, aRow int, b, c []float32, cRow, cVector int, add bool) {
		for i := range rows {
			for v := range vectors {
				var sum [Lanes]float32
				for d, step := range steps {
					accumulate(&sum, a[i*aRow+int(step)], b[(d*vectors+v)*Lanes:])
				}
				put(c[i*cRow+v*cVector:], &sum, add)
			}
		}
	}
}

func portableOuter(vectors int) outerFunc {
	return func(depth int, a []float32, aStep int, b []float32, bStep, bVector int, c []float32, cRow, cVector int, add bool) {
		for i := range outerRows {
			for v := range vectors {
				var sum [Lanes]float32
				for k := range depth {
					accumulate(&sum, a[k*aStep+i], b[k*bStep+v*bVector:])
				}
				put(c[i*cRow+v*cVector:], &sum, add)
			}
		}
	}
}

// accumulate adds x times a vector to sum.
func accumulate(sum *[Lanes]float32, x float32, vector []float32) {
	for lane, y := range vector[:Lanes] {
		sum[lane] += x * y
	}
}

// put stores a sum, or adds it to what is there.
func put(c []float32, sum *[Lanes]float32, add bool) {
	c = c[:Lanes]
	for lane, value := range sum {
		if add {
			value += c[lane]
		}
		c[lane] = value
	}
}
