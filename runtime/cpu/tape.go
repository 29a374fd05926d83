package cpu

import (
	"fmt"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/runtime/cpu/kernel"
)

// block is how many elements a tape works on at a time: few enough that its registers stay in the first-level cache.
const block = 512

// tape is a pointwise program made ready to run: a list of vector instructions over blocks of elements. The innermost
// loop of the nest runs through it a block at a time; registers are blocks of the worker's own memory, or, for what is
// read in order, the operand's memory itself.
type tape struct {
	nest    *nest
	codes   []code
	loads   []operand
	stores  []output
	linear  *lane // the element's place in the domain, for random numbers
	samples int   // in the domain; random numbers are drawn for each by itself
	each    int   // elements of a sample
	slots   int   // blocks of memory that a worker needs
}

// operand is something that a tape reads.
type operand struct {
	*lane
	data   []float32 // from the view's first element on; the start may lie outside where bounds keep it unread
	offset int
	alias  bool // its memory may serve as a register: no store of the tape touches it
}

// output is something that a tape writes, element by element.
type output struct {
	*lane
	register int
	data     []float32
	offset   int
}

// code is one instruction.
type code struct {
	op    string
	slot  int // where the result is written; -1 where it needs no memory of the tape's
	a     [3]int
	index int // of a load; stream of a random
	fill  []float32
	splat bool // only maps read it, which take one value for a block of equal ones
	one   func(dst, x []float32)
	two   func(dst, x, y []float32)
	dtype ir.DType
	text  string
}

// newTape compiles a kernel's program over the memory of a session. The nest keeps the first fixed axes of the domain.
// When result is not nil it is what "anchor" reads; else the anchor's values are given to each run.
func newTape(k *plan.Kernel, fixed int, buffers [][]float32, result []float32) (*tape, []*reducer, error) {
	t := &tape{}
	var lanes []*lane
	for _, l := range k.Loads {
		o := operand{lane: newLane(l.View, l.Bounds), data: buffers[l.Buffer], offset: l.Offset, alias: !touches(k, buffers, l.Buffer)}
		t.loads = append(t.loads, o)
		lanes = append(lanes, o.lane)
	}
	dense := newLane(plan.View{Strides: plan.Strides(k.Domain)}, nil)
	lanes = append(lanes, dense)
	t.linear = dense
	if result != nil {
		t.loads = append(t.loads, operand{lane: dense, data: result, alias: true})
	}
	for _, s := range k.Stores {
		o := output{lane: newLane(s.View, nil), register: s.Register, data: buffers[s.Buffer], offset: s.Offset}
		t.stores = append(t.stores, o)
		lanes = append(lanes, o.lane)
	}
	var reducers []*reducer
	for _, r := range k.Reduces {
		o := newReducer(r, k.Domain, buffers[r.Buffer])
		reducers = append(reducers, o)
		lanes = append(lanes, o.lane)
	}
	t.samples, t.each = 1, 1
	for i, x := range k.Domain {
		if i == 0 && x.Name == ir.Batch {
			t.samples = x.Size
		} else {
			t.each *= x.Size
		}
	}
	t.nest = newNest(k.Domain, fixed, lanes)
	return t, reducers, t.compile(k, result != nil)
}

func newLane(v plan.View, bounds []plan.Bound) *lane {
	return &lane{strides: append([]int(nil), v.Strides...), bounds: append([]plan.Bound(nil), bounds...)}
}

// touches reports whether a store or a reduction of the kernel writes memory that the buffer lies in.
func touches(k *plan.Kernel, buffers [][]float32, buffer int) bool {
	for _, s := range k.Stores {
		if overlap(buffers[s.Buffer], buffers[buffer]) {
			return true
		}
	}
	for _, r := range k.Reduces {
		if overlap(buffers[r.Buffer], buffers[buffer]) {
			return true
		}
	}
	return false
}

// compile translates the program. A register's memory is given to another one as soon as it has been read for the last
// time.
func (t *tape) compile(k *plan.Kernel, anchorLoad bool) error {
	last := make([]int, len(k.Program))
	for i, in := range k.Program {
		for _, a := range in.Args {
			last[a] = i
		}
	}
	for _, s := range k.Stores {
		last[s.Register] = len(k.Program)
	}
	for _, r := range k.Reduces {
		last[r.Register] = len(k.Program)
	}
	splat := mapsAlone(k)
	var idle []int
	for i, in := range k.Program {
		c := code{op: in.Op, slot: -1, index: in.Index, text: in.Text, splat: splat[i]}
		copy(c.a[:], in.Args)
		switch in.Op {
		case "constant":
			c.fill = make([]float32, block)
			kernel.Fill(c.fill, float32(in.Value))
		case "anchor":
			if anchorLoad {
				c.op, c.index = "load", len(t.loads)-1
			}
		case "cast":
			c.dtype = ir.DType(in.Text)
		case "load", "random", "select":
		default:
			c.one, c.two = unaries[in.Op], binaries[in.Op]
			if c.one == nil && c.two == nil {
				return fmt.Errorf("kernel %s: the cpu engine knows no map %q", k.Name, in.Op)
			}
		}
		if c.op != "constant" && c.op != "anchor" {
			if n := len(idle); n > 0 {
				c.slot, idle = idle[n-1], idle[:n-1]
			} else {
				c.slot = t.slots
				t.slots++
			}
		}
		t.codes = append(t.codes, c)
		for j := range i + 1 {
			if last[j] == i && j != i && t.codes[j].slot >= 0 {
				idle = append(idle, t.codes[j].slot)
				last[j] = -1
			}
		}
	}
	return nil
}

// mapsAlone returns which registers are read by nothing but vector maps.
func mapsAlone(k *plan.Kernel) []bool {
	alone := make([]bool, len(k.Program))
	for i := range alone {
		alone[i] = true
	}
	for _, in := range k.Program {
		if in.Op == "cast" {
			alone[in.Args[0]] = false
		}
	}
	for _, s := range k.Stores {
		alone[s.Register] = false
	}
	for _, r := range k.Reduces {
		alone[r.Register] = false
	}
	return alone
}

// worker is the memory of one worker of a tape.
type worker struct {
	memory    []float32   // slots blocks
	registers [][]float32 // one for each code
	offsets   []int       // of the loads at the start of the row
	inside    []bool
	outs      []int
	index     []int
	linear    int
}

func (t *tape) newWorker(memory []float32) *worker {
	return &worker{
		memory: memory, registers: make([][]float32, len(t.codes)),
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
	w.linear, _ = t.linear.at(w.index)
}

// run computes n ≤ block elements of the row from inner index from on, and stores them. What the program gives in its
// registers stays valid until the next run. The anchor's values are those of just these elements.
func (t *tape) run(w *worker, s *Session, from, n int, anchor []float32) {
	inner := len(t.nest.sizes) - 1
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
				dst = t.load(w, c, from, n, inner, dst)
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
				t.random(dst, c, s, w.linear+from*t.linear.strides[inner])
			}
		}
		w.registers[i] = dst
	}
	for i := range t.stores {
		o := &t.stores[i]
		at, step := w.outs[i]+from*o.strides[inner], o.strides[inner]
		values := w.registers[o.register]
		if step == 1 {
			copy(o.data[at:at+n], values)
		} else {
			kernel.Scatter(o.data[at:], values, step)
		}
	}
}

// load returns n elements of an operand: its own memory where that serves, else a copy in dst.
func (t *tape) load(w *worker, c *code, from, n, inner int, dst []float32) []float32 {
	l := &t.loads[c.index]
	if !w.inside[c.index] {
		kernel.Fill(dst, 0)
		return dst
	}
	at, step := w.offsets[c.index]+from*l.strides[inner], l.strides[inner]
	if b := l.bound(inner); b != nil && (from < b.Low || from+n > b.High) {
		kernel.Fill(dst, 0)
		low, high := max(b.Low-from, 0), min(b.High-from, n)
		for j := low; j < high; j++ {
			dst[j] = l.data[at+j*step]
		}
		return dst
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

// random draws the elements from the given place of the domain on.
func (t *tape) random(dst []float32, c *code, s *Session, at int) {
	key := op.RandomKey(s.step.Seed, s.step.Step, c.index)
	draw := op.Uniforms
	if c.text == op.Normal {
		draw = op.Normals
	}
	sample, place := at/t.each, at%t.each
	numbers := draw(key, uint64(sample), uint64(place/4))
	for j := range dst {
		dst[j] = float32(numbers[place%4])
		if place++; place == t.each {
			sample, place = sample+1, 0
		}
		if place%4 == 0 {
			numbers = draw(key, uint64(sample), uint64(place/4))
		}
	}
}
