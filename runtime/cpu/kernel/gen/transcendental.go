package main

import (
	"fmt"
	"math"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The exponential and the logarithm are computed in float64 without fused operations, step for step as exp and log of
// package kernel do, and rounded to float32 once.

// doubles is the number of float64 values per vector.
func (e *emitter) doubles() int { return e.lanes / 2 }

// wide emits a map of one operand in float64. f returns the result's register.
func (e *emitter) wide(name string, f func(x reg.VecVirtual) reg.VecVirtual) {
	e.function(name, "func(dst []float32, a []float32)", "is a unaryFunc.")
	a := e.stream("a")
	dst, n := e.base("dst"), e.GP64()
	e.Load(e.Param("dst").Len(), n)
	e.SHRQ(operand.Imm(map[int]uint64{8: 3, 4: 2}[e.doubles()]), n)
	e.SHRQ(operand.Imm(1), a.step)
	e.Label("vector")
	x := e.vector()
	e.VCVTPS2PD(operand.Mem{Base: a.at}, x)
	e.ADDQ(a.step, a.at)
	result := f(x)
	if e.lanes == 16 {
		narrow := e.YMM()
		e.VCVTPD2PS(result, narrow)
		e.VMOVUPS(narrow, operand.Mem{Base: dst})
	} else {
		narrow := e.XMM()
		e.VCVTPD2PSY(result, narrow)
		e.VMOVUPS(narrow, operand.Mem{Base: dst})
	}
	e.ADDQ(operand.Imm(uint64(4*e.doubles())), dst)
	e.DECQ(n)
	e.JNZ(operand.LabelRef("vector"))
	e.VZEROUPPER()
	e.RET()
}

// transcendentals emits exp and log.
func (e *emitter) transcendentals() {
	e.wide("exp", func(x reg.VecVirtual) reg.VecVirtual {
		// The operand that the instruction returns for NaN is x.
		low, high := e.vector(), e.vector()
		e.VMOVUPD(e.double(expLow), low)
		e.VMAXPD(x, low, x)
		e.VMOVUPD(e.double(expHigh), high)
		e.VMINPD(x, high, x)
		n, p, r := e.vector(), e.vector(), e.vector()
		e.VMULPD(e.double(1/math.Ln2), x, n)
		const nearest = 0x08 // to even, no exceptions
		if e.lanes == 16 {
			e.VRNDSCALEPD(operand.Imm(nearest), n, n)
		} else {
			e.VROUNDPD(operand.Imm(nearest), n, n)
		}
		e.VMULPD(e.double(math.Ln2), n, r)
		e.VSUBPD(r, x, r)
		e.horner(r, p, expTerms())
		// n+1023 in the low bits of 1.5*2^52 + n + 1023 becomes the exponent of 2^n.
		e.VADDPD(e.double(0x1.8p52+1023), n, n)
		e.VPSLLQ(operand.Imm(52), n, n)
		e.VMULPD(n, p, p)
		return p
	})
	e.wide("log", func(x reg.VecVirtual) reg.VecVirtual {
		// x = 2^k m with m in [sqrt(1/2), sqrt 2); log x = k ln 2 + 2 artanh(s), s = (m-1)/(m+1).
		k, m := e.vector(), e.vector()
		one, half := math.Float64bits(1), math.Float64bits(math.Sqrt2/2)
		e.VPADDQ(e.pattern(one-half), x, k)
		e.VPSRLQ(operand.Imm(52), k, k)
		e.VPSLLQ(operand.Imm(52), k, m)
		e.VPSUBQ(m, x, m)
		e.VPADDQ(e.pattern(one), m, m)
		magic := math.Float64bits(0x1p52)
		if e.lanes == 16 {
			e.VPORQ(e.pattern(magic), k, k)
		} else {
			e.VPOR(e.pattern(magic), k, k)
		}
		e.VSUBPD(e.double(0x1p52+1023), k, k)
		s, z, p := e.vector(), e.vector(), e.vector()
		e.VADDPD(e.double(1), m, z)
		e.VSUBPD(e.double(1), m, s)
		e.VDIVPD(z, s, s)
		e.VMULPD(s, s, z)
		e.horner(z, p, logTerms())
		e.VMULPD(p, s, p)
		e.VMULPD(e.double(math.Ln2), k, k)
		e.VADDPD(p, k, p)
		zero := e.vector()
		e.zero(zero)
		e.whereDouble(notLessThan, x, e.double(math.Inf(1)), x, p)
		e.whereDouble(lessThan, x, zero, e.load(math.NaN()), p)
		e.whereDouble(equal, x, zero, e.load(math.Inf(-1)), p)
		return p
	})
}

// The arguments beyond which exp in float32 is 0 or infinite whatever they are.
const (
	expLow  = -110
	expHigh = 90
)

// expTerms are the coefficients of the Taylor series of exp, the highest first.
func expTerms() []float64 {
	terms := make([]float64, 9)
	factorial := 1.0
	for i := range terms {
		factorial *= float64(max(i, 1))
		terms[len(terms)-1-i] = 1 / factorial
	}
	return terms
}

// logTerms are the coefficients of 2 artanh(s)/s in powers of s squared, the highest first.
func logTerms() []float64 {
	terms := make([]float64, 6)
	for i := range terms {
		terms[len(terms)-1-i] = 2 / float64(2*i+1)
	}
	return terms
}

// horner evaluates a polynomial at x into p.
func (e *emitter) horner(x, p reg.VecVirtual, terms []float64) {
	e.VMOVUPD(e.double(terms[0]), p)
	for _, term := range terms[1:] {
		e.VMULPD(x, p, p)
		e.VADDPD(e.double(term), p, p)
	}
}

// whereDouble replaces the lanes of dst by those of value where "a predicate b" holds.
func (e *emitter) whereDouble(predicate uint8, a reg.VecVirtual, b operand.Op, value, dst reg.VecVirtual) {
	if e.lanes == 16 {
		mask := e.K()
		e.VCMPPD(operand.Imm(uint64(predicate)), b, a, mask)
		e.VMOVAPD(value, mask, dst)
		return
	}
	mask := e.vector()
	e.VCMPPD(operand.Imm(uint64(predicate)), b, a, mask)
	e.VBLENDVPD(mask, value, dst, dst)
}

// load puts a float64 constant in every lane of a new register.
func (e *emitter) load(value float64) reg.VecVirtual {
	v := e.vector()
	e.VMOVUPD(e.double(value), v)
	return v
}

// double is a float64 constant in every lane, word a 32-bit pattern; both are operands in read-only data.
func (e *emitter) double(value float64) operand.Mem { return e.pattern(math.Float64bits(value)) }

func (e *emitter) word(bits uint32) operand.Mem { return e.pattern(uint64(bits)<<32 | uint64(bits)) }

// pattern is a 64-bit pattern, eight times.
func (e *emitter) pattern(bits uint64) operand.Mem {
	if at, ok := e.patterns[bits]; ok {
		return at
	}
	at := e.StaticGlobal(fmt.Sprintf("pattern%016X", bits))
	e.DataAttributes(attr.RODATA | attr.NOPTR)
	for i := range 8 {
		e.AddDatum(8*i, operand.U64(bits))
	}
	e.patterns[bits] = at
	return at
}
