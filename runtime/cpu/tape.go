package cpu

import (
	"fmt"
	"slices"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/runtime/cpu/kernel"
)

// block is how many elements a tape works on at a time: few enough that its registers stay in the first-level cache.
const block = 512

// tape is a pointwise program made ready to run: a list of vector instructions over blocks of elements. The innermost
// loop of the nest runs through it a block at a time; registers are blocks of the worker's own memory, or, for what is
// read in order, the operand's memory itself.
type tape struct {
	nest   *nest
	codes  []code
	loads  []operand
	stores []output
	linear *lane // the element's place in the domain, where random numbers are drawn
	each   int   // elements of a sample; random numbers are drawn for each by itself
	slots  int   // blocks of memory that a worker needs
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
	keeps bool // its memory is its own, and keeps what was loaded: an operand that is the same for every voxel
	one   func(dst, x []float32)
	two   func(dst, x, y []float32)
	dtype ir.DType
	text  string
}

// newTape compiles a kernel's program over the memory of a session. The nest keeps the first fixed axes of the domain.
// When result is not nil it is what "anchor" reads, in plain order; else the anchor's values are given to each run.
func newTape(s *Session, k *plan.Kernel, fixed int, result []float32) (*tape, []*reducer, error) {
	t := &tape{}
	split := s.layout.splits(k)
	var lanes []*lane
	walked := func(v plan.View, bounds []plan.Bound) (*lane, int, error) {
		w, ok := s.layout.walk(k, split, v, bounds)
		if !ok {
			return nil, 0, fmt.Errorf("kernel %s: buffer %d cannot be walked in blocks", k.Name, v.Buffer)
		}
		l := newLane(w)
		lanes = append(lanes, l)
		return l, w.offset, nil
	}
	for _, l := range k.Loads {
		at, offset, err := walked(l.View, l.Bounds)
		if err != nil {
			return nil, nil, err
		}
		t.loads = append(t.loads, operand{lane: at, data: s.buffers[l.Buffer], offset: offset, alias: !touches(k, s.buffers, l.Buffer)})
	}
	dense := plan.View{Buffer: nowhere, Strides: plan.Strides(k.Domain)}
	if slices.ContainsFunc(k.Program, func(in plan.Instr) bool { return in.Op == "random" }) {
		t.linear, _, _ = walked(dense, nil)
	}
	if result != nil {
		at, _, _ := walked(dense, nil)
		t.loads = append(t.loads, operand{lane: at, data: result, alias: true})
	}
	for _, o := range k.Stores {
		at, offset, err := walked(o.View, nil)
		if err != nil {
			return nil, nil, err
		}
		t.stores = append(t.stores, output{lane: at, register: o.Register, data: s.buffers[o.Buffer], offset: offset})
	}
	var reducers []*reducer
	for _, r := range k.Reduces {
		o := newReducer(r, k.Domain, split, s.buffers[r.Buffer])
		reducers = append(reducers, o)
		lanes = append(lanes, o.lane)
	}
	t.each = 1
	for i, x := range k.Domain {
		if i > 0 || x.Name != ir.Batch {
			t.each *= x.Size
		}
	}
	t.nest = newNest(k.Domain, split, fixed, lanes)
	return t, reducers, t.compile(k, result != nil)
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
		case "load":
			c.keeps = t.periodic(in.Index)
		case "random", "select":
		default:
			c.one, c.two = unaries[in.Op], binaries[in.Op]
			if c.one == nil && c.two == nil {
				return fmt.Errorf("kernel %s: the cpu engine knows no map %q", k.Name, in.Op)
			}
		}
		if c.op != "constant" && c.op != "anchor" {
			if n := len(idle); n > 0 && !c.keeps {
				c.slot, idle = idle[n-1], idle[:n-1]
			} else {
				c.slot = t.slots
				t.slots++
			}
		}
		t.codes = append(t.codes, c)
		for j := range i + 1 {
			if last[j] == i && j != i && t.codes[j].slot >= 0 && !t.codes[j].keeps {
				idle = append(idle, t.codes[j].slot)
				last[j] = -1
			}
		}
	}
	return nil
}

// periodic reports whether an operand is the same for every voxel of a block of channels, but not for every channel.
func (t *tape) periodic(load int) bool {
	l := t.loads[load]
	return t.nest.width > 1 && l.strides[len(t.nest.sizes)-1] == 0 && l.across != 0 && l.bounds == nil
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
