package kernel

import "math"

// A map writes one value of dst for every value of its operands. An operand has as many values as dst, or one, which
// then stands for that value everywhere. dst may be an operand, but not overlap one otherwise. Every result is the
// float32 rounding of the single operation, so that all implementations give the same bits.

type (
	// binaryFunc, unaryFunc and chooseFunc are maps over a positive number of whole vectors.
	binaryFunc func(dst, a, b []float32)
	unaryFunc  func(dst, a []float32)
	chooseFunc func(dst, condition, a, b []float32)
)

// callValues bounds one call of an assembly map, which the scheduler cannot interrupt.
const callValues = 1 << 14

type binaryOperation int

const (
	add binaryOperation = iota
	sub
	mul
	div
	maximum
	minimum
	equal
	notEqual
	less
	lessOrEqual
	greater
	greaterOrEqual
	binaryOperations
)

// binaryScalar defines the binary operations.
var binaryScalar = [binaryOperations]func(x, y float32) float32{
	add:            func(x, y float32) float32 { return x + y },
	sub:            func(x, y float32) float32 { return x - y },
	mul:            func(x, y float32) float32 { return x * y },
	div:            func(x, y float32) float32 { return x / y },
	maximum:        func(x, y float32) float32 { return max(x, y) },
	minimum:        func(x, y float32) float32 { return min(x, y) },
	equal:          func(x, y float32) float32 { return indicator(x == y) },
	notEqual:       func(x, y float32) float32 { return indicator(x != y) },
	less:           func(x, y float32) float32 { return indicator(x < y) },
	lessOrEqual:    func(x, y float32) float32 { return indicator(x <= y) },
	greater:        func(x, y float32) float32 { return indicator(x > y) },
	greaterOrEqual: func(x, y float32) float32 { return indicator(x >= y) },
}

type unaryOperation int

const (
	negate unaryOperation = iota
	absolute
	squareRoot
	roundDown
	exponential
	logarithm
	unaryOperations
)

// unaryScalar defines the unary operations.
var unaryScalar = [unaryOperations]func(x float32) float32{
	negate:      func(x float32) float32 { return -x },
	absolute:    func(x float32) float32 { return math.Float32frombits(math.Float32bits(x) &^ (1 << 31)) },
	squareRoot:  func(x float32) float32 { return float32(math.Sqrt(float64(x))) },
	roundDown:   func(x float32) float32 { return float32(math.Floor(float64(x))) },
	exponential: exp,
	logarithm:   log,
}

func indicator(condition bool) float32 {
	if condition {
		return 1
	}
	return 0
}

// Add sets dst to a + b.
func Add(dst, a, b []float32) { binary(add, dst, a, b) }

// Sub sets dst to a - b.
func Sub(dst, a, b []float32) { binary(sub, dst, a, b) }

// Mul sets dst to a b.
func Mul(dst, a, b []float32) { binary(mul, dst, a, b) }

// Div sets dst to a / b.
func Div(dst, a, b []float32) { binary(div, dst, a, b) }

// Max sets dst to the greater of a and b: NaN where either is, and -0 is less than +0.
func Max(dst, a, b []float32) { binary(maximum, dst, a, b) }

// Min sets dst to the lesser of a and b: NaN where either is, and -0 is less than +0.
func Min(dst, a, b []float32) { binary(minimum, dst, a, b) }

// Eq sets dst to 1 where a == b, to 0 elsewhere.
func Eq(dst, a, b []float32) { binary(equal, dst, a, b) }

// Ne sets dst to 1 where a != b, to 0 elsewhere. NaN differs from everything.
func Ne(dst, a, b []float32) { binary(notEqual, dst, a, b) }

// Lt sets dst to 1 where a < b, to 0 elsewhere.
func Lt(dst, a, b []float32) { binary(less, dst, a, b) }

// Le sets dst to 1 where a <= b, to 0 elsewhere.
func Le(dst, a, b []float32) { binary(lessOrEqual, dst, a, b) }

// Gt sets dst to 1 where a > b, to 0 elsewhere.
func Gt(dst, a, b []float32) { binary(greater, dst, a, b) }

// Ge sets dst to 1 where a >= b, to 0 elsewhere.
func Ge(dst, a, b []float32) { binary(greaterOrEqual, dst, a, b) }

// Neg sets dst to -a.
func Neg(dst, a []float32) { unary(negate, dst, a) }

// Abs sets dst to the absolute value of a.
func Abs(dst, a []float32) { unary(absolute, dst, a) }

// Sqrt sets dst to the square root of a: NaN where a is negative.
func Sqrt(dst, a []float32) { unary(squareRoot, dst, a) }

// Floor sets dst to the greatest integer not above a.
func Floor(dst, a []float32) { unary(roundDown, dst, a) }

// Exp sets dst to the exponential of a, correctly rounded but for rare last bits.
func Exp(dst, a []float32) { unary(exponential, dst, a) }

// Log sets dst to the natural logarithm of a, correctly rounded but for rare last bits: -Inf for zeros, NaN where a is
// negative.
func Log(dst, a []float32) { unary(logarithm, dst, a) }

// Pow sets dst to a to the power b, with the special cases of math.Pow.
func Pow(dst, a, b []float32) {
	a, b = operand(a, dst), operand(b, dst)
	for i := range dst {
		dst[i] = float32(math.Pow(float64(at(a, i)), float64(at(b, i))))
	}
}

// Select sets dst to a where condition is not 0 (NaN is not), to b elsewhere.
func Select(dst, condition, a, b []float32) {
	condition, a, b = operand(condition, dst), operand(a, dst), operand(b, dst)
	start := 0
	for vectors := wholeVectors(len(dst)); start < vectors; {
		end := min(start+callValues, vectors)
		active.choose(dst[start:end], part(condition, start, end), part(a, start, end), part(b, start, end))
		start = end
	}
	for i := start; i < len(dst); i++ {
		if at(condition, i) != 0 {
			dst[i] = at(a, i)
		} else {
			dst[i] = at(b, i)
		}
	}
}

func binary(operation binaryOperation, dst, a, b []float32) {
	a, b = operand(a, dst), operand(b, dst)
	start := 0
	for vectors := wholeVectors(len(dst)); start < vectors; {
		end := min(start+callValues, vectors)
		active.binary[operation](dst[start:end], part(a, start, end), part(b, start, end))
		start = end
	}
	f := binaryScalar[operation]
	for i := start; i < len(dst); i++ {
		dst[i] = f(at(a, i), at(b, i))
	}
}

func unary(operation unaryOperation, dst, a []float32) {
	a = operand(a, dst)
	start := 0
	for vectors := wholeVectors(len(dst)); start < vectors; {
		end := min(start+callValues, vectors)
		active.unary[operation](dst[start:end], part(a, start, end))
		start = end
	}
	f := unaryScalar[operation]
	for i := start; i < len(dst); i++ {
		dst[i] = f(at(a, i))
	}
}

// wholeVectors returns how many of n values the active path's maps can do.
func wholeVectors(n int) int {
	if active.choose == nil {
		return 0
	}
	return n - n%active.lanes
}

// operand checks that a has one value or as many as dst.
func operand(a, dst []float32) []float32 {
	if len(a) == 1 {
		return a
	}
	return a[:len(dst)]
}

// part is an operand over [start, end) of dst.
func part(a []float32, start, end int) []float32 {
	if len(a) == 1 {
		return a
	}
	return a[start:end]
}

// at is value i of an operand.
func at(a []float32, i int) float32 {
	if len(a) == 1 {
		return a[0]
	}
	return a[i]
}
