package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// products emits the products of blocked maps, for one and for two vectors.
func (e *emitter) products() {
	for vectors := 1; vectors <= 2; vectors++ {
		e.multiply(vectors)
		e.multiplySteps(vectors)
		e.outer(vectors)
	}
}

// grid is the register tile of a product: some rows by the vector registers of some blocks of lanes.
type grid struct {
	rows, blocks int
	sums         []reg.VecVirtual // [row][register]
	vectors      []reg.VecVirtual // of the right-hand side
	scalar       reg.VecVirtual   // of the left-hand side, in every lane
}

// grid returns a cleared tile.
func (e *emitter) grid(rows, blocks int) grid {
	registers := blocks * blockBytes / e.bytes()
	g := grid{rows, blocks, e.vectors(rows * registers), e.vectors(registers), e.vector()}
	for _, sum := range g.sums {
		e.zero(sum)
	}
	return g
}

// term adds the products of a scalar for each row with the blocks of lanes.
func (e *emitter) term(g *grid, scalar func(row int) operand.Mem, block func(block int) operand.Mem) {
	perBlock := blockBytes / e.bytes()
	for i, v := range g.vectors {
		e.VMOVUPS(block(i/perBlock).Offset(i%perBlock*e.bytes()), v)
	}
	for r := range g.rows {
		e.VBROADCASTSS(scalar(r), g.scalar)
		for i, v := range g.vectors {
			e.VFMADD231PS(v, g.scalar, g.sums[r*len(g.vectors)+i])
		}
	}
}

// put stores the tile's sums, or adds them to what is there if the parameter add is set. c is left at the last row.
func (e *emitter) put(g *grid, label string, c, cRow, cVector reg.Register) {
	perBlock := blockBytes / e.bytes()
	at := func(i int) operand.Mem {
		m := operand.Mem{Base: c, Disp: i % perBlock * e.bytes()}
		if i >= perBlock {
			m.Index, m.Scale = cVector, 1
		}
		return m
	}
	add := e.GP8()
	e.Load(e.Param("add"), add)
	e.TESTB(add, add)
	e.JZ(operand.LabelRef(label))
	first := e.GP64()
	e.MOVQ(c, first)
	for r := range g.rows {
		for i := range g.vectors {
			e.VADDPS(at(i), g.sums[r*len(g.vectors)+i], g.sums[r*len(g.vectors)+i])
		}
		e.ADDQ(cRow, c)
	}
	e.MOVQ(first, c)
	e.Label(label)
	for r := range g.rows {
		for i := range g.vectors {
			e.VMOVUPS(g.sums[r*len(g.vectors)+i], at(i))
		}
		if r < g.rows-1 {
			e.ADDQ(cRow, c)
		}
	}
}

// passes returns how many blocks of lanes a tile takes at once, and at which the passes over them begin.
func (e *emitter) passes(vectors int) (blocks int, starts []int) {
	blocks = min(vectors, e.lanes*2/16)
	for v := 0; v < vectors; v += blocks {
		starts = append(starts, v)
	}
	return blocks, starts
}

// groups emits body for groups of rows of every height of the set, while that many rows are left. body gets the number
// of rows and a suffix for its labels. The addresses of the rows are kept in the arguments' own memory.
func (e *emitter) groups(aRow, cRow reg.Register, body func(rows int, suffix string)) {
	step := e.GP64()
	for i, height := range e.groupRows {
		suffix := fmt.Sprint(height)
		next := "end"
		if i+1 < len(e.groupRows) {
			next = fmt.Sprint("rows", e.groupRows[i+1])
		}
		e.Label("rows" + suffix)
		e.CMPQ(e.argument(e.Param("rows")), operand.Imm(uint64(height)))
		e.JL(operand.LabelRef(next))
		body(height, suffix)
		for _, slice := range []struct {
			name string
			row  reg.Register
		}{{"a", aRow}, {"c", cRow}} {
			e.IMUL3Q(operand.Imm(uint64(height)), slice.row, step)
			e.ADDQ(step, e.argument(e.Param(slice.name).Base()))
		}
		e.SUBQ(operand.Imm(uint64(height)), e.argument(e.Param("rows")))
		e.JMP(operand.LabelRef("rows" + suffix))
	}
	e.Label("end")
}

// multiply emits a multiplyFunc.
func (e *emitter) multiply(vectors int) {
	e.function(fmt.Sprint("multiply", vectors),
		"func(rows int, depth int, a []float32, aRow int, aBlock int, b []float32, c []float32, cRow int, cVector int, add bool)",
		fmt.Sprintf("is a multiplyFunc of %d vectors.", vectors))
	restore := e.flush()
	aRows := e.rowOffsets(e.floats("aRow"), e.groupRows[0])
	aBlock, cRow, cVector := e.floats("aBlock"), e.floats("cRow"), e.floats("cVector")
	blocks, starts := e.passes(vectors)
	ahead := e.ahead(vectors)
	e.SHRQ(operand.Imm(4), e.argument(e.Param("depth")))
	e.groups(aRows[1].index, cRow, func(rows int, suffix string) {
		for _, start := range starts {
			suffix := fmt.Sprintf("%s_%d", suffix, start)
			g := e.grid(rows, blocks)
			a, b, depth := e.base("a"), e.base("b"), e.integer("depth")
			e.Label("depth" + suffix)
			for d := range 16 {
				e.term(&g,
					func(r int) operand.Mem { return aRows[r].of(a).Offset(4 * d) },
					func(v int) operand.Mem { return operand.Mem{Base: b, Disp: (d*vectors + start + v) * blockBytes} })
				e.PREFETCHT0(operand.Mem{Base: ahead, Disp: d * blockBytes})
			}
			e.ADDQ(operand.U32(16*blockBytes), ahead)
			e.ADDQ(aBlock, a)
			e.ADDQ(operand.U32(16*vectors*blockBytes), b)
			e.DECQ(depth)
			e.JNZ(operand.LabelRef("depth" + suffix))
			e.put(&g, "put"+suffix, e.blockOf("c", cVector, start), cRow, cVector)
		}
	})
	restore()
	e.VZEROUPPER()
	e.RET()
}

// ahead returns the address of what lies behind b, which is the b of the next call where the weights of a product follow
// each other. Each term of each group of rows asks for one line of it, so that two groups bring it all: weights that are
// used once come from memory, and the processor's own prefetching ends at each page.
func (e *emitter) ahead(vectors int) reg.GPVirtual {
	address, bytes := e.base("b"), e.integer("depth")
	e.IMUL3Q(operand.Imm(uint64(vectors*blockBytes)), bytes, bytes)
	e.ADDQ(bytes, address)
	return address
}

// blockOf loads the address of a block of lanes of a slice, blocks being a distance apart.
func (e *emitter) blockOf(slice string, distance reg.Register, block int) reg.GPVirtual {
	pointer := e.base(slice)
	for range block {
		e.ADDQ(distance, pointer)
	}
	return pointer
}

// multiplySteps emits a multiplyStepsFunc.
func (e *emitter) multiplySteps(vectors int) {
	e.function(fmt.Sprint("multiplySteps", vectors),
		"func(rows int, steps []int32, a []float32, aRow int, b []float32, c []float32, cRow int, cVector int, add bool)",
		fmt.Sprintf("is a multiplyStepsFunc of %d vectors.", vectors))
	restore := e.flush()
	aRows := e.rowOffsets(e.floats("aRow"), e.groupRows[0])
	cRow, cVector := e.floats("cRow"), e.floats("cVector")
	blocks, starts := e.passes(vectors)
	e.groups(aRows[1].index, cRow, func(rows int, suffix string) {
		for _, start := range starts {
			suffix := fmt.Sprintf("%s_%d", suffix, start)
			g := e.grid(rows, blocks)
			a, b, steps, last := e.base("a"), e.base("b"), e.base("steps"), e.GP64()
			e.Load(e.Param("steps").Len(), last)
			e.LEAQ(operand.Mem{Base: steps, Index: last, Scale: 4}, last)
			e.Label("step" + suffix)
			at := e.GP64()
			e.MOVLQSX(operand.Mem{Base: steps}, at)
			e.LEAQ(operand.Mem{Base: a, Index: at, Scale: 4}, at)
			e.term(&g,
				func(r int) operand.Mem { return aRows[r].of(at) },
				func(v int) operand.Mem { return operand.Mem{Base: b, Disp: (start + v) * blockBytes} })
			e.ADDQ(operand.U32(vectors*blockBytes), b)
			e.ADDQ(operand.Imm(4), steps)
			e.CMPQ(steps, last)
			e.JB(operand.LabelRef("step" + suffix))
			e.put(&g, "put"+suffix, e.blockOf("c", cVector, start), cRow, cVector)
		}
	})
	restore()
	e.VZEROUPPER()
	e.RET()
}

// outerRows is the number of rows of an outer product.
const outerRows = 8

// outer emits an outerFunc.
func (e *emitter) outer(vectors int) {
	e.function(fmt.Sprint("outer", vectors),
		"func(depth int, a []float32, aStep int, b []float32, bStep int, bVector int, c []float32, cRow int, cVector int, add bool)",
		fmt.Sprintf("is an outerFunc of %d vectors.", vectors))
	restore := e.flush()
	aStep, bStep, bVector := e.floats("aStep"), e.floats("bStep"), e.floats("bVector")
	cRow, cVector := e.floats("cRow"), e.floats("cVector")
	blocks, starts := e.passes(vectors)
	rows := outerRows * e.lanes / 16
	for _, start := range starts {
		for row := 0; row < outerRows; row += rows {
			suffix := fmt.Sprintf("%d_%d", start, row)
			g := e.grid(rows, blocks)
			a, b, depth := e.base("a"), e.blockOf("b", bVector, start), e.integer("depth")
			e.Label("depth" + suffix)
			e.term(&g,
				func(r int) operand.Mem { return operand.Mem{Base: a, Disp: 4 * (row + r)} },
				func(v int) operand.Mem {
					if v > 0 {
						return operand.Mem{Base: b, Index: bVector, Scale: 1}
					}
					return operand.Mem{Base: b}
				})
			e.ADDQ(aStep, a)
			e.ADDQ(bStep, b)
			e.DECQ(depth)
			e.JNZ(operand.LabelRef("depth" + suffix))
			c := e.blockOf("c", cVector, start)
			for range row {
				e.ADDQ(cRow, c)
			}
			e.put(&g, "put"+suffix, c, cRow, cVector)
		}
	}
	restore()
	e.VZEROUPPER()
	e.RET()
}
