package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The predicates of the comparisons: ordered but for "not equal", and never signalling.
const (
	equal          = 0x00
	notEqual       = 0x04
	lessThan       = 0x11
	lessOrEqual    = 0x12
	notLessThan    = 0x15
	greaterOrEqual = 0x1D
	greaterThan    = 0x1E
	unordered      = 0x03
)

const signBit = 0x80000000

// maps emits the vector maps.
func (e *emitter) maps() {
	e.binary("add", func(a, b, dst reg.VecVirtual) { e.VADDPS(b, a, dst) })
	e.binary("sub", func(a, b, dst reg.VecVirtual) { e.VSUBPS(b, a, dst) })
	e.binary("mul", func(a, b, dst reg.VecVirtual) { e.VMULPS(b, a, dst) })
	e.binary("div", func(a, b, dst reg.VecVirtual) { e.VDIVPS(b, a, dst) })
	e.binary("max", e.max)
	e.binary("min", e.min)
	for _, comparison := range []struct {
		name      string
		predicate uint8
	}{{"eq", equal}, {"ne", notEqual}, {"lt", lessThan}, {"le", lessOrEqual}, {"gt", greaterThan}, {"ge", greaterOrEqual}} {
		e.binary(comparison.name, func(a, b, dst reg.VecVirtual) { e.indicate(comparison.predicate, a, b, dst) })
	}

	e.unary("neg", func(x reg.VecVirtual) { e.VXORPS(e.word(signBit), x, x) })
	e.unary("abs", func(x reg.VecVirtual) { e.VANDPS(e.word(^uint32(signBit)), x, x) })
	e.unary("sqrt", func(x reg.VecVirtual) { e.VSQRTPS(x, x) })
	e.unary("floor", func(x reg.VecVirtual) {
		const down = 0x09 // towards minus infinity, no exceptions
		if e.lanes == 16 {
			e.VRNDSCALEPS(operand.Imm(down), x, x)
		} else {
			e.VROUNDPS(operand.Imm(down), x, x)
		}
	})
	e.choose()
}

// stream is an operand of a map: its address moves on by step bytes, which is 0 for an operand of one value.
type stream struct{ at, step reg.GPVirtual }

// stream loads a slice operand. One value is spread over a vector on the stack, so that the loop is the same.
func (e *emitter) stream(slice string) stream {
	s := stream{e.base(slice), e.GP64()}
	n, vector := e.GP64(), e.vector()
	copied := e.AllocLocal(e.bytes())
	e.Load(e.Param(slice).Len(), n)
	e.MOVQ(operand.U32(e.bytes()), s.step)
	e.CMPQ(n, operand.Imm(1))
	e.JNE(operand.LabelRef(slice + "Loaded"))
	e.VBROADCASTSS(operand.Mem{Base: s.at}, vector)
	e.VMOVUPS(vector, copied)
	e.LEAQ(copied, s.at)
	e.XORQ(s.step, s.step)
	e.Label(slice + "Loaded")
	return s
}

// next loads the operand's next vector.
func (e *emitter) next(s stream) reg.VecVirtual {
	vector := e.vector()
	e.VMOVUPS(operand.Mem{Base: s.at}, vector)
	e.ADDQ(s.step, s.at)
	return vector
}

// loop emits body once per vector of dst, and the return. body returns what to store.
func (e *emitter) loop(body func() reg.VecVirtual) {
	dst, n := e.base("dst"), e.GP64()
	e.Load(e.Param("dst").Len(), n)
	e.SHRQ(operand.Imm(map[int]uint64{16: 4, 8: 3}[e.lanes]), n)
	e.Label("vector")
	e.VMOVUPS(body(), operand.Mem{Base: dst})
	e.ADDQ(operand.Imm(uint64(e.bytes())), dst)
	e.DECQ(n)
	e.JNZ(operand.LabelRef("vector"))
	e.VZEROUPPER()
	e.RET()
}

// binary emits a map of two operands.
func (e *emitter) binary(name string, f func(a, b, dst reg.VecVirtual)) {
	e.function(name, "func(dst []float32, a []float32, b []float32)", "is a binaryFunc.")
	a, b := e.stream("a"), e.stream("b")
	e.loop(func() reg.VecVirtual {
		result := e.vector()
		f(e.next(a), e.next(b), result)
		return result
	})
}

// unary emits a map of one operand, which f changes in place.
func (e *emitter) unary(name string, f func(x reg.VecVirtual)) {
	e.function(name, "func(dst []float32, a []float32)", "is a unaryFunc.")
	a := e.stream("a")
	e.loop(func() reg.VecVirtual {
		x := e.next(a)
		f(x)
		return x
	})
}

// choose emits the map that selects between two operands by a third.
func (e *emitter) choose() {
	e.function("choose", "func(dst []float32, condition []float32, a []float32, b []float32)", "is a chooseFunc.")
	condition, a, b := e.stream("condition"), e.stream("a"), e.stream("b")
	zero := e.vector()
	e.zero(zero)
	e.loop(func() reg.VecVirtual {
		test, x, y := e.next(condition), e.next(a), e.next(b)
		e.where(notEqual, test, zero, x, y)
		return y
	})
}

// where replaces the lanes of dst by those of value where "a predicate b" holds.
func (e *emitter) where(predicate uint8, a, b, value, dst reg.VecVirtual) {
	if e.lanes == 16 {
		mask := e.K()
		e.VCMPPS(operand.Imm(uint64(predicate)), b, a, mask)
		e.VMOVAPS(value, mask, dst)
		return
	}
	mask := e.vector()
	e.VCMPPS(operand.Imm(uint64(predicate)), b, a, mask)
	e.VBLENDVPS(mask, value, dst, dst)
}

// indicate sets the lanes of dst to 1 where "a predicate b" holds, to 0 elsewhere.
func (e *emitter) indicate(predicate uint8, a, b, dst reg.VecVirtual) {
	one := e.word(math.Float32bits(1))
	if e.lanes == 16 {
		mask := e.K()
		e.VCMPPS(operand.Imm(uint64(predicate)), b, a, mask)
		e.VMOVUPS_Z(one, mask, dst)
		return
	}
	e.VCMPPS(operand.Imm(uint64(predicate)), b, a, dst)
	e.VANDPS(one, dst, dst)
}

// max and min are Go's: the processor's instruction but for NaN, which wins, and for zeros, where -0 is less than +0.
func (e *emitter) max(a, b, dst reg.VecVirtual) {
	tie := e.vector()
	e.VANDPS(a, b, tie)
	e.VMAXPS(b, a, dst)
	e.settle(a, b, tie, dst)
}

func (e *emitter) min(a, b, dst reg.VecVirtual) {
	tie := e.vector()
	e.VORPS(a, b, tie)
	e.VMINPS(b, a, dst)
	e.settle(a, b, tie, dst)
}

// settle replaces the lanes of dst by tie where a equals b, and by NaN where either is.
func (e *emitter) settle(a, b, tie, dst reg.VecVirtual) {
	e.where(equal, a, b, tie, dst)
	nan := e.vector()
	e.VADDPS(a, b, nan)
	e.where(unordered, a, b, nan, dst)
}
