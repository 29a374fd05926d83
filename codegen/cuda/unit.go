package cuda

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/plan"
)

// unit is a translation unit in the making.
type unit struct {
	plan     *plan.Plan // in the order in which its kernels are launched
	original []int      // the places of its kernels in the plan that was given
	options  Options
	layout   *layout

	functions []*function
	byText    map[string]*function
	launches  []launch
	prepare   []launch

	current int   // the plan's kernel
	used    int64 // bytes of scratch memory that it takes so far
	scratch int64 // bytes that the neediest kernel takes
	kept    int64 // bytes that are kept from step to step
}

// section says which part of the session's memory an offset counts from.
type section int

const (
	absolute  section = iota // the session's memory, or a variable
	inScratch                // what a kernel of the plan uses for itself
	inKept                   // what stays from step to step
)

// function is a kernel of CUDA, which may be launched several times.
type function struct {
	name, head, signature, text string
	uses                        [][]string // lines of comment, for each launch
}

// launch is a launch whose places are not final.
type launch struct {
	Launch
	params []param
	maps   []*TensorMap // by parameter; nil where all are pointers
}

// shape is how a kernel is launched.
type shape struct {
	grid          [3]int
	block, shared int
	minBlocks     int // that a multiprocessor should hold; 0: it does not matter
}

// The most blocks of a grid, along x and along y and z (CUDA programming guide, compute capabilities).
const (
	mostBlocks       = 1<<31 - 1
	mostBlocksAcross = 1<<16 - 1
)

// begin starts a kernel of the plan, whose scratch memory is its own.
func (u *unit) begin(kernel int) { u.current, u.used = kernel, 0 }

// take returns the offset of fresh scratch memory.
func (u *unit) take(bytes int64) int64 {
	at := u.used
	u.used += paged(bytes)
	u.scratch = max(u.scratch, u.used)
	return at
}

// keep returns the offset of memory that stays from step to step.
func (u *unit) keep(bytes int64) int64 {
	at := u.kept
	u.kept += paged(bytes)
	return at
}

// cost returns what a kernel of the plan does, with its bytes as its buffers are stored.
func (u *unit) cost(k *plan.Kernel) plan.KernelCost {
	bytes := k.Bytes(func(buffer int) int64 { return u.layout.forms[buffer].dtype.Size() })
	return plan.KernelCost{FLOPs: k.Cost.FLOPs, Bytes: bytes}
}

// call appends a launch of the kernel that a body holds. What it does is said in a few words, and counted.
func (u *unit) call(b *body, s shape, note string, cost plan.KernelCost) {
	u.launches = append(u.launches, u.launch(b, s, note, cost))
}

// launch returns a launch of the kernel that a body holds.
func (u *unit) launch(b *body, s shape, note string, cost plan.KernelCost) launch {
	k := &u.plan.Kernels[u.current]
	head := fmt.Sprintf("VN_KERNEL(%d, %d)", s.block, max(1, s.minBlocks))
	text := used(b.text.String())
	key := head + b.signature() + text
	f := u.byText[key]
	if f == nil {
		f = &function{name: fmt.Sprintf("%s_%d", u.identifier(k.Name), len(u.functions)), head: head, signature: b.signature(), text: text}
		u.functions = append(u.functions, f)
		u.byText[key] = f
	}
	f.uses = append(f.uses, u.describe(b, s, note, cost))
	return launch{Launch: Launch{
		Entry: f.name, Grid: s.grid, Block: s.block, Shared: s.shared, Kernel: u.original[u.current], Note: note,
		FLOPs: cost.FLOPs, Bytes: cost.Bytes, At: k.At,
	}, params: slices.Clone(b.params)}
}

// identifier returns a name as an identifier of C++, another one for training than for inference: both texts may stand in
// one file.
func (u *unit) identifier(name string) string {
	clean := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, name)
	if len(clean) > 60 {
		clean = clean[:60]
	}
	if u.plan.Mode == ir.Training {
		return "vn_train_" + clean
	}
	return "vn_" + clean
}

// module finishes the unit.
func (u *unit) module() (*Module, error) {
	m := &Module{Name: u.plan.Name, Text: u.text()}
	scratch := u.layout.end
	kept := scratch + u.scratch
	m.Memory = kept + u.kept
	finish := func(list []launch) []Launch {
		var out []Launch
		for _, l := range list {
			for i, p := range l.params {
				switch p.section {
				case inScratch:
					p.place.Offset += scratch
				case inKept:
					p.place.Offset += kept
				}
				arg := Arg{Place: p.place}
				if l.maps != nil {
					arg.Map = l.maps[i]
				}
				l.Args = append(l.Args, arg)
			}
			out = append(out, l.Launch)
		}
		return out
	}
	m.Prepare, m.Launches = finish(u.prepare), finish(u.launches)
	for _, l := range slices.Concat(m.Prepare, m.Launches) {
		if l.Grid[0] > mostBlocks || l.Grid[1] > mostBlocksAcross || l.Grid[2] > mostBlocksAcross {
			return nil, fmt.Errorf("emit %s: %s needs a grid of %d x %d x %d blocks, and a GPU has at most %d x %d x %d: make the batch or the image smaller",
				u.plan.Name, u.plan.Kernels[slices.Index(u.original, l.Kernel)].Name, l.Grid[0], l.Grid[1], l.Grid[2], mostBlocks, mostBlocksAcross, mostBlocksAcross)
		}
	}
	for i, b := range u.plan.Buffers {
		h := Host{b.Name, u.layout.places[i].Offset, b.Type.Elements()}
		switch b.Class {
		case plan.Input:
			m.Inputs = append(m.Inputs, h)
		case plan.Output:
			m.Outputs = append(m.Outputs, h)
		}
	}
	return m, nil
}

// legend says how to read what stands before each kernel.
const legend = `//
// Before a kernel stands, for each launch of it: the kernel of the plan (vnc compile --emit plan), the stage, and where in
// the program that stands; what it computes; how, with the operations that count and the bytes that it has to move; and
// what its parameters are: values of the plan, parameters of the model, or the kernel's own memory. "mma 512x16 k125" are
// the tensor cores, with 512 voxels and 16 channels to a block, over 125 taps; "k/4" and "split 4", that as many blocks
// share the channels of the input; "pack", that weights are put in the order in which a kernel reads them, once before the
// first step where they are not trained; "finish" and "add", that sums of blocks are added up, in a fixed order.
`

// text returns the translation unit.
func (u *unit) text() string {
	var t strings.Builder
	p := u.plan
	fmt.Fprintf(&t, "// %s, %s, batch %d, as CUDA C++ for %s in %s. Written by vnc.\n", printable(p.Name), p.Mode, p.Batch, u.options.Arch, u.options.Precision)
	t.WriteString(legend)
	t.WriteString(prelude(u.options.Arch))
	part := partBytes // full: a part begins
	for _, f := range u.functions {
		if part >= partBytes {
			t.WriteString(partMark)
			part = 0
		}
		part += len(f.text)
		t.WriteByte('\n')
		for i, use := range f.uses {
			if i == 8 && len(f.uses) > 9 {
				fmt.Fprintf(&t, "// and %d more\n", len(f.uses)-i)
				break
			}
			if i > 0 {
				use = use[:1] // the others are alike
			}
			fmt.Fprintf(&t, "// %s\n", strings.Join(use, "\n// "))
		}
		fmt.Fprintf(&t, "%s %s(%s) {\n%s}\nVN_EXPORT(%s)\n", f.head, f.name, f.signature, f.text, f.name)
	}
	return t.String()
}
