package main

import (
	"math/big"

	"github.com/vnlang/vn/runtime/cpu/cooktoom"
)

// term is a multiple of a value.
type term struct {
	value  int
	factor *big.Rat
}

// linear is a sum of terms.
type linear []term

// of returns the factor of a value, nil if there is no such term.
func (l linear) of(value int) *big.Rat {
	for _, t := range l {
		if t.value == value {
			return t.factor
		}
	}
	return nil
}

// program computes the rows of a matrix times a column. Values 0 to inputs-1 are the column's elements; those after are
// the shared sums, each of two values before it.
type program struct {
	inputs int
	shared []linear
	rows   []linear
}

// pair is two values in a fixed proportion: the first plus ratio times the second.
type pair struct {
	first, second int
	ratio         string
}

// newProgram finds the sums that the rows of a matrix have in common, up to a factor, and computes each once: again and
// again the pair of values that most rows contain in one proportion becomes a value of its own. In the matrices of
// points in pairs p, -p that finds the even and the odd part of the two rows.
func newProgram(matrix [][]*big.Rat) program {
	p := program{inputs: len(matrix[0])}
	for _, row := range matrix {
		var sum linear
		for k, factor := range row {
			if factor.Sign() != 0 {
				sum = append(sum, term{k, factor})
			}
		}
		p.rows = append(p.rows, sum)
	}
	for {
		best, uses := p.commonPair()
		if uses < 2 {
			return p
		}
		p.share(best)
	}
}

// commonPair returns the pair that most rows contain, the first such in the order of the rows.
func (p *program) commonPair() (best pair, uses int) {
	count := map[pair]int{}
	var order []pair
	for _, row := range p.rows {
		for i, a := range row {
			for _, b := range row[i+1:] {
				key := pair{a.value, b.value, new(big.Rat).Quo(b.factor, a.factor).String()}
				if count[key]++; count[key] == 1 {
					order = append(order, key)
				}
			}
		}
	}
	for _, key := range order {
		if count[key] > uses {
			best, uses = key, count[key]
		}
	}
	return best, uses
}

// share makes a value of a pair. The value that keeps its factor is the one whose factor is 1 in more rows, because the
// sum then has that factor too.
func (p *program) share(common pair) {
	ratio, _ := new(big.Rat).SetString(common.ratio)
	value := p.inputs + len(p.shared)
	uses := func(row linear) bool {
		a, b := row.of(common.first), row.of(common.second)
		return a != nil && b != nil && new(big.Rat).Quo(b, a).Cmp(ratio) == 0
	}
	var firstOnes, secondOnes int
	for _, row := range p.rows {
		if uses(row) {
			firstOnes += boolInt(isOne(row.of(common.first)))
			secondOnes += boolInt(isOne(row.of(common.second)))
		}
	}
	lead := common.first
	sum := linear{{common.first, big.NewRat(1, 1)}, {common.second, ratio}}
	if secondOnes > firstOnes {
		lead = common.second
		sum = linear{{common.second, big.NewRat(1, 1)}, {common.first, new(big.Rat).Inv(ratio)}}
	}
	for i, row := range p.rows {
		if !uses(row) {
			continue
		}
		var rest linear
		for _, t := range row {
			if t.value != common.first && t.value != common.second {
				rest = append(rest, t)
			}
		}
		p.rows[i] = append(rest, term{value, row.of(lead)})
	}
	p.shared = append(p.shared, sum)
}

// constants returns the magnitudes that the program multiplies by, other than 1, each once.
func (p *program) constants() []float32 {
	var list []float32
	seen := map[float32]bool{1: true}
	for _, sum := range append(append([]linear{}, p.shared...), p.rows...) {
		for _, t := range sum {
			if c := magnitude(t.factor); !seen[c] {
				seen[c] = true
				list = append(list, c)
			}
		}
	}
	return list
}

func magnitude(x *big.Rat) float32 {
	value, _ := new(big.Rat).Abs(x).Float32()
	return value
}

func isOne(x *big.Rat) bool { return x.Cmp(big.NewRat(1, 1)) == 0 }

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// algorithms are the F(m, r) that have assembly.
var algorithms = [][2]int{{4, 5}, {2, 5}, {4, 3}, {2, 3}, {1, 1}}

// side is a matrix of an algorithm by the name that its functions begin with.
type side struct {
	name   string
	matrix func(a *cooktoom.Algorithm) [][]*big.Rat
	rows   bool // whether there is a RowTransformFunc
}

var sideList = []side{
	{"input", func(a *cooktoom.Algorithm) [][]*big.Rat { return a.Input }, true},
	{"output", func(a *cooktoom.Algorithm) [][]*big.Rat { return a.Output }, false},
	{"gradient", func(a *cooktoom.Algorithm) [][]*big.Rat { return cooktoom.Transpose(a.Output) }, true},
	{"weight", func(a *cooktoom.Algorithm) [][]*big.Rat { return a.Weight }, false},
	{"weightGradient", func(a *cooktoom.Algorithm) [][]*big.Rat { return cooktoom.Transpose(a.Weight) }, false},
}
