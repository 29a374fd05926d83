package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// tile emits a register tile of rows by vectors: for every product, each vector of voxels is loaded once and each
// row's weight is broadcast once, for rows*vectors multiply-adds.
func (e *emitter) tile(rows, vectors int) {
	e.function(fmt.Sprintf("tile%dx%d", rows, vectors),
		"func(table []int32, a []float32, aRow int, packed []float32, c []float32, cRow int, add bool)",
		fmt.Sprintf("is a tileFunc of %d rows by %d voxels.", rows, vectors*e.lanes))
	restore := e.flush()
	table, a, packed, c := e.base("table"), e.base("a"), e.base("packed"), e.base("c")
	pairs := e.GP64()
	e.Load(e.Param("table").Len(), pairs)
	e.SHRQ(operand.Imm(1), pairs)

	aRows := e.rowOffsets(e.floats("aRow"), rows)
	cRow := e.floats("cRow")
	row := e.GP64()
	sums := e.vectors(rows * vectors)
	add := e.GP8()
	e.Load(e.Param("add"), add)
	e.TESTB(add, add)
	e.JZ(operand.LabelRef("zero"))
	e.MOVQ(c, row)
	for r := range rows {
		for v := range vectors {
			e.VMOVUPS(operand.Mem{Base: row, Disp: v * e.bytes()}, sums[r*vectors+v])
		}
		if r < rows-1 {
			e.ADDQ(cRow, row)
		}
	}
	e.JMP(operand.LabelRef("products"))
	e.Label("zero")
	for _, sum := range sums {
		e.zero(sum)
	}

	e.Label("products")
	voxels, weight := e.vectors(vectors), e.vector()
	at, weights := e.GP64(), e.GP64()
	e.MOVLQSX(operand.Mem{Base: table}, at)
	e.MOVLQSX(operand.Mem{Base: table, Disp: 4}, weights)
	e.ADDQ(operand.Imm(8), table)
	e.LEAQ(operand.Mem{Base: a, Index: weights, Scale: 4}, weights)
	for v, voxel := range voxels {
		e.VMOVUPS(operand.Mem{Base: packed, Index: at, Scale: 4, Disp: v * e.bytes()}, voxel)
	}
	for r := range rows {
		e.VBROADCASTSS(aRows[r].of(weights), weight)
		for v, voxel := range voxels {
			e.VFMADD231PS(voxel, weight, sums[r*vectors+v])
		}
	}
	e.DECQ(pairs)
	e.JNZ(operand.LabelRef("products"))

	for r := range rows {
		for v := range vectors {
			e.VMOVUPS(sums[r*vectors+v], operand.Mem{Base: c, Disp: v * e.bytes()})
		}
		if r < rows-1 {
			e.ADDQ(cRow, c)
		}
	}
	restore()
	e.VZEROUPPER()
	e.RET()
}

// rowOffset is a multiple of a distance, as an index and a scale that an address can hold.
type rowOffset struct {
	index reg.Register
	scale uint8
}

// of returns the operand at that offset from base.
func (o rowOffset) of(base reg.Register) operand.Mem {
	if o.index == nil {
		return operand.Mem{Base: base}
	}
	return operand.Mem{Base: base, Index: o.index, Scale: o.scale}
}

// rowOffsets returns the offsets of up to eight rows: every multiple of distance up to 7 is 1, 3, 5 or 7 times it,
// times a scale of 1, 2 or 4.
func (e *emitter) rowOffsets(distance reg.GPVirtual, rows int) []rowOffset {
	odd := map[int]reg.Register{1: distance}
	for n := 3; n < rows; n += 2 {
		multiple := e.GP64()
		if n == 7 {
			e.LEAQ(operand.Mem{Base: odd[3], Index: distance, Scale: 4}, multiple)
		} else {
			e.LEAQ(operand.Mem{Base: distance, Index: distance, Scale: uint8(n - 1)}, multiple)
		}
		odd[n] = multiple
	}
	offsets := make([]rowOffset, rows)
	for r := 1; r < rows; r++ {
		n, scale := r, uint8(1)
		for n%2 == 0 {
			n, scale = n/2, scale*2
		}
		offsets[r] = rowOffset{odd[n], scale}
	}
	return offsets
}
