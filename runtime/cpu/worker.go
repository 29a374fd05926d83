package cpu

import (
	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/runtime/cpu/kernel"
)

// worker is one worker's memory for a tape, and where it stands.
type worker struct {
	memory    []float32   // slots blocks
	registers [][]float32 // one for each code
	filled    []filling   // one for each code
	offsets   []int       // of the loads at the start of the row
	inside    []bool
	outs      []int
	index     []int
	linear    int
}

// filling says what the memory of a periodic operand holds already: the values at an offset, loaded in a run.
type filling struct {
	run    uint64
	offset int
}

func (t *tape) newWorker(memory []float32) *worker {
	return &worker{
		memory: memory, registers: make([][]float32, len(t.codes)), filled: make([]filling, len(t.codes)),
		offsets: make([]int, len(t.loads)), inside: make([]bool, len(t.loads)),
		outs: make([]int, len(t.stores)), index: make([]int, len(t.nest.sizes)-1),
	}
}

// enter places the operands at the start of the row whose outer indices stand in w.index.
func (t *tape) enter(w *worker) {
	for i := range t.loads {
		l := &t.loads[i]
		w.offsets[i], w.inside[i] = l.at(w.index)
		w.offsets[i] += l.offset
	}
	for i := range t.stores {
		s := &t.stores[i]
		w.outs[i], _ = s.at(w.index)
		w.outs[i] += s.offset
	}
	if t.linear != nil {
		w.linear, _ = t.linear.at(w.index)
	}
}

// run computes n ≤ block elements of the row from element from on, and stores them. What the program gives in its
// registers stays valid until the next run. The anchor's values are those of just these elements. Where the row goes over
// channels of a block, from and n are whole voxels.
func (t *tape) run(w *worker, s *Session, from, n int, anchor []float32) {
	for i := range t.codes {
		c := &t.codes[i]
		var dst []float32
		if c.slot >= 0 {
			dst = w.memory[c.slot*block : c.slot*block+n]
		}
		switch {
		case c.two != nil:
			c.two(dst, w.registers[c.a[0]], w.registers[c.a[1]])
		case c.one != nil:
			c.one(dst, w.registers[c.a[0]])
		default:
			switch c.op {
			case "load":
				dst = t.load(w, s, i, from, n, dst)
			case "constant":
				if dst = c.fill[:n]; c.splat {
					dst = c.fill[:1]
				}
			case "anchor":
				dst = anchor[:n]
			case "select":
				kernel.Select(dst, w.registers[c.a[0]], w.registers[c.a[1]], w.registers[c.a[2]])
			case "cast":
				for j, x := range w.registers[c.a[0]] {
					dst[j] = float32(c.dtype.Round(float64(x)))
				}
			case "random":
				t.random(dst, c, s, w.linear, from)
			}
		}
		w.registers[i] = dst
	}
	for i := range t.stores {
		t.store(w, i, from, w.registers[t.stores[i].register])
	}
}

// load returns n elements of an operand: its own memory where that serves, else a copy in dst.
func (t *tape) load(w *worker, s *Session, code, from, n int, dst []float32) []float32 {
	c := &t.codes[code]
	l := &t.loads[c.index]
	if !w.inside[c.index] {
		kernel.Fill(dst, 0)
		return dst
	}
	inner := len(t.nest.sizes) - 1
	step := l.strides[inner]
	at := w.offsets[c.index] + from/t.nest.width*step
	if b := l.bound(inner); b != nil && (from < b.Low*t.nest.width || from+n > b.High*t.nest.width) {
		kernel.Fill(dst, 0)
		for j := max(b.Low*t.nest.width-from, 0); j < min(b.High*t.nest.width-from, n); j++ {
			dst[j] = l.data[at+j/t.nest.width*step+j%t.nest.width*l.across]
		}
		return dst
	}
	if t.nest.width > 1 {
		return l.blocks(dst, at, step, c, &w.filled[code], s.run)
	}
	switch {
	case step == 0 && c.splat:
		return l.data[at : at+1 : at+1]
	case step == 0:
		kernel.Fill(dst, l.data[at])
	case step == 1 && l.alias:
		return l.data[at : at+n : at+n]
	default:
		kernel.Gather(dst, l.data[at:], step)
	}
	return dst
}

// blocks is load where the row goes over blocks of channels, from whole voxels on.
func (l *operand) blocks(dst []float32, at, step int, c *code, have *filling, run uint64) []float32 {
	voxels := len(dst) / kernel.Lanes
	switch {
	case step == kernel.Lanes && l.across == 1 && l.alias:
		return l.data[at : at+len(dst) : at+len(dst)]
	case step == kernel.Lanes && l.across == 1:
		copy(dst, l.data[at:])
	case step == 0 && l.across == 0 && c.splat:
		return l.data[at : at+1 : at+1]
	case step == 0 && l.across == 0:
		kernel.Fill(dst, l.data[at])
	case step == 0: // the same for every voxel: loaded once for a block of channels
		if c.keeps && *have == (filling{run, at}) {
			return dst
		}
		whole := dst
		if c.keeps {
			whole, *have = dst[:block], filling{run, at}
		}
		kernel.Gather(whole[:kernel.Lanes], l.data[at:], l.across)
		for filled := kernel.Lanes; filled < len(whole); filled *= 2 {
			copy(whole[filled:], whole[:filled])
		}
	case step == 1 && l.across != 1: // plain, or one channel for all
		kernel.Interleave(dst, l.data[at:], l.across, kernel.Lanes, voxels)
	default:
		for i := range voxels {
			for j := range kernel.Lanes {
				dst[i*kernel.Lanes+j] = l.data[at+i*step+j*l.across]
			}
		}
	}
	return dst
}

// store writes values to output i, from element from of the row on.
func (t *tape) store(w *worker, i, from int, values []float32) {
	o := &t.stores[i]
	step := o.strides[len(t.nest.sizes)-1]
	at := w.outs[i] + from/t.nest.width*step
	switch {
	case t.nest.width == 1 && step == 1, step == kernel.Lanes && o.across == 1:
		copy(o.data[at:at+len(values)], values)
	case t.nest.width == 1:
		kernel.Scatter(o.data[at:], values, step)
	case step == 1 && o.across > 1:
		kernel.Deinterleave(o.data[at:], o.across, values, kernel.Lanes, len(values)/kernel.Lanes)
	default:
		for j, x := range values {
			o.data[at+j/kernel.Lanes*step+j%kernel.Lanes*o.across] = x
		}
	}
}

// random draws the elements of the row that begins at the given place of the domain, from element from on.
func (t *tape) random(dst []float32, c *code, s *Session, row, from int) {
	step := t.linear.strides[len(t.nest.sizes)-1]
	at := row + from/t.nest.width*step
	switch {
	case t.nest.width == 1 || step == t.nest.width && t.linear.across == 1:
		t.draw(dst, 1, c, s, at)
	case step == 1:
		for channel := range t.nest.width {
			t.draw(dst[channel:], t.nest.width, c, s, at+channel*t.linear.across)
		}
	default:
		for i := range dst {
			t.draw(dst[i:i+1], 1, c, s, at+i/t.nest.width*step+i%t.nest.width*t.linear.across)
		}
	}
}

// draw writes the random numbers from the given place of the domain on to every step-th element of dst.
func (t *tape) draw(dst []float32, step int, c *code, s *Session, at int) {
	key := op.RandomKey(s.step.Seed, s.step.Step, c.index)
	draw := op.Uniforms
	if c.text == op.Normal {
		draw = op.Normals
	}
	sample, place := at/t.each, at%t.each
	numbers := draw(key, uint64(sample), uint64(place/4))
	for j := 0; j < len(dst); j += step {
		dst[j] = float32(numbers[place%4])
		if place++; place == t.each {
			sample, place = sample+1, 0
		}
		if place%4 == 0 {
			numbers = draw(key, uint64(sample), uint64(place/4))
		}
	}
}
