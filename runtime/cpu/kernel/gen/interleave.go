package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// transpositions emits the two ways between plain and blocked maps: 16 by 16 values at a time, in one square for 16
// lanes and in four for 8.
func (e *emitter) transpositions() {
	e.interleave()
	e.deinterleave()
}

// interleave emits an interleaveFunc of a multiple of 16 voxels.
func (e *emitter) interleave() {
	e.function("interleave", "func(dst []float32, src []float32, srcStride int, channels int, n int)", "is an interleaveFunc.")
	src, dst, voxels := e.base("src"), e.base("dst"), e.integer("n")
	stride, channels, row := e.floats("srcStride"), e.integer("channels"), e.GP64()
	e.SHRQ(operand.Imm(4), voxels)
	e.Label("voxels")
	e.squares(func(channel, voxel int) {
		square := e.vectors(e.lanes)
		for _, v := range square {
			e.zero(v)
		}
		loaded := fmt.Sprintf("loaded%d_%d", channel, voxel)
		e.channels(src, row, stride, channels, channel, loaded, func(c int) {
			e.VMOVUPS(operand.Mem{Base: row, Disp: 4 * voxel}, square[c])
		})
		e.Label(loaded)
		for i, v := range e.transposed(square) {
			e.VMOVUPS(v, operand.Mem{Base: dst, Disp: (voxel+i)*blockBytes + 4*channel})
		}
	})
	e.ADDQ(operand.Imm(blockBytes), src)
	e.ADDQ(operand.U32(16*blockBytes), dst)
	e.DECQ(voxels)
	e.JNZ(operand.LabelRef("voxels"))
	e.VZEROUPPER()
	e.RET()
}

// deinterleave emits a deinterleaveFunc of a multiple of 16 voxels.
func (e *emitter) deinterleave() {
	e.function("deinterleave", "func(dst []float32, dstStride int, src []float32, channels int, n int)", "is a deinterleaveFunc.")
	src, dst, voxels := e.base("src"), e.base("dst"), e.integer("n")
	stride, channels, row := e.floats("dstStride"), e.integer("channels"), e.GP64()
	e.SHRQ(operand.Imm(4), voxels)
	e.Label("voxels")
	e.squares(func(channel, voxel int) {
		square := e.vectors(e.lanes)
		for i, v := range square {
			e.VMOVUPS(operand.Mem{Base: src, Disp: (voxel+i)*blockBytes + 4*channel}, v)
		}
		square = e.transposed(square)
		stored := fmt.Sprintf("stored%d_%d", channel, voxel)
		e.channels(dst, row, stride, channels, channel, stored, func(c int) {
			e.VMOVUPS(square[c], operand.Mem{Base: row, Disp: 4 * voxel})
		})
		e.Label(stored)
	})
	e.ADDQ(operand.U32(16*blockBytes), src)
	e.ADDQ(operand.Imm(blockBytes), dst)
	e.DECQ(voxels)
	e.JNZ(operand.LabelRef("voxels"))
	e.VZEROUPPER()
	e.RET()
}

// squares emits body for every square of 16 channels by 16 voxels.
func (e *emitter) squares(body func(channel, voxel int)) {
	for channel := 0; channel < 16; channel += e.lanes {
		for voxel := 0; voxel < 16; voxel += e.lanes {
			body(channel, voxel)
		}
	}
}

// channels emits body for every channel of a square that exists, with row at the channel's first value, and jumps to end
// at the first that does not.
func (e *emitter) channels(plain, row, stride, channels reg.Register, first int, end string, body func(c int)) {
	e.MOVQ(plain, row)
	for range first {
		e.ADDQ(stride, row)
	}
	for c := range e.lanes {
		e.CMPQ(channels, operand.Imm(uint64(first+c)))
		e.JLE(operand.LabelRef(end))
		body(c)
		e.ADDQ(stride, row)
	}
}

// transposed returns the transpose of a square of values, one register for each row.
func (e *emitter) transposed(rows []reg.VecVirtual) []reg.VecVirtual {
	// In every four lanes: the transposes of four by four values.
	quads := make([]reg.VecVirtual, len(rows))
	for r := 0; r < len(rows); r += 4 {
		low, high := e.vectors(2), e.vectors(2)
		for i := range 2 {
			e.VUNPCKLPS(rows[r+2*i+1], rows[r+2*i], low[i])
			e.VUNPCKHPS(rows[r+2*i+1], rows[r+2*i], high[i])
		}
		for i, half := range [][]reg.VecVirtual{low, high} {
			quads[r+2*i], quads[r+2*i+1] = e.vector(), e.vector()
			e.VUNPCKLPD(half[1], half[0], quads[r+2*i])
			e.VUNPCKHPD(half[1], half[0], quads[r+2*i+1])
		}
	}
	// quads[r+i] holds column i of rows r to r+3, column 4+i in its next four lanes, and so on.
	columns := make([]reg.VecVirtual, len(rows))
	for i := range 4 {
		if e.lanes == 8 {
			columns[i], columns[4+i] = e.vector(), e.vector()
			e.VPERM2F128(operand.Imm(0x20), quads[4+i], quads[i], columns[i])
			e.VPERM2F128(operand.Imm(0x31), quads[4+i], quads[i], columns[4+i])
			continue
		}
		pairs := e.vectors(4) // columns i and 8+i, then 4+i and 12+i, of rows 0 to 7; then of rows 8 to 15
		for j := range 2 {
			e.VSHUFF32X4(operand.Imm(0x88), quads[8*j+4+i], quads[8*j+i], pairs[2*j])
			e.VSHUFF32X4(operand.Imm(0xDD), quads[8*j+4+i], quads[8*j+i], pairs[2*j+1])
		}
		for j := range 2 {
			columns[4*j+i], columns[8+4*j+i] = e.vector(), e.vector()
			e.VSHUFF32X4(operand.Imm(0x88), pairs[2+j], pairs[j], columns[4*j+i])
			e.VSHUFF32X4(operand.Imm(0xDD), pairs[2+j], pairs[j], columns[8+4*j+i])
		}
	}
	return columns
}

// laneSums emits a laneSumsFunc: four running sums, each of every fourth voxel, which are joined at the end and added in
// float64.
func (e *emitter) laneSums() {
	e.function("laneSums", "func(sums *[16]float64, values []float32)", "is a laneSumsFunc.")
	restore := e.flush()
	sums, values, n := e.GP64(), e.base("values"), e.GP64()
	e.Load(e.Param("sums"), sums)
	e.Load(e.Param("values").Len(), n)
	e.SHRQ(operand.Imm(4), n)
	perBlock := blockBytes / e.bytes()
	const unrolled = 4
	running := e.vectors(unrolled * perBlock)
	for _, r := range running {
		e.zero(r)
	}
	e.Label("four")
	e.CMPQ(n, operand.Imm(unrolled))
	e.JL(operand.LabelRef("one"))
	for i, r := range running {
		e.VADDPS(operand.Mem{Base: values, Disp: i * e.bytes()}, r, r)
	}
	e.ADDQ(operand.U32(unrolled*blockBytes), values)
	e.SUBQ(operand.Imm(unrolled), n)
	e.JMP(operand.LabelRef("four"))
	e.Label("one")
	e.TESTQ(n, n)
	e.JZ(operand.LabelRef("end"))
	for i, r := range running[:perBlock] {
		e.VADDPS(operand.Mem{Base: values, Disp: i * e.bytes()}, r, r)
	}
	e.ADDQ(operand.Imm(blockBytes), values)
	e.DECQ(n)
	e.JMP(operand.LabelRef("one"))
	e.Label("end")
	for half := unrolled / 2; half > 0; half /= 2 {
		for i := range half * perBlock {
			e.VADDPS(running[half*perBlock+i], running[i], running[i])
		}
	}
	for i, r := range running[:perBlock] {
		low, high := e.vector(), e.vector()
		if e.lanes == 16 {
			e.VEXTRACTF64X4(operand.Imm(1), r, high.AsY())
			e.VCVTPS2PD(r.AsY(), low)
			e.VCVTPS2PD(high.AsY(), high)
		} else {
			e.VEXTRACTF128(operand.Imm(1), r, high.AsX())
			e.VCVTPS2PD(r.AsX(), low)
			e.VCVTPS2PD(high.AsX(), high)
		}
		for j, v := range []reg.VecVirtual{low, high} {
			at := operand.Mem{Base: sums, Disp: (2*i + j) * e.bytes()}
			e.VADDPD(at, v, v)
			e.VMOVUPD(v, at)
		}
	}
	restore()
	e.VZEROUPPER()
	e.RET()
}
