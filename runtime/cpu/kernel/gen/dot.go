package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/gotypes"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const dotRows = 4

// dot emits a row of tiles of the weight gradient. A tile is some rows of the output's gradient times the packed input
// at several taps, one vector accumulator each, which are summed across their lanes at the end. What moves on from
// tile to tile is kept in the arguments' own memory, because the tile needs the registers.
func (e *emitter) dot() {
	e.function("dot",
		"func(tiles int, planes int, length int, y []float32, yRow int, yPlane int, packed []float32, packedPlane int, offsets []int32, acc []float32)",
		fmt.Sprintf("is a dotFunc of %d taps.", e.dotTaps))
	restore := e.flush()
	e.Label("tile")
	planes, length := e.integer("planes"), e.floats("length")
	rows := []reg.Register{e.base("y")}
	yRow := e.floats("yRow")
	for r := 1; r < dotRows; r++ {
		row := e.GP64()
		e.LEAQ(operand.Mem{Base: rows[r-1], Index: yRow, Scale: 1}, row)
		rows = append(rows, row)
	}
	packed, offsets := e.base("packed"), e.base("offsets")
	var taps []reg.Register
	for t := range e.dotTaps {
		tap := e.GP64()
		e.MOVLQSX(operand.Mem{Base: offsets, Disp: 4 * t}, tap)
		e.LEAQ(operand.Mem{Base: packed, Index: tap, Scale: 4}, tap)
		taps = append(taps, tap)
	}
	sums := e.vectors(dotRows * e.dotTaps) // [tap][row]
	for _, sum := range sums {
		e.zero(sum)
	}

	e.Label("plane")
	at := e.GP64()
	e.XORQ(at, at)
	e.Label("voxels")
	var gradients []reg.VecVirtual
	if e.lanes == 16 {
		gradients = e.vectors(dotRows)
		for r, row := range rows {
			e.VMOVUPS(operand.Mem{Base: row, Index: at, Scale: 1}, gradients[r])
		}
		voxel := e.vector()
		for t, tap := range taps {
			e.VMOVUPS(operand.Mem{Base: tap, Index: at, Scale: 1}, voxel)
			for r := range rows {
				e.VFMADD231PS(voxel, gradients[r], sums[t*dotRows+r])
			}
		}
	} else {
		// Sixteen registers hold the twelve sums, the taps, and one row at a time.
		voxels, gradient := e.vectors(len(taps)), e.vector()
		for t, tap := range taps {
			e.VMOVUPS(operand.Mem{Base: tap, Index: at, Scale: 1}, voxels[t])
		}
		for r, row := range rows {
			e.VMOVUPS(operand.Mem{Base: row, Index: at, Scale: 1}, gradient)
			for t := range taps {
				e.VFMADD231PS(voxels[t], gradient, sums[t*dotRows+r])
			}
		}
	}
	e.ADDQ(operand.Imm(uint64(e.bytes())), at)
	e.CMPQ(at, length)
	e.JB(operand.LabelRef("voxels"))
	e.advance(rows, "yPlane")
	e.advance(taps, "packedPlane")
	e.DECQ(planes)
	e.JNZ(operand.LabelRef("plane"))

	acc := e.base("acc")
	var totals []reg.VecVirtual
	for t := range taps {
		totals = append(totals, e.sumFour(sums[t*dotRows:][:dotRows]))
	}
	if e.lanes == 16 {
		e.addTo(e.sumBlocks(e.pairBlocks(totals[0], totals[1]), e.pairBlocks(totals[2], totals[3])), operand.Mem{Base: acc})
		last := e.pairBlocks(totals[4], totals[5])
		e.addTo(e.sumBlocks(last, last).AsY(), operand.Mem{Base: acc, Disp: 64})
	} else {
		for t, total := range totals {
			high := e.XMM()
			e.VEXTRACTF128(operand.Imm(1), total, high)
			e.VADDPS(total.AsX(), high, high)
			e.addTo(high, operand.Mem{Base: acc, Disp: 16 * t})
		}
	}
	e.ADDQ(operand.Imm(uint64(4*e.dotTaps)), e.argument(e.Param("offsets").Base()))
	e.ADDQ(operand.U32(4*dotRows*e.dotTaps), e.argument(e.Param("acc").Base()))
	e.DECQ(e.argument(e.Param("tiles")))
	e.JNZ(operand.LabelRef("tile"))
	restore()
	e.VZEROUPPER()
	e.RET()
}

// argument is an argument's own memory.
func (e *emitter) argument(component gotypes.Component) operand.Mem {
	basic, err := component.Resolve()
	if err != nil {
		panic(err) // the signature above has no such argument
	}
	return basic.Addr
}

// advance moves pointers on by a number of values that a parameter holds.
func (e *emitter) advance(pointers []reg.Register, parameter string) {
	distance := e.floats(parameter)
	for _, pointer := range pointers {
		e.ADDQ(distance, pointer)
	}
}

// sumFour returns, in every block of four lanes, the sums of the block's lanes of each of the four vectors.
func (e *emitter) sumFour(v []reg.VecVirtual) reg.VecVirtual {
	pair := func(a, b reg.VecVirtual) reg.VecVirtual {
		low, high := e.vector(), e.vector()
		e.VUNPCKLPS(b, a, low)
		e.VUNPCKHPS(b, a, high)
		e.VADDPS(low, high, low)
		return low
	}
	left, right := pair(v[0], v[1]), pair(v[2], v[3])
	low, high := e.vector(), e.vector()
	e.VUNPCKLPD(right, left, low)
	e.VUNPCKHPD(right, left, high)
	e.VADDPS(low, high, low)
	return low
}

// pairBlocks adds the upper half of each of two vectors to its lower half, and puts a's sum before b's.
func (e *emitter) pairBlocks(a, b reg.VecVirtual) reg.VecVirtual {
	return e.shuffleAdd(a, b, 0x44, 0xEE)
}

// sumBlocks adds the odd blocks of four lanes to the even ones before them, first a's then b's.
func (e *emitter) sumBlocks(a, b reg.VecVirtual) reg.VecVirtual {
	return e.shuffleAdd(a, b, 0x88, 0xDD)
}

func (e *emitter) shuffleAdd(a, b reg.VecVirtual, first, second uint64) reg.VecVirtual {
	x, y := e.vector(), e.vector()
	e.VSHUFF32X4(operand.Imm(first), b, a, x)
	e.VSHUFF32X4(operand.Imm(second), b, a, y)
	e.VADDPS(x, y, x)
	return x
}

// addTo adds a vector to memory.
func (e *emitter) addTo(v reg.Register, at operand.Mem) {
	e.VADDPS(at, v, v)
	e.VMOVUPS(v, at)
}
