package main

import (
	"fmt"
	"math/big"
	"testing"

	"github.com/vnlang/vn/runtime/cpu/cooktoom"
)

// TestProgram evaluates the programs exactly on unit columns, which must give the matrix back.
func TestProgram(t *testing.T) {
	for _, mr := range algorithms {
		a := cooktoom.New(mr[0], mr[1])
		for _, side := range sideList {
			matrix := side.matrix(a)
			p := newProgram(matrix)
			for column := range p.inputs {
				values := make([]*big.Rat, p.inputs)
				for k := range values {
					values[k] = new(big.Rat)
				}
				values[column].SetInt64(1)
				for _, sum := range p.shared {
					values = append(values, evaluate(sum, values))
				}
				for j, row := range p.rows {
					if got := evaluate(row, values); got.Cmp(matrix[j][column]) != 0 {
						t.Errorf("F(%d, %d) %s: element %d, %d is %v, want %v", a.M, a.R, side.name, j, column, got, matrix[j][column])
					}
				}
			}
		}
	}
}

func evaluate(sum linear, values []*big.Rat) *big.Rat {
	result := new(big.Rat)
	for _, t := range sum {
		result.Add(result, new(big.Rat).Mul(t.factor, values[t.value]))
	}
	return result
}

// The even and odd parts of the transforms of F(4, 5) are found: counted by hand, its input transform takes 24
// operations, its output transform 16 and the transpose of that 12.
func TestProgramShares(t *testing.T) {
	a := cooktoom.New(4, 5)
	got := ""
	for _, side := range sideList[:3] {
		p := newProgram(side.matrix(a))
		operations := 0
		for _, sums := range [][]linear{p.shared, p.rows} {
			for _, sum := range sums {
				operations += len(sum) - 1
			}
		}
		got += fmt.Sprint(side.name, " ", operations, " ")
	}
	if want := "input 24 output 16 gradient 12 "; got != want {
		t.Errorf("operations are %s, want %s", got, want)
	}
}
