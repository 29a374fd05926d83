package main

import "github.com/mmcloughlin/avo/operand"

// flushBits of the control register MXCSR: results too small for a normal number become 0 (bit 15), and operands count
// as 0 (bit 6). (Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, 10.2.3.)
const flushBits = 1<<15 | 1<<6

// flush lets the multiply-adds that follow take subnormal numbers for 0, and returns what emits the end of that. A
// subnormal costs over a hundred cycles; a softmax that saturates fills the gradients of a whole network with them, and
// a training step then takes a hundred times as long. The register is the thread's, and Go counts on it, so it is set
// and restored within one function, which the scheduler cannot interrupt.
func (e *emitter) flush() (restore func()) {
	memory := e.AllocLocal(8)
	ours := memory.Offset(4)
	e.STMXCSR(memory)
	bits := e.GP32()
	e.MOVL(memory, bits)
	e.ORL(operand.U32(flushBits), bits)
	e.MOVL(bits, ours)
	e.LDMXCSR(ours)
	return func() { e.LDMXCSR(memory) }
}
