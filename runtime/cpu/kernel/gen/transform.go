package main

import (
	"fmt"
	"math"
	"slices"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
	"github.com/vnlang/vn/runtime/cpu/cooktoom"
)

// blockBytes is the size of the lanes of one voxel of a blocked map.
const blockBytes = 64

// transforms emits the transforms of all algorithms.
func (e *emitter) transforms() {
	for _, mr := range algorithms {
		a := cooktoom.New(mr[0], mr[1])
		for i, side := range sideList {
			if mr[1] == 1 && i > 0 {
				break // all sides are copies
			}
			p := newProgram(side.matrix(a))
			e.transform(fmt.Sprintf("%s%dx%d", side.name, mr[0], mr[1]), &p)
			if side.rows {
				e.rowTransform(fmt.Sprintf("%sRow%dx%d", side.name, mr[0], mr[1]), &p)
			}
		}
	}
}

// transform emits a TransformFunc. The addresses of a row of columns are kept in the arguments' own memory.
func (e *emitter) transform(name string, p *program) {
	e.function(name,
		"func(dst []float32, src []float32, dstStride int, srcStride int, inner int, dstInner int, srcInner int, outer int, dstOuter int, srcOuter int)",
		"is a TransformFunc.")
	restore := e.flush()
	constants := e.constants(p)
	for _, distance := range []string{"dstOuter", "srcOuter"} {
		e.SHLQ(operand.Imm(2), e.argument(e.Param(distance)))
	}
	from, to := e.rowOffsets(e.floats("srcStride"), p.inputs), e.rowOffsets(e.floats("dstStride"), len(p.rows))
	srcInner, dstInner := e.floats("srcInner"), e.floats("dstInner")
	src, dst, columns := e.GP64(), e.GP64(), e.GP64()
	e.Label("outer")
	e.Load(e.Param("src").Base(), src)
	e.Load(e.Param("dst").Base(), dst)
	e.Load(e.Param("inner"), columns)
	e.Label("inner")
	for half := 0; half < blockBytes; half += e.bytes() {
		e.column(p, constants,
			func(k int) operand.Mem { return from[k].of(src).Offset(half) },
			func(j int) operand.Mem { return to[j].of(dst).Offset(half) })
	}
	e.ADDQ(srcInner, src)
	e.ADDQ(dstInner, dst)
	e.DECQ(columns)
	e.JNZ(operand.LabelRef("inner"))
	e.Load(e.Param("srcOuter"), src)
	e.ADDQ(src, e.argument(e.Param("src").Base()))
	e.Load(e.Param("dstOuter"), dst)
	e.ADDQ(dst, e.argument(e.Param("dst").Base()))
	e.DECQ(e.argument(e.Param("outer")))
	e.JNZ(operand.LabelRef("outer"))
	restore()
	e.VZEROUPPER()
	e.RET()
}

// prefetchColumns is how far ahead a row transform asks for its rows, which come from an image in memory: more streams
// than the processor's own prefetchers follow.
const prefetchColumns = 4

// rowTransform emits a RowTransformFunc.
func (e *emitter) rowTransform(name string, p *program) {
	e.function(name, "func(dst []float32, dstStride int, rows []*float32, inner int, dstInner int, srcInner int)", "is a RowTransformFunc.")
	restore := e.flush()
	constants := e.constants(p)
	for _, distance := range []string{"dstInner", "srcInner"} {
		e.SHLQ(operand.Imm(2), e.argument(e.Param(distance)))
	}
	to := e.rowOffsets(e.floats("dstStride"), len(p.rows))
	table := e.base("rows")
	rows := make([]reg.Register, p.inputs)
	for k := range rows {
		row := e.GP64()
		e.MOVQ(operand.Mem{Base: table, Disp: 8 * k}, row)
		rows[k] = row
	}
	dst, at := e.base("dst"), e.GP64()
	e.XORQ(at, at)
	e.Label("inner")
	for _, row := range rows {
		e.PREFETCHT0(operand.Mem{Base: row, Index: at, Scale: 1, Disp: prefetchColumns * blockBytes})
	}
	for half := 0; half < blockBytes; half += e.bytes() {
		e.column(p, constants,
			func(k int) operand.Mem { return operand.Mem{Base: rows[k], Index: at, Scale: 1, Disp: half} },
			func(j int) operand.Mem { return to[j].of(dst).Offset(half) })
	}
	e.ADDQ(e.argument(e.Param("srcInner")), at)
	e.ADDQ(e.argument(e.Param("dstInner")), dst)
	e.DECQ(e.argument(e.Param("inner")))
	e.JNZ(operand.LabelRef("inner"))
	restore()
	e.VZEROUPPER()
	e.RET()
}

// constants makes the program's constants available: in registers where there are 32, as operands in memory else.
func (e *emitter) constants(p *program) map[float32]operand.Op {
	constants := map[float32]operand.Op{}
	for _, c := range p.constants() {
		at := e.word(math.Float32bits(c))
		if e.lanes < 16 {
			constants[c] = at
			continue
		}
		v := e.vector()
		e.VMOVUPS(at, v)
		constants[c] = v
	}
	return constants
}

// column emits the program for one vector of a column: all loads, then each row's sums as late as they are needed, to
// keep few registers live.
func (e *emitter) column(p *program, constants map[float32]operand.Op, from, to func(int) operand.Mem) {
	c := columnEmitter{emitter: e, program: p, constants: constants, values: make([]reg.VecVirtual, p.inputs+len(p.shared)), uses: map[int]int{}}
	for _, sums := range [][]linear{p.shared, p.rows} {
		for _, sum := range sums {
			for _, t := range sum {
				c.uses[t.value]++
			}
		}
	}
	for k := range p.inputs {
		c.values[k] = e.vector()
		e.VMOVUPS(from(k), c.values[k])
	}
	for j, row := range p.rows {
		e.VMOVUPS(c.sum(row), to(j))
	}
}

// columnEmitter emits the sums of one column.
type columnEmitter struct {
	*emitter
	program   *program
	constants map[float32]operand.Op
	values    []reg.VecVirtual // nil for a shared sum that is not yet computed
	uses      map[int]int      // that are left of each value
}

// use returns a value's register, and whether this was its last use, so that it may be overwritten.
func (c *columnEmitter) use(value int) (reg.VecVirtual, bool) {
	c.uses[value]--
	return c.values[value], c.uses[value] == 0
}

// sum emits a sum of terms and returns its register.
func (c *columnEmitter) sum(terms linear) reg.VecVirtual {
	for _, t := range terms {
		if c.values[t.value] == nil {
			c.values[t.value] = c.sum(c.program.shared[t.value-c.program.inputs])
		}
	}
	start := slices.IndexFunc(terms, func(t term) bool { return isOne(t.factor) })
	var sum reg.VecVirtual
	var own bool
	if start < 0 {
		sum, own = c.vector(), true
		c.zero(sum)
	} else {
		sum, own = c.use(terms[start].value)
	}
	for i, t := range terms {
		if i != start {
			sum, own = c.add(sum, own, t), true
		}
	}
	return sum
}

// add emits sum plus a term. A sum that is not its own may not be overwritten.
func (c *columnEmitter) add(sum reg.VecVirtual, own bool, t term) reg.VecVirtual {
	x, last := c.use(t.value)
	negative := t.factor.Sign() < 0
	if magnitude(t.factor) == 1 {
		result := sum
		if !own {
			result = c.vector()
		}
		if negative {
			c.VSUBPS(x, sum, result)
		} else {
			c.VADDPS(x, sum, result)
		}
		return result
	}
	factor := c.constants[magnitude(t.factor)]
	if !own && last { // x*factor + sum in place of x
		if negative {
			c.VFNMADD132PS(factor, sum, x)
		} else {
			c.VFMADD132PS(factor, sum, x)
		}
		return x
	}
	result := sum
	if !own {
		result = c.vector()
		c.VMOVAPS(sum, result)
	}
	if negative {
		c.VFNMADD231PS(factor, x, result)
	} else {
		c.VFMADD231PS(factor, x, result)
	}
	return result
}
