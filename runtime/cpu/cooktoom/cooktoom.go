// Package cooktoom holds the one-dimensional minimal algorithms of fast convolution, with exact coefficients.
//
// F(m, r) computes m neighbouring outputs of a correlation with r taps,
//
//	y[i] = sum over j < r of d[i+j] g[j],  i < m,
//
// from n = m+r-1 inputs by n multiplications instead of m r:
//
//	y = Output ((Weight g) * (Input d)),  * element by element.
//
// It is Toom's and Cook's multiplication of polynomials by evaluation at n points, one of which is infinity, and
// interpolation, transposed (A. L. Toom 1963; S. Winograd, Arithmetic Complexity of Computations, 1980; A. Lavin and
// S. Gray, Fast Algorithms for Convolutional Neural Networks, 2016, who write A^T, G and B^T). In several dimensions
// each matrix is applied along each axis in turn, and the savings multiply.
//
// The result is exact over the rationals for any distinct points. In floating point the points decide how much of the
// accuracy is left: the sets here are small fractions whose numerators and denominators are powers of two, in pairs of
// opposite sign where that helps, so that most products in a transform are exact.
package cooktoom

import "math/big"

// Algorithm is F(M, R). Rows and columns of the matrices that belong to a point are in the order of Points, then
// infinity.
type Algorithm struct {
	M, R   int
	Points []*big.Rat   // the N-1 finite points; none if R is 1
	Input  [][]*big.Rat // [N][N], applied to the input
	Weight [][]*big.Rat // [N][R], applied to the taps
	Output [][]*big.Rat // [M][N], applied to the products
}

// N is the number of inputs, and of multiplications.
func (a *Algorithm) N() int { return a.M + a.R - 1 }

// maxIdentity bounds the M of F(M, 1).
const maxIdentity = 8

// New returns F(m, r) for (4, 5), (2, 5), (4, 3) and (2, 3), and F(m, 1) for m up to 8, which is the identity. There
// is no other: it returns nil then.
func New(m, r int) *Algorithm {
	if r == 1 && 1 <= m && m <= maxIdentity {
		return identity(m)
	}
	var points []*big.Rat
	switch [2]int{m, r} {
	case [2]int{4, 5}:
		points = rationals("0", "1", "-1", "2", "-2", "1/2", "-1/2")
	case [2]int{2, 5}, [2]int{4, 3}:
		points = rationals("0", "1", "-1", "2", "-1/2")
	case [2]int{2, 3}:
		points = rationals("0", "1", "-1")
	default:
		return nil
	}
	return atPoints(m, r, points)
}

// atPoints returns F(m, r) from its m+r-2 finite points. Let f(p) be the product of p-q over the other finite points q.
// Then the rows of a finite point p are: of Weight, 1, p, p^2, ... over f(p); of Input, the coefficients of the product
// of x-q over the other finite points q; of the transpose of Output, 1, p, p^2, .... Those of infinity are the last
// tap, the product over all finite points, and the last output.
func atPoints(m, r int, points []*big.Rat) *Algorithm {
	a := &Algorithm{M: m, R: r, Points: points}
	n := a.N()
	a.Input, a.Weight, a.Output = zeros(n, n), zeros(n, r), zeros(m, n)
	for i, p := range points {
		var others []*big.Rat
		f := big.NewRat(1, 1)
		for k, q := range points {
			if k != i {
				others = append(others, q)
				f.Mul(f, new(big.Rat).Sub(p, q))
			}
		}
		copy(a.Input[i], withRoots(others))
		power := big.NewRat(1, 1)
		for j := range max(m, r) {
			if j < r {
				a.Weight[i][j].Quo(power, f)
			}
			if j < m {
				a.Output[j][i].Set(power)
			}
			power.Mul(power, p)
		}
	}
	copy(a.Input[n-1], withRoots(points))
	a.Weight[n-1][r-1].SetInt64(1)
	a.Output[m-1][n-1].SetInt64(1)
	return a
}

// identity returns F(m, 1): products of m inputs with one tap.
func identity(m int) *Algorithm {
	a := &Algorithm{M: m, R: 1, Input: zeros(m, m), Weight: zeros(m, 1), Output: zeros(m, m)}
	for i := range m {
		a.Input[i][i].SetInt64(1)
		a.Weight[i][0].SetInt64(1)
		a.Output[i][i].SetInt64(1)
	}
	return a
}

// withRoots returns the coefficients, lowest first, of the product of x-q over the roots q.
func withRoots(roots []*big.Rat) []*big.Rat {
	polynomial := []*big.Rat{big.NewRat(1, 1)}
	for _, q := range roots {
		next := zeros(1, len(polynomial)+1)[0]
		for j, c := range polynomial {
			next[j].Sub(next[j], new(big.Rat).Mul(q, c))
			next[j+1].Add(next[j+1], c)
		}
		polynomial = next
	}
	return polynomial
}

// Transpose returns the transpose of a matrix, which shares its elements.
func Transpose(a [][]*big.Rat) [][]*big.Rat {
	t := make([][]*big.Rat, len(a[0]))
	for j := range t {
		for _, row := range a {
			t[j] = append(t[j], row[j])
		}
	}
	return t
}

func zeros(rows, columns int) [][]*big.Rat {
	a := make([][]*big.Rat, rows)
	for i := range a {
		for range columns {
			a[i] = append(a[i], new(big.Rat))
		}
	}
	return a
}

func rationals(texts ...string) []*big.Rat {
	var list []*big.Rat
	for _, text := range texts {
		value, ok := new(big.Rat).SetString(text)
		if !ok {
			panic("cooktoom: " + text + " is no rational number")
		}
		list = append(list, value)
	}
	return list
}
