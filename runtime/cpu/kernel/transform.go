package kernel

import (
	"math/big"
	"unsafe"

	"github.com/vnlang/vn/runtime/cpu/cooktoom"
)

// Side says which matrix of a minimal algorithm F(m, r) with n = m+r-1 points a transform applies (package cooktoom).
type Side int

// The sides of F(m, r).
const (
	SideInput          Side = iota // B^T: n inputs to n points
	SideOutput                     // A^T: n points to m outputs
	SideGradient                   // A: m gradients of the output to n points
	SideWeight                     // G: r taps to n points
	SideWeightGradient             // G^T: n points to gradients of r taps
	sides
)

// TransformFunc applies a matrix to columns of vectors of 16 lanes. For o < outer, i < inner and every row j of Matrix,
//
//	dst[o*dstOuter+i*dstInner+j*dstStride ..+16] =
//		sum over k of Matrix[j][k] * src[o*srcOuter+i*srcInner+k*srcStride ..+16]
//
// with all distances in floats, none negative. Every column is read before it is written, so that dst may be src with
// the same distances. It panics, before it touches anything, if a column does not lie in its slice. Calls should stay
// below some ten thousand columns, because the scheduler cannot interrupt assembly.
type TransformFunc func(dst, src []float32, dstStride, srcStride, inner, dstInner, srcInner, outer, dstOuter, srcOuter int)

// RowTransformFunc is a TransformFunc of one row of columns (outer is 1) whose k-th operand begins at rows[k], so that a
// row outside an image can be a row of zeros. The caller answers for (inner-1)*srcInner+16 floats after each pointer.
type RowTransformFunc func(dst []float32, dstStride int, rows []*float32, inner, dstInner, srcInner int)

// transformSet is the transforms of one algorithm.
type transformSet struct {
	columns [sides]TransformFunc
	rows    [sides]RowTransformFunc // SideInput and SideGradient alone
}

// Transform returns the transform of a side of F(m, r) on the implementation in use now, or nil if there is no such
// algorithm.
func Transform(m, r int, side Side) TransformFunc {
	rows, columns := side.shape(m, r)
	f := active.transforms[[2]int{m, r}].columns[side]
	if f == nil {
		a := cooktoom.New(m, r)
		if a == nil {
			return nil
		}
		f = portableTransform(side.matrix(a))
	}
	return func(dst, src []float32, dstStride, srcStride, inner, dstInner, srcInner, outer, dstOuter, srcOuter int) {
		if inner <= 0 || outer <= 0 {
			return
		}
		check(dst, rows, dstStride, inner, dstInner, outer, dstOuter)
		check(src, columns, srcStride, inner, srcInner, outer, srcOuter)
		f(dst, src, dstStride, srcStride, inner, dstInner, srcInner, outer, dstOuter, srcOuter)
	}
}

// RowTransform returns the same of one row, for SideInput and SideGradient, or nil if there is no such algorithm.
func RowTransform(m, r int, side Side) RowTransformFunc {
	if side != SideInput && side != SideGradient {
		return nil
	}
	points, operands := side.shape(m, r)
	f := active.transforms[[2]int{m, r}].rows[side]
	if f == nil {
		a := cooktoom.New(m, r)
		if a == nil {
			return nil
		}
		f = portableRowTransform(side.matrix(a))
	}
	return func(dst []float32, dstStride int, rows []*float32, inner, dstInner, srcInner int) {
		if inner <= 0 {
			return
		}
		check(dst, points, dstStride, inner, dstInner, 1, 0)
		f(dst, dstStride, rows[:operands], inner, dstInner, srcInner)
	}
}

// check panics unless the vectors at all sums of multiples below count of a distance lie in s.
func check(s []float32, count0, distance0, count1, distance1, count2, distance2 int) {
	if distance0|distance1|distance2 < 0 {
		panic("kernel: negative distance between vectors")
	}
	_ = s[(count0-1)*distance0+(count1-1)*distance1+(count2-1)*distance2+Lanes-1]
}

// shape returns the rows and columns of a side's matrix.
func (side Side) shape(m, r int) (rows, columns int) {
	n := m + r - 1
	switch side {
	case SideInput:
		return n, n
	case SideOutput:
		return m, n
	case SideGradient:
		return n, m
	case SideWeight:
		return n, r
	default:
		return r, n
	}
}

// matrix returns a side's matrix, rounded to float32.
func (side Side) matrix(a *cooktoom.Algorithm) [][]float32 {
	var exact [][]*big.Rat
	switch side {
	case SideInput:
		exact = a.Input
	case SideOutput:
		exact = a.Output
	case SideGradient:
		exact = cooktoom.Transpose(a.Output)
	case SideWeight:
		exact = a.Weight
	default:
		exact = cooktoom.Transpose(a.Weight)
	}
	rounded := make([][]float32, len(exact))
	for j, row := range exact {
		for _, x := range row {
			value, _ := x.Float32()
			rounded[j] = append(rounded[j], value)
		}
	}
	return rounded
}

// maxPoints bounds the rows and columns of a matrix.
const maxPoints = 8

func portableTransform(matrix [][]float32) TransformFunc {
	return func(dst, src []float32, dstStride, srcStride, inner, dstInner, srcInner, outer, dstOuter, srcOuter int) {
		var column [maxPoints][Lanes]float32
		for o := range outer {
			for i := range inner {
				for k := range matrix[0] {
					copy(column[k][:], src[o*srcOuter+i*srcInner+k*srcStride:][:Lanes])
				}
				multiplyColumn(matrix, &column, dst[o*dstOuter+i*dstInner:], dstStride)
			}
		}
	}
}

func portableRowTransform(matrix [][]float32) RowTransformFunc {
	return func(dst []float32, dstStride int, rows []*float32, inner, dstInner, srcInner int) {
		var column [maxPoints][Lanes]float32
		for i := range inner {
			for k, row := range rows {
				copy(column[k][:], unsafe.Slice(row, i*srcInner+Lanes)[i*srcInner:])
			}
			multiplyColumn(matrix, &column, dst[i*dstInner:], dstStride)
		}
	}
}

// multiplyColumn sets dst to the product of the matrix and a column of vectors.
func multiplyColumn(matrix [][]float32, column *[maxPoints][Lanes]float32, dst []float32, stride int) {
	for j, row := range matrix {
		var sum [Lanes]float32
		for k, c := range row {
			if c == 0 {
				continue
			}
			for lane, value := range &column[k] {
				sum[lane] += c * value
			}
		}
		copy(dst[j*stride:][:Lanes], sum[:])
	}
}
