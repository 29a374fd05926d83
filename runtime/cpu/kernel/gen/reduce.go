package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// reduceLanes is how many running results a reduction keeps, whatever the vector's width.
const reduceLanes = 32

// reductions emits sum, max and min of a slice.
func (e *emitter) reductions() {
	e.reduce("sumOf", 0, func(a, b, dst reg.VecVirtual) { e.VADDPS(b, a, dst) })
	e.reduce("maxOf", float32(math.Inf(-1)), e.max)
	e.reduce("minOf", float32(math.Inf(1)), e.min)
}

// reduce emits a reduction: value i of the slice goes to running result i mod reduceLanes; then result i is joined
// with result i+16, i+8, i+4, i+2 and i+1 in turn.
func (e *emitter) reduce(name string, identity float32, f func(a, b, dst reg.VecVirtual)) {
	e.function(name, "func(x []float32) float32", "is a reduceFunc.")
	x, n := e.base("x"), e.GP64()
	e.Load(e.Param("x").Len(), n)
	e.SHRQ(operand.Imm(5), n)
	running := e.vectors(reduceLanes / e.lanes)
	for _, r := range running {
		e.VMOVUPS(e.word(math.Float32bits(identity)), r)
	}
	e.Label("vectors")
	for i, r := range running {
		next := e.vector()
		e.VMOVUPS(operand.Mem{Base: x, Disp: i * e.bytes()}, next)
		e.VMOVAPS(e.joined(f, r, next), r)
	}
	e.ADDQ(operand.Imm(4*reduceLanes), x)
	e.DECQ(n)
	e.JNZ(operand.LabelRef("vectors"))

	for len(running) > 1 {
		half := len(running) / 2
		for i := range half {
			running[i] = e.joined(f, running[i], running[i+half])
		}
		running = running[:half]
	}
	result, other := running[0], e.vector()
	if e.lanes == 16 {
		e.VEXTRACTF64X4(operand.Imm(1), result, other.AsY())
		result = e.joined(f, result, other)
	}
	e.VEXTRACTF128(operand.Imm(1), result.AsY(), other.AsX())
	result = e.joined(f, result, other)
	for _, lanes := range []uint64{0b1110, 0b01} {
		e.VPSHUFD(operand.Imm(lanes), result.AsX(), other.AsX())
		result = e.joined(f, result, other)
	}
	e.Store(result.AsX(), e.ReturnIndex(0))
	e.VZEROUPPER()
	e.RET()
}

// joined returns f of two vectors in a new register.
func (e *emitter) joined(f func(a, b, dst reg.VecVirtual), a, b reg.VecVirtual) reg.VecVirtual {
	result := e.vector()
	f(a, b, result)
	return result
}
